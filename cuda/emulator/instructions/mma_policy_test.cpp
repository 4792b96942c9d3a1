// SPDX-License-Identifier: Apache-2.0
// What mma.sync computes, and reports, where PTX ISA leaves the sum open (Options::mma).
#include <random>

#include "cuda/emulator/instructions/mma_test_case.hpp"

namespace assay::emulator {
namespace {

Operands zeros(const MmaCase& mma) {
  const auto zero = [] { return Code{0}; };
  return make(mma, zero, zero, zero);
}

TEST(Mma, NamesTheOutputThatNoOrderCertifies) {
  const MmaCase mma = case_of({Format::f16, Format::f16, Format::f32, 16, 16});
  Operands operands = zeros(mma);
  operands.a[11][0] = 0x7800;  // 2^15
  operands.b[5][0] = 0x7000;   // 2^13
  operands.a[11][9] = 0x3C00;
  operands.b[5][9] = 0x3800;       // 0.5: 2^28 + 0.5 needs 30 bits
  operands.c[11][5] = 0x40000000;  // 2
  const MmaOutcome outcome = run(mma, operands);
  ASSERT_EQ(outcome.findings.size(), 1u);
  const Finding& finding = outcome.findings[0];
  EXPECT_EQ(finding.kind, FindingKind::uncertified_mma);
  // Row 11 is groupID 3 of the upper half; column 5 is thread 2 of the group, element 3.
  EXPECT_EQ(finding.at.thread[0], 14u);
  EXPECT_EQ(finding.instruction, "mma.sync.aligned." + mma.spelling);
  for (const std::string part :
       {"D[11][5]", "register %x9 of lane 14", "(1 of 128 outputs)", "c = 40000000",
        "a = {7800 0000 0000 0000 0000 0000 0000 0000 0000 3c00 ", "b = {7000 0000 "})
    EXPECT_NE(finding.message.find(part), std::string::npos) << part << "\n" << finding.message;
  EXPECT_TRUE(run(mma, operands, MmaPolicy::fma).findings.empty());
  EXPECT_TRUE(run(mma, operands, MmaPolicy::model).findings.empty());
}

// What reference/arithmetic says of each row and column, by itself.
TEST(Mma, FollowsTheModelOfTheTarget) {
  std::mt19937 random(23);
  for (const std::string target : {"sm_100a", "sm_103a", "sm_110a"})
    for (const FloatCase& c : float_cases()) {
      if (c.a == Format::f64) continue;
      MmaCase mma = case_of(c);
      mma.target = target;
      const auto model = resolve_tensor_core(target, MmaInstruction::mma, c.a, c.b, c.accumulator);
      ASSERT_TRUE(model) << mma.spelling;
      // Finite codes of mixed magnitude.
      const auto draw = [&](Format format) {
        return [&random, format]() -> Code {
          const std::int64_t bytes = format_bytes(format);
          if (bytes == 1) return (random() % 0x78) | (random() % 2) << 7;
          if (format == Format::f16) return random() % 0x7000 | (random() % 2) << 15;
          if (format == Format::bf16) return (0x3C00 + random() % 0x700) | (random() % 2) << 15;
          return (0x3C000000 + random() % 0x7000000) | (random() % 2) << 31;
        };
      };
      const Operands operands = make(mma, draw(c.a), draw(c.b), draw(c.accumulator));
      const MmaOutcome outcome = run(mma, operands, MmaPolicy::model);
      EXPECT_TRUE(outcome.findings.empty());
      for (std::size_t row = 0; row < mma.m(); ++row)
        for (std::size_t column = 0; column < 8; ++column) {
          const Words a(operands.a[row].begin(), operands.a[row].end());
          const Words b(operands.b[column].begin(), operands.b[column].end());
          const auto expected = tensor_core_dot(
              **model, c.a, a, c.b, b, static_cast<std::uint32_t>(operands.c[row][column]));
          ASSERT_TRUE(expected);
          ASSERT_EQ(outcome.d[row][column], *expected) << target << " " << mma.spelling;
        }
    }
}

TEST(Mma, NeedsAllThreadsOfAWarp) {
  const MmaCase mma = case_of({Format::f16, Format::f16, Format::f32, 16, 16});
  const MmaLayout layout(mma);
  for (const auto& [before, threads, part] :
       std::vector<std::tuple<std::string, std::uint32_t, std::string>>{
           {"setp.eq.u32 %p1, %i, 3;\n@%p1 exit;\n", 32, "lane 3"},
           {"", 16, "no threads for lanes 16-31"}}) {
    TestKernel kernel(before + layout.body());
    Words out(layout.result_words());
    kernel.run({1, 1, 1}, {threads, 1, 1}, layout.pack(zeros(mma)), out);
    ASSERT_FALSE(kernel.findings.empty());
    EXPECT_EQ(kernel.findings[0].kind, FindingKind::barrier_divergence);
    EXPECT_NE(kernel.findings[0].message.find(part), std::string::npos) << kernel.finding_texts();
  }
}

}  // namespace
}  // namespace assay::emulator
