// SPDX-License-Identifier: Apache-2.0
// Hostile PTX: mutants of every seed, the same ones each time, stay inside the emulator's
// allocations. Under AddressSanitizer (preset asan) that is the whole process's memory.
#include <gtest/gtest.h>

#include "cuda/emulator/hostile/hostile_run.hpp"
#include "cuda/emulator/hostile/mutator.hpp"
#include "cuda/emulator/hostile/seeds.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint64_t kMutants = 300;  // of each seed

class Hostile : public testing::TestWithParam<std::string> {};

TEST_P(Hostile, TheSeedItselfRuns) {
  const HostileOutcome outcome = run_hostile(seeds().at(GetParam()));
  EXPECT_EQ(outcome.refusal, "");
  EXPECT_GE(outcome.launches, 1);
  EXPECT_EQ(outcome.breach, "");
}

// The text goes to a file first: a crash leaves it there.
TEST_P(Hostile, MutantsStayInsideTheAllocations) {
  const PtxMutator mutator(seed_texts());
  const std::string seed = seeds().at(GetParam());
  const std::string path = testing::TempDir() + "hostile_" + GetParam() + ".ptx";
  std::uint64_t launched = 0, steps = 0;
  for (std::uint64_t m = 0; m < kMutants; ++m) {
    const std::string text = mutator.mutate(seed, m);
    std::ofstream(path) << text;
    const HostileOutcome outcome = run_hostile(text);
    ASSERT_EQ(outcome.breach, "") << path;
    launched += outcome.launches > 0 ? 1 : 0;
    steps += outcome.steps;
  }
  RecordProperty("launched", std::to_string(launched));
  EXPECT_GT(launched, kMutants / 5) << "the mutants are too wild to show anything";
  EXPECT_GT(steps, 10 * launched);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Hostile, testing::Values(ASSAY_HOSTILE_SEED_NAMES),
                         [](const auto& seed) { return seed.param; });

}  // namespace
}  // namespace assay::emulator
