// SPDX-License-Identifier: Apache-2.0
// Known answers: worked cases that MMA-Sim c785138 (arXiv 2511.10909) computes, each aimed at one
// parameter. Published GPU outputs: vectors/io/tensor_core_data_test.cpp.
#include "reference/arithmetic/tensor_core.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

using Codes = std::vector<std::uint32_t>;

// The dot of codes that are followed by zeros up to `length`.
std::uint32_t dot(std::string_view name, Format a_format, Codes a, Format b_format, Codes b,
                  std::uint32_t c, std::size_t length) {
  a.resize(length);
  b.resize(length);
  const auto model = find_tensor_core_model(name);
  EXPECT_TRUE(model) << name;
  return tensor_core_dot(**model, a_format, a, b_format, b, c).value();
}

std::uint32_t f16_dot(std::string_view name, const Codes& a, const Codes& b, std::uint32_t c) {
  return dot(name, Format::f16, a, Format::f16, b, c, 16);
}

std::uint32_t bf16_dot(const Codes& a, const Codes& b, std::uint32_t c) {
  return dot("sm_100/tcgen05.bf16", Format::bf16, a, Format::bf16, b, c, 16);
}

TEST(TensorCore, BlackwellKeeps25FractionBitsWhereAmpereKeeps24) {
  const Codes a{0x3C00, 0x0C00, 0xBC00}, b{0x3C00, 0x0800, 0x3C00};
  EXPECT_EQ(f16_dot("sm_100/tcgen05.f16", a, b, 0), 0x33000000u);
  EXPECT_EQ(f16_dot("sm_80/mma.f16", a, b, 0), 0u);
}

TEST(TensorCore, AmpereTruncatesBetweenItsGroupsOfEight) {
  const Codes a{0x3C00, 0x0C00, 0, 0, 0, 0, 0, 0, 0xBC00};
  const Codes b{0x3C00, 0x0C00, 0, 0, 0, 0, 0, 0, 0x3C00};
  EXPECT_EQ(f16_dot("sm_80/mma.f16", a, b, 0), 0u);
}

TEST(TensorCore, ProductsAreNotNormalizedBeforeTheyAreAligned) {
  EXPECT_EQ(f16_dot("sm_100/tcgen05.f16", {0x3E00, 0x0800, 0xBE00}, {0x3E00, 0x0C00, 0x3E00}, 0),
            0x33000000u);
}

TEST(TensorCore, TheResultIsTruncatedNotRounded) {
  EXPECT_EQ(f16_dot("sm_100/tcgen05.f16", {0x3C00, 0x0C00, 0x0800}, {0x3C00, 0x0C00, 0x0C00}, 0),
            0x3F800000u);
}

TEST(TensorCore, TheAccumulatorIsTruncatedInTheSameSum) {
  EXPECT_EQ(f16_dot("sm_100/tcgen05.f16", {0x6400, 0xE400}, {0x3C00, 0x3C00}, 0x3F800001),
            0x3F800000u);
}

TEST(TensorCore, ProductsBeyondBinary32AreNotClampedButTheResultIsInfinite) {
  EXPECT_EQ(bf16_dot({0x7F00, 0x7F00}, {0x3F80, 0x3F80}, 0), 0x7F800000u);
  EXPECT_EQ(bf16_dot({0x7F00, 0xFF00}, {0x7F00, 0x7F00}, 0x3F800000), 0u);
}

TEST(TensorCore, Tf32OperandsLoseTheir13LowBits) {
  EXPECT_EQ(
      dot("sm_100/tcgen05.tf32", Format::tf32, {0x3F801FFF}, Format::tf32, {0x3F800000}, 0, 8),
      0x3F800000u);
}

TEST(TensorCore, Binary16ResultsRoundToNearestEvenOnce) {
  EXPECT_EQ(
      f16_dot("sm_100/tcgen05.f16.f16", {0x3C00, 0x1000, 0x0C00}, {0x3C00, 0x3C00, 0x0800}, 0x0000),
      0x3C01u);
}

