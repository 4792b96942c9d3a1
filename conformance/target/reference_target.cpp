// SPDX-License-Identifier: Apache-2.0
// Target "reference": the bit-exact CPU model, in this process.
#include "conformance/target/kinds.hpp"
#include "vectors/io/operators.hpp"

namespace assay {
namespace {

class ReferenceTarget : public Target {
 public:
  std::string name() const override { return "reference"; }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    const CaseDescription& description = test_case.description;
    ASSAY_ASSIGN(const Operator* const row, find_operator(description.op));
    return result_of(row->run(description, test_case.inputs(), true));
  }
};

}  // namespace

std::unique_ptr<Target> make_reference_target() {
  return std::make_unique<ReferenceTarget>();
}

}  // namespace assay
