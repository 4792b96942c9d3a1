// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/findings_report.hpp"

#include <mutex>

#include <nlohmann/json.hpp>

#include "vectors/io/atomic_file.hpp"

namespace assay::emulator {
namespace {

std::mutex file_mutex;

nlohmann::json& recorded() {
  static nlohmann::json& array = *new nlohmann::json(nlohmann::json::array());
  return array;
}

void write_locked(const Options& options) {
  if (options.findings_path.empty()) return;
  const Status written = write_file(options.findings_path, recorded().dump(1) + "\n");
  if (!written) fmt::print(stderr, "assay emulator: {}\n", written.error().message);
}

void record(const Launch& launch, const std::vector<Finding>& findings) {
  const std::lock_guard lock(file_mutex);
  for (const Finding& finding : findings) {
    nlohmann::json entry = to_json(finding);
    entry["launch"] = launch.id;
    recorded().push_back(std::move(entry));
  }
  write_locked(launch.options);
}

void print(const Launch& launch, const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += finding.text() + "\n\n";
  if (launch.findings.total() > findings.size())
    text += fmt::format("assay emulator: {} more findings at the same places\n\n",
                        launch.findings.total() - findings.size());
  fmt::print(stderr, "{}", text);
}

}  // namespace

CUresult result_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::out_of_bounds:
    case FindingKind::use_after_free:
    case FindingKind::invalid_address:
    case FindingKind::read_only_write:
      return CUDA_ERROR_ILLEGAL_ADDRESS;
    case FindingKind::misaligned:
      return CUDA_ERROR_MISALIGNED_ADDRESS;
    case FindingKind::stack_overflow:
      return CUDA_ERROR_HARDWARE_STACK_ERROR;
    case FindingKind::deadlock:
    case FindingKind::step_limit:
      return CUDA_ERROR_LAUNCH_TIMEOUT;
    case FindingKind::unsupported:
      return CUDA_ERROR_NOT_SUPPORTED;
    default:
      return CUDA_ERROR_LAUNCH_FAILED;
  }
}

std::optional<Failure> report_findings(const Launch& launch) {
  const std::vector<Finding> findings = launch.findings.sorted();
  if (findings.empty()) return std::nullopt;
  print(launch, findings);
  record(launch, findings);
  // An error that hardware would raise says more than "launch failed".
  std::optional<Failure> worst;
  for (const Finding& finding : findings) {
    const CUresult code = result_of(finding.kind);
    if (!worst || (worst->code == CUDA_ERROR_LAUNCH_FAILED && code != CUDA_ERROR_LAUNCH_FAILED))
      worst =
          Failure{code, fmt::format("{} in {}", finding_kind_name(finding.kind), finding.kernel)};
  }
  return worst;
}

void write_findings_file(const Options& options) {
  const std::lock_guard lock(file_mutex);
  write_locked(options);
}

}  // namespace assay::emulator