TEST(TensorCore, HopperFp8Keeps13FractionBitsOfEveryTermAndOfC) {
  const auto hopper = [](const Codes& a, const Codes& b, std::uint32_t c) {
    return dot("sm_90/wgmma.fp8", Format::e4m3, a, Format::e4m3, b, c, 32);
  };
  EXPECT_EQ(hopper({0x7E, 0x08, 0xFE}, {0x38, 0x08, 0x38}, 0), 0u);
  EXPECT_EQ(hopper({}, {}, 0x3F800FFF), 0x3F800C00u);
}

TEST(TensorCore, Fp8FormatsMix) {
  EXPECT_EQ(dot("sm_100/tcgen05.fp8", Format::e4m3, {0x3F, 0x01}, Format::e5m2, {0x3F, 0x7B},
                0xC0400000, 32),
            0x42E09000u);
}

// 0.5 is a subnormal of E2M1: 0.5 - 0.5 stands at exponent 0, or at -1 were it normalized.
TEST(TensorCore, NarrowFormatsMixAndTheirSubnormalsKeepTheSmallestExponent) {
  const auto narrow = [](Format format, Codes a, Codes b, std::uint32_t c) {
    return dot("sm_100/tcgen05.f8f6f4", format, std::move(a), Format::e4m3, std::move(b), c, 32);
  };
  EXPECT_EQ(narrow(Format::e2m1, {0x1, 0x9}, {0x38, 0x38}, 0x33000000), 0x33000000u);  // 2^-25
  EXPECT_EQ(narrow(Format::e2m1, {0x1, 0x9}, {0x38, 0x38}, 0x32800000), 0u);           // 2^-26
  EXPECT_EQ(narrow(Format::e2m3, {0x1F}, {0x38}, 0), 0x40F00000u);                     // 7.5
  EXPECT_EQ(narrow(Format::e3m2, {0x1F}, {0x38}, 0), 0x41E00000u);                     // 28
}

// k mod 4 in {0, 1} first: were they second, or the halves 0-15 and 16-31, 2^-25 would survive.
TEST(TensorCore, Fp8MmaOnBlackwellIsTwoBinary16MmasAndAnAddition) {
  Codes a(32), b(32);
  a[0] = 0x38;  // 1 * 1 in the first group
  b[0] = 0x38;
  a[2] = 0xB8;  // -1 * 1 in the second, with 2^-9 * 2^-9 beside it
  b[2] = 0x38;
  a[3] = 0x01;
  b[3] = 0x01;
  EXPECT_EQ(dot("sm_100/mma.fp8", Format::e4m3, a, Format::e4m3, b, 0, 32), 0x36800000u);
  // 8 - 2^-21 + 2^-18 is 8 and 3.5 ulp: the addition rounds to even, a fused sum would truncate.
  EXPECT_EQ(dot("sm_100/mma.fp8", Format::e4m3, a, Format::e4m3, b, 0x40FFFFFF, 32), 0x41000004u);
}

std::uint32_t m8n8k4(std::string_view name, const Codes& a, std::uint32_t c) {
  const Codes ones(4, 0x3C00);
  return dot(name, Format::f16, a, Format::f16, ones, c, 4);
}

// Expectations follow from IEEE 754 operation by operation.
TEST(TensorCore, M8n8k4SinceAmpereIsFourFusedMultiplyAddsAndAnAddition) {
  // 2^24 + 3 rounds to even; a chain from c would lose each 1, a fused sum would truncate.
  EXPECT_EQ(m8n8k4("sm_100/mma.m8n8k4.f16", {0x3C00, 0x3C00, 0x3C00, 0}, 0x4B800000), 0x4B800002u);
  EXPECT_EQ(m8n8k4("sm_100/mma.f16", {0x3C00, 0x3C00, 0x3C00, 0}, 0x4B800000), 0x4B800001u);
  // In increasing k: 2^15 + 2^-9 is a tie, and so is the next.
  const Codes falling{0x7800, 0x1800, 0x1800, 0}, rising{0x1800, 0x1800, 0x7800, 0};
  EXPECT_EQ(m8n8k4("sm_100/mma.m8n8k4.f16", falling, 0), 0x47000000u);
  EXPECT_EQ(m8n8k4("sm_100/mma.m8n8k4.f16", rising, 0), 0x47000001u);
}

