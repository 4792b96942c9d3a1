// SPDX-License-Identifier: Apache-2.0
// The catalogue itself: names, sizes, what a mutant answers. That the suites kill every one of them
// is the check `mutants`.
#include "conformance/mutants/mutant.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "conformance/suite/small_case.hpp"
#include "vectors/io/cast_tensors.hpp"

namespace assay {
namespace {

std::ptrdiff_t count_of(std::string_view op) {
  return std::ranges::count(mutants(), op, &Mutant::op);
}

TEST(Mutants, AreEnoughOfEachOperator) {
  EXPECT_GE(count_of("cast"), 25);
  EXPECT_GE(count_of("quantize"), 25);
  EXPECT_GE(count_of("dequantize"), 5);
  EXPECT_GE(count_of("quantize_fp8"), 10);
  EXPECT_GE(count_of("dequantize_fp8"), 5);
}

TEST(Mutants, HaveNamesOfTheirOwnThatStartWithTheOperator) {
  std::set<std::string> names;
  for (const Mutant& mutant : mutants()) {
    EXPECT_TRUE(names.insert(mutant.name).second) << mutant.name;
    EXPECT_TRUE(mutant.name.starts_with(mutant.op + ".")) << mutant.name;
    EXPECT_TRUE(find_operator(mutant.op)) << mutant.name;
    EXPECT_FALSE(mutant.description.empty()) << mutant.name;
    EXPECT_FALSE(mutant.imitates.empty()) << mutant.name;
    EXPECT_EQ(find_mutant(mutant.name).value(), &mutant);
  }
}

TEST(Mutants, AnUnknownOneIsNamedWithTheNearest) {
  EXPECT_EQ(error_of(find_mutant("cast.e2m1.five_upp")),
            "usage: mutant \"cast.e2m1.five_upp\" is unknown (did you mean "
            "\"cast.e2m1.five_up\"?); assay mutate lists all");
  EXPECT_TRUE(error_of(make_target("mutant:nobody", {})).starts_with("usage: mutant \"nobody\""));
}

// Every cast that is imitated exists: a typing error would leave its mutant without a case.
TEST(Mutants, ImitateCastsThatExist) {
  std::set<std::string> imitated;
  for (const Mutant& mutant : mutants()) {
    if (mutant.op != "cast") continue;
    bool found = false;
    for (const Format from : {Format::f32, Format::f64})
      for (const FormatInfo& to : formats())
        for (const Cast& cast : casts_between(from, to.format))
          found = found || mutant.applies(cast_attributes(cast));
    EXPECT_TRUE(found) << mutant.name << ": " << mutant.imitates;
  }
}

TEST(MutantTarget, LeavesOtherCasesAlone) {
  const auto target = make_target("mutant:cast.e2m1.five_up", {}).value();
  EXPECT_EQ(target->name(), "mutant:cast.e2m1.five_up");
  const TargetResult result = target->run(small_case()).value();
  EXPECT_EQ(result.outcome, TargetOutcome::unsupported);
  EXPECT_EQ(result.reason, "the mutant imitates f32 to e2m1, cuda_satfinite, rn");
}

}  // namespace
}  // namespace assay
