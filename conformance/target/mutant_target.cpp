// SPDX-License-Identifier: Apache-2.0
// Target "mutant:NAME": a wrong implementation of the catalogue, in this process. It puts the judge
// and the suites on trial.
#include "conformance/mutants/mutant.hpp"
#include "conformance/target/kinds.hpp"

namespace assay {
namespace {

class MutantTarget : public Target {
 public:
  explicit MutantTarget(const Mutant& mutant) : mutant_(mutant) {}
  std::string name() const override { return "mutant:" + mutant_.name; }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    const CaseDescription& description = test_case.description;
    if (description.op != mutant_.op || !mutant_.applies(description.attributes))
      return TargetResult{
          TargetOutcome::unsupported, "the mutant imitates " + mutant_.imitates, {}, {}};
    return result_of(mutant_.run(description, test_case.inputs()));
  }

 private:
  const Mutant& mutant_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_mutant_target(const std::string& name) {
  ASSAY_ASSIGN(const Mutant* const mutant, find_mutant(name));
  return std::make_unique<MutantTarget>(*mutant);
}

}  // namespace assay
