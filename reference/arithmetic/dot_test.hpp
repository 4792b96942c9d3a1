// SPDX-License-Identifier: Apache-2.0
// For tests: runs the library's dot products on an oracle's Dot and compares bits.
#pragma once

#include <bit>

#include <gtest/gtest.h>

#include "reference/arithmetic/block_dot.hpp"
#include "reference/arithmetic/dot_oracle.hpp"
#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"

namespace assay::dot_test {

using oracle::Dot;

inline constexpr std::uint8_t kMax = 0x7E;      // E4M3 448
inline constexpr std::uint8_t kMaxE2m1 = 0x7;   // 6
inline constexpr std::uint8_t kNegative = 0x8;  // sign of an E2M1 code

// A dot as the library takes it: one row, one vector.
struct PackedDot {
  std::vector<std::uint8_t> codes, block_scales;
  std::vector<std::int32_t> x_units;

  explicit PackedDot(const Dot& dot) : block_scales(dot.s) {
    for (std::size_t k = 0; k < dot.w.size(); k += 2)
      codes.push_back(pack_e2m1x2(dot.w[k], dot.w[k + 1]));
    for (std::uint8_t code : dot.x)
      x_units.push_back(e4m3_to_units(code));
  }
  Nvfp4Rows rows() const {
    return {codes, block_scales, static_cast<std::int64_t>(x_units.size())};
  }
};

inline float run(const Dot& dot, Accumulation accumulation) {
  const PackedDot packed(dot);
  float result = -1;
  dot_rows(packed.rows(), packed.x_units, 1, accumulation, &result, 1);
  return result;
}

inline std::uint32_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

inline void expect_equal_to_oracle(const Dot& dot) {
  ASSERT_EQ(bits(run(dot, Accumulation::exact)), bits(oracle::exact(dot)));
  ASSERT_EQ(bits(run(dot, Accumulation::block_fma)), bits(oracle::block_fma(dot)));
}

inline Dot zeros(std::size_t length) {
  return {std::vector<std::uint8_t>(length), std::vector<std::uint8_t>(length),
          std::vector<std::uint8_t>(length / 16)};
}

// The largest term of one dot in element 0 and the smallest in element 16: never certified.
inline void spoil(std::span<std::uint8_t> codes, std::span<std::uint8_t> block_scales) {
  codes[0] = codes[8] = kMaxE2m1;
  block_scales[0] = kMax;
  block_scales[1] = 0x01;
}

}  // namespace assay::dot_test
