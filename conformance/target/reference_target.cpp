// SPDX-License-Identifier: Apache-2.0
// Target "reference": the bit-exact CPU model, in this process. A case that the model refuses
// (docs/numerics.md, section 8) is rejected.
#include "conformance/target/kinds.hpp"
#include "vectors/io/moe_tensors.hpp"
#include "vectors/io/moe_trace.hpp"

namespace assay {
namespace {

class ReferenceTarget : public Target {
 public:
  std::string name() const override { return "reference"; }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    auto tensors = run_reference(test_case);
    if (tensors) {
      auto owner = std::make_shared<const Tensors>(*std::move(tensors));
      return TargetResult{TargetOutcome::completed, "", views_of(*owner), owner};
    }
    if (tensors.error().code != ErrorCode::invalid_vectors)
      return tl::unexpected(std::move(tensors).error());
    return TargetResult{TargetOutcome::rejected, std::move(tensors).error().message, {}, {}};
  }

 private:
  static Result<Tensors> run_reference(const CaseFile& test_case) {
    ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(test_case.inputs()));
    return run_moe_tensors(inputs, test_case.description.profile.accumulation, true);
  }
};

}  // namespace

std::unique_ptr<Target> make_reference_target() {
  return std::make_unique<ReferenceTarget>();
}

}  // namespace assay