TEST(TensorCore, M8n8k4WithABinary16AccumulatorAddsTwoPairsInBinary32AndRoundsOnce) {
  constexpr std::string_view kName = "sm_80/mma.m8n8k4.f16.f16";
  EXPECT_EQ(m8n8k4(kName, {0x3800, 0x3800, 0x3800, 0x3800}, 0x6800), 0x6801u);  // 2048 + 4 * 0.5
  // Each pair loses 2^-9, and the two cancel.
  EXPECT_EQ(m8n8k4(kName, {0x7800, 0x1800, 0xF800, 0x9800}, 0x3C00), 0x3C00u);
  EXPECT_EQ(m8n8k4(kName, {0x7800, 0xF800, 0x1800, 0x1800}, 0), 0x1C00u);
  EXPECT_EQ(m8n8k4(kName, {0x7E00, 0, 0, 0}, 0), 0x7FFFu);
}

TEST(TensorCore, SpecialOperandsGiveTheCanonicalNaNOrASignedInfinity) {
  constexpr std::uint32_t kNaN = 0x7FFFFFFF;
  EXPECT_EQ(bf16_dot({0x7FC1}, {0x3F80}, 0), kNaN);  // NaN * 1
  EXPECT_EQ(bf16_dot({0x7F80}, {0x0000}, 0), kNaN);  // Inf * 0
  EXPECT_EQ(bf16_dot({0x7F80, 0xFF80}, {0x3F80, 0x3F80}, 0), kNaN);
  EXPECT_EQ(bf16_dot({0x7F80}, {0xBF80}, 0x3F800000), 0xFF800000u);
  EXPECT_EQ(bf16_dot({0x7F80}, {0x3F80}, 0xFF800000), kNaN);  // Inf - Inf, through c
  EXPECT_EQ(bf16_dot({}, {}, 0xFFC00001), kNaN);
  EXPECT_EQ(f16_dot("sm_100/mma.f16.f16", {0x7E00}, {0x3C00}, 0), 0x7FFFu);
  EXPECT_EQ(dot("sm_100/mma.fp8", Format::e4m3, {0x7F}, Format::e4m3, {0x38}, 0, 32), kNaN);
}

TEST(TensorCore, SubnormalOperandsAndResultsAreNotFlushed) {
  EXPECT_EQ(bf16_dot({0x0001}, {0x3F80}, 0), 0x00010000u);
  EXPECT_EQ(bf16_dot({}, {}, 0x00000001), 0x00000001u);
  EXPECT_EQ(f16_dot("sm_100/mma.f16.f16", {0x0001}, {0x3C00}, 0), 0x0001u);
}

TEST(TensorCore, EveryModelSaysWhereItComesFromAndThorAndB300AreAssumed) {
  for (const TensorCoreModel& model : tensor_core_models()) {
    SCOPED_TRACE(model.name);
    EXPECT_FALSE(model.source.empty());
    if (model.target == "sm_103" || model.target == "sm_110") {
      const Evidence expected =
          model.lowering == MmaLowering::fma_chain ? Evidence::compiler : Evidence::assumed;
      for (const Evidence evidence :
           {model.products, model.fraction_bits, model.zero_exponent, model.rounding})
        EXPECT_EQ(evidence, expected);
    }
    EXPECT_EQ(find_tensor_core_model(model.name).value(), &model) << "names are unique";
  }
}

