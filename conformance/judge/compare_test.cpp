// SPDX-License-Identifier: Apache-2.0
// The comparison of two tensors. Oracles: IEEE 754-2019 (order of binary32 bit patterns, NaNs),
// OFP8 1.0 (E4M3), docs/numerics.md section 7; std::nextafter for neighbours.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "conformance/judge/judge.hpp"

namespace assay {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Tensor f32_tensor(const std::vector<float>& values, std::vector<std::int64_t> shape) {
  Tensor tensor(Dtype::f32, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.as<float>().begin());
  return tensor;
}

TensorComparison compare_f32(float expected, float actual) {
  return compare_tensors("t", f32_tensor({expected}, {}).view(), f32_tensor({actual}, {}).view());
}

template <typename Bits>
TensorComparison compare_codes(Dtype dtype, Bits expected, Bits actual) {
  Tensor a(dtype, {1}), b(dtype, {1});
  a.as<Bits>()[0] = expected;
  b.as<Bits>()[0] = actual;
  return compare_tensors("t", a.view(), b.view());
}

TensorComparison compare_e4m3(std::uint8_t expected, std::uint8_t actual) {
  return compare_codes(Dtype::f8_e4m3, expected, actual);
}

TEST(Compare, EqualTensorsDoNotDiffer) {
  const Tensor tensor = f32_tensor({1, -2, 0, 4}, {2, 2});
  const TensorComparison result = compare_tensors("t", tensor.view(), tensor.view());
  EXPECT_EQ(result.elements, 4);
  EXPECT_EQ(result.differing, 0);
  EXPECT_EQ(result.max_ulp, 0);
  EXPECT_FALSE(result.first);
}

TEST(Compare, EveryNanEqualsEveryNanInBinary32) {
  EXPECT_EQ(compare_f32(kNan, -kNan).differing, 0);
  EXPECT_EQ(compare_f32(kNan, std::bit_cast<float>(0x7F80'0001U)).differing, 0);
}

TEST(Compare, NanDiffersFromNumbersAndInfinity) {
  for (const float number : {0.0F, 1.0F, -INFINITY, INFINITY}) {
    EXPECT_EQ(compare_f32(kNan, number).differing, 1) << number;
    EXPECT_EQ(compare_f32(number, kNan).nan_against_number, 1) << number;
    EXPECT_EQ(compare_f32(number, kNan).max_ulp, 0) << number;
  }
}

TEST(Compare, NegativeZeroDiffersFromZeroByOne) {
  const TensorComparison result = compare_f32(0.0F, -0.0F);
  EXPECT_EQ(result.differing, 1);
  EXPECT_EQ(result.max_ulp, 1);
  EXPECT_EQ(result.first->expected_bits, 0U);
  EXPECT_EQ(result.first->actual_bits, 0x8000'0000U);
}

TEST(Compare, NeighboursAreOneUlpApart) {
  for (const float value : {1.0F, -1.0F, 1e-45F, -1e-45F, 2.0F, 3.4e38F, 1.1754944e-38F}) {
    EXPECT_EQ(compare_f32(value, std::nextafter(value, INFINITY)).max_ulp, 1) << value;
    EXPECT_EQ(compare_f32(std::nextafter(value, -INFINITY), value).max_ulp, 1) << value;
  }
}

TEST(Compare, DistanceCountsTheCodesBetween) {
  EXPECT_EQ(compare_f32(1.0F, 2.0F).max_ulp, 1 << 23);
  EXPECT_EQ(compare_f32(1e-45F, -1e-45F).max_ulp, 3);  // +min, +0, -0, -min
  EXPECT_EQ(compare_f32(INFINITY, -INFINITY).max_ulp, 2LL * 0x7F80'0000 + 1);
}

TEST(Compare, E4m3CodesAreComparedAsBytes) {
  EXPECT_EQ(compare_e4m3(0x38, 0x38).differing, 0);
  EXPECT_EQ(compare_e4m3(0x38, 0x39).max_ulp, 1);
  EXPECT_EQ(compare_e4m3(0x00, 0x80).max_ulp, 1);
  EXPECT_EQ(compare_e4m3(0x01, 0x81).max_ulp, 3);
  EXPECT_EQ(compare_e4m3(0x7E, 0x7F).nan_against_number, 1);
  EXPECT_EQ(compare_e4m3(0xFF, 0x7E).nan_against_number, 1);
  EXPECT_EQ(compare_e4m3(0x7F, 0xFF).nan_against_number, 0);
  EXPECT_EQ(compare_e4m3(0x7F, 0xFF).differing, 1);
}

TEST(Compare, E5m2HasInfinitiesBelowItsNans) {
  const auto compare = [](std::uint8_t a, std::uint8_t b) {
    return compare_codes(Dtype::f8_e5m2, a, b);
  };
  EXPECT_EQ(compare(0x7B, 0x7C).max_ulp, 1);
  EXPECT_EQ(compare(0x7C, 0x7D).nan_against_number, 1);
  EXPECT_EQ(compare(0x7D, 0xFF).differing, 1);
  EXPECT_EQ(compare(0x7D, 0xFF).nan_against_number, 0);
  EXPECT_EQ(compare(0x00, 0x80).max_ulp, 1);
}

TEST(Compare, E8m0HasNoSign) {
  const auto compare = [](std::uint8_t a, std::uint8_t b) {
    return compare_codes(Dtype::f8_e8m0, a, b);
  };
  EXPECT_EQ(compare(0x7F, 0x80).max_ulp, 1);
  EXPECT_EQ(compare(0x00, 0xFE).max_ulp, 254);
  EXPECT_EQ(compare(0xFE, 0xFF).nan_against_number, 1);
}

TEST(Compare, SixteenBitNansAreComparedAsCodes) {
  const auto check = [](Dtype dtype, std::uint16_t infinity) {
    const auto compare = [dtype](std::uint16_t a, std::uint16_t b) {
      return compare_codes(dtype, a, b);
    };
    EXPECT_EQ(compare(0x7FFF, 0xFFFF).differing, 1);
    EXPECT_EQ(compare(0x7FFF, infinity).nan_against_number, 1);
    EXPECT_EQ(compare(static_cast<std::uint16_t>(infinity - 1), infinity).max_ulp, 1);
    EXPECT_EQ(compare(0x0001, 0x8001).max_ulp, 3);
  };
  check(Dtype::f16, 0x7C00);
  check(Dtype::bf16, 0x7F80);
}

TEST(Compare, Binary64DistancesDoNotOverflow) {
  const auto compare = [](double a, double b) {
    return compare_codes(Dtype::f64, std::bit_cast<std::uint64_t>(a),
                         std::bit_cast<std::uint64_t>(b));
  };
  EXPECT_EQ(compare(1.0, std::nextafter(1.0, 2.0)).max_ulp, 1);
  EXPECT_EQ(compare(0.0, -0.0).max_ulp, 1);
  EXPECT_EQ(compare(INFINITY, -INFINITY).max_ulp, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(compare(NAN, -NAN).differing, 0);
}

TEST(Compare, IntegersDifferByTheirDifference) {
  Tensor a(Dtype::i32, {2}), b(Dtype::i32, {2});
  a.as<std::int32_t>()[1] = std::numeric_limits<std::int32_t>::min();
  b.as<std::int32_t>()[1] = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(compare_tensors("t", a.view(), b.view()).max_ulp, 0xFFFF'FFFFLL);
  EXPECT_EQ(compare_tensors("t", a.view(), b.view()).nan_against_number, 0);
  EXPECT_EQ(compare_tensors("t", b.view(), a.view()).first->actual_bits, 0x8000'0000U);
}

TEST(Compare, FirstDifferenceIsAMultiIndex) {
  const std::vector<std::int64_t> shape{3, 4, 5};
  std::vector<float> values(60, 1.0F);
  const Tensor expected = f32_tensor(values, shape);
  values[2 * 20 + 1 * 5 + 3] = 2.0F;
  values[59] = 0.0F;
  const TensorComparison result =
      compare_tensors("t", expected.view(), f32_tensor(values, shape).view());
  EXPECT_EQ(result.differing, 2);
  EXPECT_EQ(result.first->index, (std::vector<std::int64_t>{2, 1, 3}));
  EXPECT_EQ(result.first->dtype, Dtype::f32);
}

TEST(Compare, EveryPositionOfALongTensorIsLookedAt) {
  const std::int64_t size = 3 * 4096 + 5;
  const Tensor expected(Dtype::f32, {size});
  for (const std::int64_t at :
       {std::int64_t{0}, std::int64_t{4095}, std::int64_t{4096}, size - 1}) {
    Tensor actual(Dtype::f32, {size});
    actual.as<std::uint32_t>()[static_cast<std::size_t>(at)] = 1;
    const TensorComparison result = compare_tensors("t", expected.view(), actual.view());
    EXPECT_EQ(result.differing, 1);
    EXPECT_EQ(result.first->index, std::vector{at});
  }
}

TEST(Compare, DistancesAreCountedInPowersOfTwo) {
  const std::vector<std::uint32_t> distances{0, 1, 1, 2, 3, 4, 5, 8, 9};
  const auto size = static_cast<std::int64_t>(distances.size());
  Tensor expected(Dtype::f32, {size}), actual(Dtype::f32, {size});
  std::copy(distances.begin(), distances.end(), actual.as<std::uint32_t>().begin());
  const TensorComparison result = compare_tensors("t", expected.view(), actual.view());
  const std::vector<std::int64_t> counts(result.ulp_histogram.begin(),
                                         result.ulp_histogram.begin() + 6);
  EXPECT_EQ(counts, (std::vector<std::int64_t>{2, 1, 2, 2, 1, 0}));
  const auto nan = compare_f32(kNan, 1.0F).ulp_histogram;
  EXPECT_EQ(std::count(nan.begin(), nan.end(), 0), std::ssize(nan));
}

TEST(Compare, EmptyTensorsAreEqual) {
  const Tensor empty(Dtype::f32, {0, 4});
  EXPECT_EQ(compare_tensors("t", empty.view(), empty.view()).elements, 0);
}

}  // namespace
}  // namespace assay
