// SPDX-License-Identifier: Apache-2.0
// Values of E2M1 codes and E4M3 bytes from the formats' definitions (OCP Microscaling 1.0, OCP
// FP8), and the contract of a scaled dot product: per group of 16 an exact sum, then one fused
// multiply-add.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/emulator/corpus/harness/random.hpp"

namespace assay::corpus {

inline double minifloat(unsigned code, int exponent_bits, int fraction_bits, int bias) {
  const int fraction = static_cast<int>(code & ((1u << fraction_bits) - 1));
  const int exponent = static_cast<int>(code >> fraction_bits & ((1u << exponent_bits) - 1));
  const int whole = exponent == 0 ? fraction : fraction | 1 << fraction_bits;
  const double size = std::ldexp(whole, (exponent == 0 ? 1 : exponent) - bias - fraction_bits);
  return code >> (exponent_bits + fraction_bits) & 1 ? -size : size;
}

// All values of a format by code.
template <std::size_t kCodes>
std::array<double, kCodes> all_values(int exponent_bits, int fraction_bits, int bias) {
  std::array<double, kCodes> values;
  for (unsigned code = 0; code < kCodes; ++code)
    values[code] = minifloat(code, exponent_bits, fraction_bits, bias);
  return values;
}
inline double e2m1_value(unsigned code) {
  static const auto values = all_values<16>(2, 1, 1);
  return values[code];
}
inline double e4m3_value(unsigned byte) {
  static const auto values = all_values<256>(4, 3, 7);
  return values[byte];
}

// rows x depth weights: two codes a byte, the lower index in the lower half; a scale for 16 codes.
struct NarrowWeights {
  int rows, depth;
  std::vector<std::uint8_t> codes, scales;

  NarrowWeights(int row_count, int columns, Random& random) : rows(row_count), depth(columns) {
    codes = random.vector(static_cast<std::size_t>(rows) * depth / 2,
                          [&] { return static_cast<std::uint8_t>(random.u32()); });
    // From 1/8 to 15/8, all positive.
    scales = random.vector(static_cast<std::size_t>(rows) * depth / 16,
                           [&] { return static_cast<std::uint8_t>(0x20 + random.between(0, 31)); });
  }

  unsigned code(int row, int k) const {
    return codes[(static_cast<std::size_t>(row) * depth + k) / 2] >> 4 * (k % 2) & 15u;
  }

  // Groups first .. last - 1 of one row against one row of activations.
  float dot(int row, const std::uint8_t* activations, int first, int last) const {
    float sum = 0.0f;
    for (int group = first; group < last; ++group) {
      double exact = 0.0;  // multiples of 2^-10 below 2^17: no rounding in binary64
      for (int k = 16 * group; k < 16 * group + 16; ++k)
        exact += e2m1_value(code(row, k)) * e4m3_value(activations[k]);
      const auto scale = static_cast<float>(e4m3_value(scales[(row * depth) / 16 + group]));
      sum = std::fma(static_cast<float>(exact), scale, sum);
    }
    return sum;
  }
};

// Finite E4M3 bytes of magnitude below 2: every group's sum is certified exact.
inline std::vector<std::uint8_t> random_activations(std::size_t count, Random& random) {
  return random.vector(count, [&] {
    const std::uint32_t bits = random.u32();
    return static_cast<std::uint8_t>((bits & 0x80u) | (bits >> 8) % 0x40u);
  });
}

}  // namespace assay::corpus