// Rows that are no longer than a step cannot tell how long it is, and f16 results hardly see F.
TEST(TensorCore, RowsProveWhatTheyCanSee) {
  const auto model = [](const char* name) { return *find_tensor_core_model(name).value(); };
  for (const char* name : {"sm_80/mma.f16", "sm_86/mma.f16.f16", "sm_89/mma.bf16", "sm_80/mma.tf32",
                           "sm_90/mma.tf32", "sm_100/mma.tf32"})
    EXPECT_EQ(model(name).products, Evidence::simulator) << name;
  for (const char* name : {"sm_70/mma.f16", "sm_90/mma.f16", "sm_100/mma.bf16", "sm_89/mma.fp8"})
    EXPECT_EQ(model(name).products, Evidence::hardware) << name;
  for (const char* name : {"sm_80/mma.f16.f16", "sm_100/mma.f16.f16", "sm_100/mma.fp8.f16"})
    EXPECT_EQ(model(name).fraction_bits, Evidence::simulator) << name;
}

TEST(TensorCore, TargetsResolveWithAndWithoutTheirLetter) {
  const auto resolve = [](std::string_view target, Format a, Format b) {
    return resolve_tensor_core(target, MmaInstruction::mma, a, b, Format::f32);
  };
  EXPECT_EQ(resolve("sm_110a", Format::f16, Format::f16).value()->name, "sm_110/mma.f16");
  EXPECT_EQ(resolve("sm_100f", Format::e4m3, Format::e5m2).value()->name, "sm_100/mma.fp8");
  EXPECT_EQ(resolve("sm_100", Format::e5m2, Format::e5m2).value()->lowering,
            MmaLowering::two_f16_mmas);
  EXPECT_EQ(resolve("sm_120", Format::e5m2, Format::e5m2).value()->lowering, MmaLowering::fused);
  const auto tcgen05 = [](Format a, Format b) {
    return resolve_tensor_core("sm_110a", MmaInstruction::tcgen05, a, b, Format::f32).value()->name;
  };
  EXPECT_EQ(tcgen05(Format::e4m3, Format::e5m2), "sm_110/tcgen05.fp8");
  EXPECT_EQ(tcgen05(Format::e4m3, Format::e2m1), "sm_110/tcgen05.f8f6f4");
}

// What ptxas 13.0 accepts of mma.sync with these operands on each target (PTX ISA, section mma,
// "Target ISA Notes"); Volta and Turing have f16 alone.
TEST(TensorCore, EveryFormOfMmaHasAModelOnEveryTarget) {
  struct Operands {
    Format format, accumulator;
    int first_target;
  };
  constexpr Operands kOperands[] = {
      {Format::f16, Format::f32, 70},  {Format::f16, Format::f16, 70},
      {Format::bf16, Format::f32, 80}, {Format::tf32, Format::f32, 80},
      {Format::e4m3, Format::f32, 89}, {Format::e5m2, Format::f16, 89}};
  for (const int target : {70, 75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121}) {
    for (const Operands& o : kOperands) {
      const auto model = resolve_tensor_core(fmt::format("sm_{}", target), MmaInstruction::mma,
                                             o.format, o.format, o.accumulator);
      EXPECT_EQ(model.has_value(), target >= o.first_target) << target;
    }
  }
}

TEST(TensorCore, M8n8k4ResolvesToWhatTheTargetMakesOfIt) {
  const auto resolve = [](std::string_view target, Format accumulator) {
    return resolve_tensor_core(target, MmaInstruction::mma_m8n8k4, Format::f16, Format::f16,
                               accumulator)
        .value()
        ->name;
  };
  EXPECT_EQ(resolve("sm_70", Format::f32), "sm_70/mma.f16");
  EXPECT_EQ(resolve("sm_75", Format::f16), "sm_75/mma.f16.f16");
  EXPECT_EQ(resolve("sm_80", Format::f32), "sm_80/mma.m8n8k4.f16");
  EXPECT_EQ(resolve("sm_110a", Format::f16), "sm_110/mma.m8n8k4.f16.f16");
  EXPECT_FALSE(resolve_tensor_core("sm_90", MmaInstruction::mma_m8n8k4, Format::bf16, Format::bf16,
                                   Format::f32));
}

