// SPDX-License-Identifier: Apache-2.0
// Target "reference": the bit-exact CPU model, in this process. A case that the model refuses
// (docs/numerics.md, section 8) is rejected.
#include "conformance/target/kinds.hpp"
#include "reference/moe/run.hpp"
#include "vectors/io/moe_tensors.hpp"

namespace assay {
namespace {

Result<Tensors> run_reference(const CaseFile& test_case) {
  ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(test_case.inputs()));
  const MoeShape& shape = inputs.shape;
  Tensor output(Dtype::f32, {shape.batch, shape.sequence_length, shape.hidden_size});
  MoeTrace trace(shape);
  const Accumulation accumulation = test_case.description.profile.accumulation;
  ASSAY_TRY(run_moe(inputs, accumulation, output.as<float>(), &trace));
  Tensors tensors = std::move(trace.tensors());
  tensors.insert_or_assign("output", std::move(output));
  return tensors;
}

class ReferenceTarget : public Target {
 public:
  std::string name() const override { return "reference"; }

  TargetResult run(const CaseFile& test_case) const override {
    if (test_case.description.op != "moe") {
      return {TargetOutcome::unsupported, "operator " + test_case.description.op, {}, {}};
    }
    auto tensors = run_reference(test_case);
    if (!tensors) {
      const bool is_bug = tensors.error().code == ErrorCode::internal;
      return {is_bug ? TargetOutcome::crashed : TargetOutcome::rejected,
              std::move(tensors).error().message,
              {},
              {}};
    }
    auto owner = std::make_shared<const Tensors>(*std::move(tensors));
    return {TargetOutcome::completed, "", views_of(*owner), owner};
  }
};

}  // namespace

std::unique_ptr<Target> make_reference_target() {
  return std::make_unique<ReferenceTarget>();
}

}  // namespace assay
