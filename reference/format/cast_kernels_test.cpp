// SPDX-License-Identifier: Apache-2.0
// The array casts on every path against the casts of single values, which cuda_headers_test proves
// equal to NVIDIA's headers on all 2^32 inputs (and the array casts with them).
#include "reference/format/cast_kernels.hpp"

#include <algorithm>
#include <cfenv>
#include <functional>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/simd_test.hpp"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace assay {
namespace {

using Array = void (*)(std::span<const float>, std::span<std::uint8_t>);
using Single = std::uint8_t (*)(float);
using Decode = float (*)(std::uint8_t);

struct CastUnderTest {
  const char* name;
  Array array;
  Single single;
  Decode decode;
  std::uint8_t max_code;
};

const CastUnderTest kE4m3Casts{"e4m3", f32_to_e4m3, f32_to_e4m3, e4m3_to_f32, 0x7E};
const CastUnderTest kE2m1Casts{"e2m1", f32_to_e2m1, f32_to_e2m1, e2m1_to_f32, 0x7};

class CastKernels : public testing::TestWithParam<CastUnderTest> {};
INSTANTIATE_TEST_SUITE_P(Formats, CastKernels, testing::Values(kE4m3Casts, kE2m1Casts),
                         [](const auto& format) { return format.param.name; });

constexpr std::uint8_t kCanary = 0xA5;

std::uint32_t bits_of(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

// The bits, their two neighbours, and all three negated.
void add_around(std::vector<float>& values, std::uint32_t bits) {
  for (const std::uint32_t near : {bits - 1, bits, bits + 1}) {
    values.push_back(std::bit_cast<float>(near));
    values.push_back(std::bit_cast<float>(near ^ 0x80000000));
  }
}

void expect_single_codes(const CastUnderTest& cast, std::span<const float> values) {
  for (const SimdPath path : available_simd_paths()) {
    const ForcedSimdPath forced(path);
    std::vector<std::uint8_t> codes(values.size(), kCanary);
    cast.array(values, codes);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(codes[i], cast.single(values[i]))
          << simd_path_name(path) << ", bits " << std::hex << bits_of(values[i]);
    }
  }
}

TEST_P(CastKernels, CodesAndMidpointsAndTheirNeighboursAgree) {
  std::vector<float> values;
  for (std::uint8_t code = 0; code < GetParam().max_code; ++code) {
    const float value = GetParam().decode(code);
    const float next = GetParam().decode(static_cast<std::uint8_t>(code + 1));
    add_around(values, bits_of(value));
    add_around(values, bits_of((value + next) / 2));
  }
  const float max = GetParam().decode(GetParam().max_code);
  const float below_max = GetParam().decode(static_cast<std::uint8_t>(GetParam().max_code - 1));
  add_around(values, bits_of(max));
  add_around(values, bits_of(max + (max - below_max) / 2));
  expect_single_codes(GetParam(), values);
}

TEST_P(CastKernels, EveryExponentAgrees) {
  std::vector<float> values;
  for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
    add_around(values, exponent << 23);
    for (std::uint32_t bit = 0; bit < 23; ++bit) {
      add_around(values, (exponent << 23) + (1u << bit));
      add_around(values, (exponent << 23) + (0x7FFFFFu ^ (1u << bit)));
    }
  }
  expect_single_codes(GetParam(), values);
}

TEST_P(CastKernels, SpecialValuesAgree) {
  std::vector<float> values;
  for (const std::uint32_t bits : {0u, 0x7F800000u, 0x7FC00000u, 0x7F800002u, 0x7FFFFFFEu})
    add_around(values, bits);
  expect_single_codes(GetParam(), values);
}

TEST_P(CastKernels, RandomBitsAgree) {
  std::mt19937 random(7);
  std::vector<float> values(1 << 16);
  for (int round = 0; round < 256; ++round) {
    // The second half has exponents within and beside the format's range.
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto bits = static_cast<std::uint32_t>(random());
      const std::uint32_t exponent = 113 + (bits >> 23) % 24;
      values[i] = std::bit_cast<float>(i % 2 == 0 ? bits : (bits & 0x807FFFFF) | (exponent << 23));
    }
    expect_single_codes(GetParam(), values);
    if (HasFatalFailure()) return;
  }
}

// Every length and place within a vector and within its bytes, between canaries.
void expect_exact_extent(const CastUnderTest& cast, std::span<const float> values,
                         std::size_t begin, std::size_t size, std::size_t place) {
  std::vector<std::uint8_t> codes(place + size + 80, kCanary);
  cast.array(values.subspan(begin, size), std::span(codes).subspan(place, size));
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const bool inside = i >= place && i < place + size;
    const std::uint8_t expected = inside ? cast.single(values[begin + i - place]) : kCanary;
    ASSERT_EQ(codes[i], expected) << "size " << size << ", place " << place << ", code " << i;
  }
}

TEST_P(CastKernels, ArraysOfAnyPlaceAndLengthAreWrittenAndNothingElse) {
  std::mt19937 random(8);
  std::uniform_real_distribution<float> uniform(-8, 8);
  std::vector<float> values(8192);
  std::ranges::generate(values, [&] { return uniform(random); });
  for (const SimdPath path : available_simd_paths()) {
    SCOPED_TRACE(simd_path_name(path));
    const ForcedSimdPath forced(path);
    for (std::size_t size = 0; size < 130; ++size) {
      for (std::size_t begin = 0; begin < 17; ++begin)
        ASSERT_NO_FATAL_FAILURE(
            expect_exact_extent(GetParam(), values, begin, size, (begin * 5 + size) % 67));
    }
    for (std::size_t size = 130; size < 6000; size += 61)
      ASSERT_NO_FATAL_FAILURE(expect_exact_extent(GetParam(), values, size % 19, size, size % 67));
  }
}

TEST_P(CastKernels, TheRoundingModeChangesNothing) {
  std::mt19937 random(9);
  std::vector<float> values(1 << 14);
  std::ranges::generate(values, [&] {
    return std::bit_cast<float>(static_cast<std::uint32_t>(random()) % 0x0B000000 + 0x38000000);
  });
  for (const int mode : {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO}) {
    ASSERT_EQ(std::fesetround(mode), 0);
    expect_single_codes(GetParam(), values);
    std::fesetround(FE_TONEAREST);
  }
}

#if defined(__x86_64__)
TEST_P(CastKernels, FlushingSubnormalsChangesNothing) {
  std::vector<float> values;
  for (std::uint32_t bits = 1; bits < 0x01000000; bits += 997)
    add_around(values, bits);
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush results, and operands
  expect_single_codes(GetParam(), values);
  _mm_setcsr(before);
}
#endif

}  // namespace
}  // namespace assay