// 1.5 * 1.5 + 2^-25 * 1.25 + c = 1 + 2^-23: the second term has bits below the grid 2^-25.
TEST(TensorCore, ATraceSaysWhatEachTermLost) {
  const Codes a{0x3E00, 0x0C00}, b{0x3E00, 0x0900};
  TensorCoreTrace trace;
  const auto result = tensor_core_dot(*find_tensor_core_model("sm_100/mma.f16").value(),
                                      Format::f16, a, Format::f16, b, 0x3F800001, &trace);
  ASSERT_EQ(trace.steps.size(), 1u);
  const FusedStepTrace& step = trace.steps[0];
  EXPECT_EQ(trace.products, (std::vector<std::vector<std::size_t>>{{0, 1}}));
  EXPECT_EQ(step.max_exponent, 0);
  ASSERT_EQ(step.terms.size(), 3u);
  EXPECT_EQ(step.terms[0].kept, 9 << 23);  // 2.25
  EXPECT_EQ(step.terms[1].exponent, -25);
  EXPECT_EQ(step.terms[1].kept, 1);
  EXPECT_EQ(step.terms[1].lost_bits, 2);
  EXPECT_EQ(step.terms[2].kept, (1 << 25) + 4);
  EXPECT_EQ(step.terms[2].lost_bits, 0);
  EXPECT_EQ(step.sum, (9 << 23) + 1 + (1 << 25) + 4);
  EXPECT_EQ(step.result, result.value());
  EXPECT_FALSE(trace.has_addition);
}

TEST(TensorCore, ATraceOfAnExpansionShowsBothMmasAndTheAddition) {
  const Codes ones(32, 0x38);
  TensorCoreTrace trace;
  const auto result = tensor_core_dot(*find_tensor_core_model("sm_100/mma.fp8").value(),
                                      Format::e4m3, ones, Format::e4m3, ones, 0x3F800000, &trace);
  EXPECT_EQ(result.value(), 0x42040000u);  // 33
  ASSERT_EQ(trace.steps.size(), 2u);
  EXPECT_EQ(trace.products[1][2], 6u);
  EXPECT_EQ(trace.steps[1].c, trace.steps[0].result);
  EXPECT_TRUE(trace.has_addition);
  EXPECT_EQ(trace.addend, 0x3F800000u);
  EXPECT_EQ(trace.sum, 0x42000000u);
}

TEST(TensorCore, RefusalsNameTheTargetAndWhatItHas) {
  const auto none =
      resolve_tensor_core("sm_75", MmaInstruction::mma, Format::bf16, Format::bf16, Format::f32);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("sm_75/mma.f16"), std::string::npos);
  EXPECT_FALSE(
      resolve_tensor_core("sm_42", MmaInstruction::mma, Format::f16, Format::f16, Format::f32));
  const auto typo = find_tensor_core_model("sm_100/mma.f17");
  ASSERT_FALSE(typo);
  EXPECT_NE(typo.error().message.find("sm_100/mma.f16"), std::string::npos);

  const TensorCoreModel& fp8 = *find_tensor_core_model("sm_100/mma.fp8").value();
  const Codes eight(8), sixteen(16);
  EXPECT_FALSE(tensor_core_dot(fp8, Format::e4m3, eight, Format::e4m3, eight, 0));
  EXPECT_FALSE(tensor_core_dot(fp8, Format::f16, sixteen, Format::f16, sixteen, 0));
  EXPECT_FALSE(tensor_core_dot(fp8, Format::e4m3, sixteen, Format::e4m3, eight, 0));
  EXPECT_TRUE(tensor_core_dot(fp8, Format::e4m3, sixteen, Format::e4m3, sixteen, 0));
}

}  // namespace
}  // namespace assay
