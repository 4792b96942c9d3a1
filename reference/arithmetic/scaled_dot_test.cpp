// SPDX-License-Identifier: Apache-2.0
// Known answers: worked cases that MMA-Sim (arXiv 2511.10909) computes, each aimed at one rule;
// those about zero groups follow its later version. Where nothing is cut off, binary64 has the
// exact sum.
#include <bit>
#include <random>

#include <gtest/gtest.h>

#include "reference/arithmetic/scaled_dot_case.hpp"

namespace assay {
namespace {

constexpr std::uint32_t kNaN = 0x7FFFFFFF;

std::uint32_t nvfp4(const Codes& a, const Codes& b, const Codes& a_scales, const Codes& b_scales,
                    std::uint32_t c) {
  return compute(model("mxf4nvf4"), {Format::e2m1, a, b, Format::ue4m3, a_scales, b_scales, c});
}

std::uint32_t mxfp8(const Codes& a, const Codes& b, std::uint32_t a_scale, std::uint32_t b_scale,
                    std::uint32_t c) {
  return compute(model("mxf8f6f4"), {Format::e4m3, a, b, Format::e8m0, {a_scale}, {b_scale}, c});
}

const Codes kOnes(4, 0x38);  // block scales of 1

TEST(ScaledDot, Mxfp8ProductsAreScaledBeforeTheyAreAligned) {
  EXPECT_EQ(mxfp8({0x38, 0xB8}, {0x38, 0x38}, 0x84, 0x84, 0x35800000), 0u);  // grid 2^-15
  EXPECT_EQ(mxfp8({0x38, 0xB8}, {0x38, 0x38}, 0x7F, 0x7F, 0x35800000), 0x35800000u);
  EXPECT_EQ(mxfp8({0x38}, {0x38}, 0x80, 0x7D, 0), 0x3F000000u);  // 2^1 * 2^-2
}

TEST(ScaledDot, Mxfp8ZeroProductsDoNotRaiseTheGridThroughTheirScales) {
  EXPECT_EQ(mxfp8({}, {}, 0xFE, 0xFE, 0x00000001), 0x00000001u);
}

TEST(ScaledDot, ANaNScaleIsNaNAlsoWhereItsBlockIsZero) {
  EXPECT_EQ(mxfp8({0x38}, {0x38}, 0xFF, 0x7F, 0x3F800000), kNaN);
  EXPECT_EQ(nvfp4({2}, {2}, {0x38, 0x38, 0x38, 0x7F}, kOnes, 0), kNaN);
  EXPECT_EQ(nvfp4({2}, {2}, kOnes, {0x38, 0x7F, 0x38, 0x38}, 0), kNaN);
  EXPECT_EQ(nvfp4({2}, {2}, kOnes, kOnes, 0x7F800001), kNaN);
  EXPECT_EQ(nvfp4({2}, {2}, kOnes, kOnes, 0xFF800000), 0xFF800000u);
}

TEST(ScaledDot, Nvfp4ScaleSignificandsMultiplyExactly) {
  EXPECT_EQ(nvfp4(Codes(64, 7), Codes(64, 0xF), {0x3E, 0x3F, 0x45, 0x29}, {0x3F, 0x31, 0x38, 0x7E},
                  0x47C35000),
            0x46B41D00u);
}

TEST(ScaledDot, TheSignOfAScaleIsNotRead) {
  EXPECT_EQ(nvfp4(Codes(16, 2), Codes(16, 2), {0xB8, 0x38, 0x38, 0x38}, kOnes, 0), 0x41800000u);
}

TEST(ScaledDot, TheSmallestScalesScale) {
  EXPECT_EQ(mxfp8({0x38}, {0x38}, 0x00, 0x7F, 0), 0x00400000u);                 // 2^-127
  EXPECT_EQ(nvfp4({2}, {2}, {0x01, 0x38, 0x38, 0x38}, kOnes, 0), 0x3B000000u);  // 2^-9
}

// 36 - 36 in a group whose scales have exponent 0: the grid is 2^-35, whatever the group's sum is.
TEST(ScaledDot, GroupsAreAlignedByTheirScalesAlone) {
  EXPECT_EQ(nvfp4({7, 0xF}, {7, 7}, kOnes, kOnes, 0x2E000000), 0x2E000000u);  // 2^-35
  EXPECT_EQ(nvfp4({7, 0xF}, {7, 7}, kOnes, kOnes, 0x2D800000), 0u);           // 2^-36
  EXPECT_EQ(nvfp4({7}, {7}, kOnes, kOnes, 0x2E000000), 0x42100000u);
}

TEST(ScaledDot, AGroupOfZerosOrWithAZeroScaleDoesNotRaiseTheGrid) {
  EXPECT_EQ(nvfp4({}, {}, kOnes, kOnes, 0x2D800000), 0x2D800000u);
  EXPECT_EQ(nvfp4({}, {}, Codes(4, 0x7E), Codes(4, 0x7E), 0x3F800001), 0x3F800001u);
  EXPECT_EQ(nvfp4({7, 0xF}, {7, 7}, {0, 0x38, 0x38, 0x38}, kOnes, 0x2D800000), 0x2D800000u);
}

// 1 - 1 + 2^-30: the first two cancel in different terms, and c = 1 is one of them.
TEST(ScaledDot, TheAccumulatorIsATermOfTheSameSum) {
  Codes a(64), b(64);
  a[0] = 2;
  b[0] = 0xA;
  a[32] = b[32] = 2;
  EXPECT_EQ(compute(model("mxf4"),
                    {Format::e2m1, a, b, Format::e8m0, {0x7F, 0x70}, {0x7F, 0x70}, 0x3F800000}),
            0x30800000u);
}

TEST(ScaledDot, BlocksOf16MayHaveE8m0Scales) {
  const Codes a_scales{0x7F, 0x80, 0x81, 0x82}, b_scales(4, 0x7F);
  EXPECT_EQ(compute(model("mxf4nvf4"), {Format::e2m1, Codes(64, 2), Codes(64, 2), Format::e8m0,
                                        a_scales, b_scales, 0}),
            0x43700000u);  // 16 * (1 + 2 + 4 + 8)
}

TEST(ScaledDot, LongerDotsChainInstructions) {
  const TensorCoreModel& mxf8 = model("mxf8f6f4");
  const Codes ones(64, 0x38), a_scales{0x7F, 0x80}, b_scales{0x7F, 0x7F};
  const auto result = scaled_tensor_core_dot(mxf8, Format::e4m3, ones, Format::e4m3, ones,
                                             {Format::e8m0, 32, a_scales, b_scales}, 0x3F800000);
  EXPECT_EQ(result.value(), 0x42C20000u);  // 1 + 32 + 64
}

// Scales of 2^-4 to 2^5 and c of 24 bits above 2^-14: all terms are multiples of 2^-16, below 2^24.
TEST(ScaledDot, WhereNothingIsCutOffItIsTheExactSumTruncated) {
  std::mt19937 random(64);
  const auto draw = [&](std::size_t count, std::uint32_t first, std::uint32_t values) {
    Codes codes(count);
    for (std::uint32_t& code : codes)
      code = first + static_cast<std::uint32_t>(random() % values);
    return codes;
  };
  for (int i = 0; i < 20'000; ++i) {
    const Codes a = draw(64, 0, 16), b = draw(64, 0, 16);
    const Codes a_scales = draw(4, 0x18, 0x50), b_scales = draw(4, 0x18, 0x50);
    const float c = std::ldexp(static_cast<float>(static_cast<std::int32_t>(random()) >> 8), -14);
    double sum = static_cast<double>(c);
    for (std::size_t k = 0; k < 64; ++k)
      sum += decode(Format::e2m1, a[k]) * decode(Format::e2m1, b[k]) *
             decode(Format::ue4m3, a_scales[k / 16]) * decode(Format::ue4m3, b_scales[k / 16]);
    ASSERT_EQ(nvfp4(a, b, a_scales, b_scales, std::bit_cast<std::uint32_t>(c)),
              sum == 0 ? 0 : truncated(sum))
        << i;
  }
}

TEST(ScaledDot, ATraceHasATermForEachGroup) {
  TensorCoreTrace trace;
  const std::uint32_t result = compute(
      model("mxf4nvf4"),
      {Format::e2m1, {7, 0xF}, {7, 7}, Format::ue4m3, {0x40, 0x38, 0x38, 0x38}, kOnes, 0x2E000000},
      &trace);
  EXPECT_EQ(result, 0u);
  ASSERT_EQ(trace.steps.size(), 1u);
  EXPECT_EQ(trace.products[0], (std::vector<std::size_t>{0, 16, 32, 48}));
  ASSERT_EQ(trace.steps[0].terms.size(), 5u);
  EXPECT_EQ(trace.steps[0].max_exponent, 1);
  EXPECT_EQ(trace.steps[0].terms[0].exponent, 1) << "cancelled, and still the largest";
  EXPECT_EQ(trace.steps[0].terms[1].exponent, -139);
  EXPECT_EQ(trace.steps[0].terms[4].lost_bits, 1);
}

TEST(ScaledDot, RefusalsSayWhatTheModelTakes) {
  const Codes elements(64), four(4, 0x38), two(2, 0x7F);
  const auto error = [&](std::string_view operands, Format format, const BlockScales& scales) {
    const auto result =
        scaled_tensor_core_dot(model(operands), format, elements, format, elements, scales, 0);
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(error("mxf4nvf4", Format::e2m1, {Format::ue4m3, 16, four, four}), "");
  EXPECT_EQ(error("mxf4nvf4", Format::e2m1, {Format::ue4m3, 32, two, two}),
            "sm_100/tcgen05.mxf4nvf4: takes no ue4m3 scales of 32 elements");
  EXPECT_EQ(error("mxf4", Format::e2m1, {Format::e8m0, 16, four, four}),
            "sm_100/tcgen05.mxf4: takes no e8m0 scales of 16 elements");
  EXPECT_EQ(error("mxf4nvf4", Format::e2m1, {Format::ue4m3, 16, four, two}),
            "sm_100/tcgen05.mxf4nvf4: 2 scales for 4 blocks of 16 elements");
  EXPECT_EQ(error("mxf4nvf4", Format::e4m3, {Format::ue4m3, 16, four, four}),
            "sm_100/tcgen05.mxf4nvf4: operands are mxf4nvf4, not e4m3");
  EXPECT_EQ(error("f8f6f4", Format::e2m1, {Format::e8m0, 32, two, two}),
            "sm_100/tcgen05.f8f6f4: takes no block scales");
  const auto unscaled =
      tensor_core_dot(model("mxf4"), Format::e2m1, elements, Format::e2m1, elements, 0);
  ASSERT_FALSE(unscaled);
  EXPECT_EQ(unscaled.error().message, "sm_100/tcgen05.mxf4: needs block scales");
}

}  // namespace
}  // namespace assay
