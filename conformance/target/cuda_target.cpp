// SPDX-License-Identifier: Apache-2.0
// Targets "cuda" and "cuda:emulated": our backend on the machine's GPU, or on the emulator. Cases
// take turns on the device, so that whatever fails on it is the running case's fault.
#include <cstdlib>
#include <mutex>

#include "conformance/target/cuda_device.hpp"
#include "conformance/target/cuda_evidence.hpp"
#include "conformance/target/cuda_findings.hpp"
#include "conformance/target/cuda_moe.hpp"
#include "conformance/target/kinds.hpp"

namespace assay {
namespace {

class CudaTarget : public Target {
 public:
  CudaTarget(CudaChoice choice, std::shared_ptr<const cuda::Driver> driver,
             std::shared_ptr<const cuda::Device> device, std::filesystem::path findings)
      : choice_(std::move(choice)),
        driver_(std::move(driver)),
        device_(std::move(device)),
        evidence_(*device_),
        findings_(std::move(findings)) {}

  std::string name() const override { return choice_.spec(); }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    const CaseDescription& description = test_case.description;
    if (description.op != "moe")
      return TargetResult{TargetOutcome::unsupported, "the backend has no such operator", {}, {}};
    const auto inputs = bind_moe_inputs(test_case.inputs());
    if (!inputs) return result_of(tl::unexpected(inputs.error()));
    if (auto refusal = refuse_moe(description, *inputs)) return *std::move(refusal);
    return run_on_device([&](const auto& device) { return run_cuda_moe(device, *inputs); });
  }

  Evidence evidence() const override {
    const std::lock_guard lock(mutex_);
    Evidence rows = evidence_.rows();
    if (const auto count = findings_.count())
      rows.emplace_back("emulator_findings", std::to_string(*count));
    return rows;
  }

 private:
  // A failure may have made the context unusable: the device is closed after it, and opened anew by
  // the next case.
  template <typename Run>
  TargetResult run_on_device(const Run& run) const {
    const std::lock_guard lock(mutex_);
    if (device_ == nullptr) {
      auto opened = open_cuda_device(choice_, driver_);
      if (!opened)
        return {TargetOutcome::crashed,
                "the device is lost since an earlier case: " + opened.error().message,
                {},
                {}};
      device_ = *std::move(opened);
    }
    auto results = run(device_);
    if (results) {
      evidence_.count(results->kernels);
      return *result_of(std::move(results->tensors));
    }
    device_.reset();
    return {TargetOutcome::crashed, describe(results.error()), {}, {}};
  }

  std::string describe(const cuda::CudaError& error) const {
    std::string text = fmt::format("{}: {}", name_of(error.code), error.message);
    if (const std::string finding = findings_.latest(); !finding.empty()) text += ": " + finding;
    return text;
  }

  CudaChoice choice_;
  std::shared_ptr<const cuda::Driver> driver_;
  mutable std::mutex mutex_;  // of the rest
  mutable std::shared_ptr<const cuda::Device> device_;
  mutable CudaEvidence evidence_;
  mutable CudaFindings findings_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_cuda_target(const CudaChoice& choice,
                                                 const TargetOptions& options) {
  const std::filesystem::path file =
      options.work_dir.empty() ? "" : options.work_dir / "cuda_findings.json";
  ASSAY_ASSIGN(auto driver, load_cuda_driver(choice, file));
  ASSAY_ASSIGN(auto device, open_cuda_device(choice, driver));
  const char* const named = std::getenv("ASSAY_EMULATE_FINDINGS");
  return std::make_unique<CudaTarget>(choice, std::move(driver), std::move(device),
                                      named != nullptr ? named : file);
}

}  // namespace assay
