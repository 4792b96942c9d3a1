// SPDX-License-Identifier: Apache-2.0
// Targets "cuda" and "cuda:emulated": our backend on the machine's GPU, or on the emulator. Cases
// take turns on the device, so that whatever fails on it is the running case's fault.
#include <mutex>

#include "conformance/target/cuda_device.hpp"
#include "conformance/target/cuda_evidence.hpp"
#include "conformance/target/cuda_findings.hpp"
#include "conformance/target/cuda_moe.hpp"
#include "conformance/target/cuda_quantize.hpp"
#include "conformance/target/cuda_static_fp8.hpp"
#include "conformance/target/kinds.hpp"

namespace assay {
namespace {

class CudaTarget : public Target {
 public:
  CudaTarget(CudaChoice choice, CudaDriver loaded, std::shared_ptr<const cuda::Device> device)
      : choice_(std::move(choice)),
        driver_(std::move(loaded.driver)),
        device_(std::move(device)),
        evidence_(*device_),
        findings_(std::move(loaded.findings)) {}

  std::string name() const override { return choice_.spec(); }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    const std::string& op = test_case.description.op;
    if (op == "quantize" || op == "dequantize")
      return run_on_device(
          [&](const auto& device) { return run_cuda_quantize(device, test_case); });
    if (op == "quantize_fp8" || op == "dequantize_fp8")
      return run_on_device(
          [&](const auto& device) { return run_cuda_static_fp8(device, test_case); });
    if (op == "moe")
      return run_on_device([&](const auto& device) { return run_cuda_moe(device, test_case); });
    return TargetResult{TargetOutcome::unsupported, "the backend has no such operator", {}, {}};
  }

  TargetEvidence evidence() const override {
    const std::lock_guard lock(mutex_);
    TargetEvidence rows = evidence_.rows();
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
    auto done = run(device_);
    if (done) {
      evidence_.count(done->kernels);
      return std::move(done->result);
    }
    device_.reset();
    return {TargetOutcome::crashed, describe(done.error()), {}, {}};
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
  ASSAY_ASSIGN(auto loaded, load_cuda_driver(choice, options.work_dir));
  ASSAY_ASSIGN(auto device, open_cuda_device(choice, loaded.driver));
  return std::make_unique<CudaTarget>(choice, std::move(loaded), std::move(device));
}

}  // namespace assay
