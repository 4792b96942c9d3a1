// SPDX-License-Identifier: Apache-2.0
// What tcgen05.mma computes: where each element and each scale lies (PTX ISA 9.7.16.3, 9.7.16.10.4
// to 9.7.16.10.7; products are exact, their values those of the formats), and the sums, which are
// those of the tensor-core models (reference/arithmetic/tensor_core.hpp).
#include "cuda/emulator/instructions/tcgen05_mma_data.hpp"
#include "reference/arithmetic/tensor_core.hpp"

namespace assay::emulator {
namespace {

// One k at a time has elements that are not zero: D is one exact product, and its scales.
TEST(TensorMma, TakesEachElementAndScaleFromItsPlace) {
  Random random(1);
  for (const MmaCase& c : all_cases()) {
    if (c.d != Format::f32) continue;
    MmaKernel kernel(c);
    for (std::size_t k = 0; k < c.k; ++k) {
      Data data = draw(random, c);
      for (Matrix* const matrix : {&data.a, &data.b})
        for (Words& row : *matrix)
          for (std::size_t other = 0; other < c.k; ++other)
            if (other != k) row[other] = 0;
      const TensorOutcome outcome = kernel.run(place(random, c, data));
      ASSERT_TRUE(outcome.findings.empty()) << describe(c) << "\n" << outcome.texts;
      for (std::size_t row = 0; row < 128; ++row)
        for (std::size_t n = 0; n < c.n; ++n) {
          double expected = decode(c.a, data.a[row][k]) * decode(c.b, data.b[n][k]);
          if (c.has_scales())
            expected *= decode(c.scale, data.scale_a[row][k * c.scales / c.k]) *
                        decode(c.scale, data.scale_b[n][k * c.scales / c.k]);
          ASSERT_EQ(decode(Format::f32, outcome.out[row * c.n + n]), expected)
              << describe(c) << ": k = " << k << ", D[" << row << "][" << n << "]";
        }
    }
  }
}

std::uint32_t modelled(const MmaCase& c, const Data& data, std::size_t row, std::size_t n,
                       const std::string& target) {
  const std::string operands = c.kind == "f16" ? std::string(format_info(c.a).name) : c.kind;
  const auto model =
      find_tensor_core_model(target + "/tcgen05." + operands + (c.d == Format::f16 ? ".f16" : ""));
  EXPECT_TRUE(model) << describe(c);
  Words a = data.a[row], b = data.b[n];
  const auto negate = [](Words& codes, Format format) {
    const FloatFormat& f = format_info(format).layout;
    for (std::uint32_t& code : codes)
      code ^= 1u << (f.bits() + f.padding_bits - 1);
  };
  if (c.negates_a) negate(a, c.a);
  if (c.negates_b) negate(b, c.b);
  const std::uint32_t addend = c.accumulates ? data.d[row][n] : 0;
  const auto value = c.has_scales()
                         ? scaled_tensor_core_dot(**model, c.a, a, c.b, b,
                                                  {c.scale, static_cast<int>(c.k / c.scales),
                                                   data.scale_a[row], data.scale_b[n]},
                                                  addend)
                         : tensor_core_dot(**model, c.a, a, c.b, b, addend);
  EXPECT_TRUE(value) << describe(c) << value.error().message;
  return *value;
}

void expect_model(const MmaCase& c, Random& random, const std::string& target = "sm_110") {
  const Data data = draw(random, c);
  MmaKernel kernel(c, {}, target + "a");
  const TensorOutcome outcome = kernel.run(place(random, c, data));
  ASSERT_TRUE(outcome.findings.empty()) << describe(c) << "\n" << outcome.texts;
  for (std::size_t row = 0; row < 128; ++row)
    for (std::size_t n = 0; n < c.n; ++n)
      ASSERT_EQ(outcome.out[row * c.n + n], modelled(c, data, row, n, target))
          << describe(c) << ": D[" << row << "][" << n << "]";
}

TEST(TensorMma, SumsAsTheModelOfTheTarget) {
  Random random(2);
  for (const std::string target : {"sm_100", "sm_103", "sm_110"})
    for (MmaCase c : all_cases())
      for (const bool accumulates : {false, true}) {
        c.accumulates = accumulates;
        expect_model(c, random, target);
      }
}

TEST(TensorMma, NegatesElements) {
  Random random(3);
  for (MmaCase c : all_cases())
    for (const auto& [a, b] : {std::pair(true, false), std::pair(false, true)}) {
      c.negates_a = a;
      c.negates_b = b;
      c.accumulates = true;
      expect_model(c, random);
    }
}

// Strides of A and B that differ from one another and from those of packed matrices. Of each kind
// also 256 columns; the scales of B then take eight columns of tensor memory.
TEST(TensorMma, FollowsTheStridesOfItsDescriptors) {
  Random random(4);
  std::string kind;
  for (MmaCase c : all_cases()) {
    c.n = 48;
    c.a_place = {1024, 2064, 128};
    c.b_place = {8192, 128, 272};
    expect_model(c, random);
    if (c.kind == kind) continue;
    kind = c.kind;
    c.n = 256;
    c.a_place = {0, 4096, 144};
    c.b_place = {16384, 128, 256};
    expect_model(c, random);
  }
}

TEST(TensorMma, ReadsSwizzledMatrices) {
  Random random(5);
  for (MmaCase c : all_cases())
    for (const auto& [a, b] : {std::pair(32, 128), std::pair(64, 32), std::pair(128, 64)}) {
      c.n = 32;
      const auto a_bytes = static_cast<std::uint32_t>(a), b_bytes = static_cast<std::uint32_t>(b);
      c.a_place = {0, 0, 8 * a_bytes, a_bytes};
      c.b_place = {16384, 16, 8 * b_bytes, b_bytes};
      expect_model(c, random);
    }
}

// The second 32 bytes of rows of 128: the start address moves, the pattern does not.
TEST(TensorMma, WalksAlongTheRowsOfASwizzledAtom) {
  Random random(6);
  MmaCase c = all_cases().front();
  c.a_place = {0, 0, 1024, 128};
  c.b_place = {16384, 0, 512, 64};
  const Data data = draw(random, c);
  MmaMemory memory(c);
  for (std::size_t k = 0; k < 16; ++k) {
    // Chunks 2 and 3 of A's rows of eight, 2 and 3 of B's rows of four.
    for (std::size_t row = 0; row < 128; ++row)
      memory.put(c, true, row, 16 + k, data.a[row][k]);
    for (std::size_t n = 0; n < 16; ++n)
      memory.put(c, false, n, 16 + k, data.b[n][k]);
  }
  MmaText text;
  text.before = "add.u64 %rd4, %rd4, 2;\nadd.u64 %rd5, %rd5, 2;";
  const TensorOutcome outcome = MmaKernel(c, text).run(memory);
  ASSERT_TRUE(outcome.findings.empty()) << outcome.texts;
  for (std::size_t row = 0; row < 128; ++row)
    for (std::size_t n = 0; n < 16; ++n)
      ASSERT_EQ(outcome.out[row * 16 + n], modelled(c, data, row, n, "sm_110"));
}

}  // namespace
}  // namespace assay::emulator
