// SPDX-License-Identifier: Apache-2.0
// Chooses a target by its spec (kTargetSpecs).
#include "conformance/target/target.hpp"

#include <fmt/ranges.h>

#include "conformance/target/kinds.hpp"

namespace assay {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 1 << 20;  // of a result file; real ones take 2 KiB

}  // namespace

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  const std::size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  const std::string argument = colon == std::string::npos ? "" : spec.substr(colon + 1);
  if (spec == "reference") return make_reference_target();
  if (kind == "exec") return make_exec_target(argument, options);
  if (kind == "files") return make_files_target(argument);
  if (kind == "cuda") {
    ASSAY_ASSIGN(const CudaChoice choice, parse_cuda_choice(argument));
    return make_cuda_target(choice, options);
  }
  if (kind == "mutant") return make_mutant_target(argument);
  return fail(ErrorCode::usage, "target \"{}\": unknown kind; known are {}", spec,
              fmt::join(kTargetSpecs, ", "));
}

Result<TargetResult> result_of(Result<Tensors> tensors) {
  if (tensors) {
    auto owner = std::make_shared<const Tensors>(*std::move(tensors));
    return TargetResult{TargetOutcome::completed, "", views_of(*owner), owner};
  }
  if (tensors.error().code != ErrorCode::invalid_vectors)
    return tl::unexpected(std::move(tensors).error());
  return TargetResult{TargetOutcome::rejected, std::move(tensors).error().message, {}, {}};
}

TargetResult read_result(const std::filesystem::path& path, const CaseFile& test_case) {
  std::uint64_t max_bytes = kMaxHeaderBytes;
  for (const auto& [name, view] : test_case.expected())
    max_bytes += view.bytes.size();
  auto file = Safetensors::open(path, max_bytes);
  if (!file) return {TargetOutcome::garbage, std::move(file).error().message, {}, {}};
  auto owner = std::make_shared<const Safetensors>(*std::move(file));
  return {TargetOutcome::completed, "", owner->tensors(), owner};
}

}  // namespace assay
