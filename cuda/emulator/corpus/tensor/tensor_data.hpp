// SPDX-License-Identifier: Apache-2.0
// Small whole numbers in the formats of tensor-core operands. Sums of their products are exact in
// every order (|sum| < 2^24), so each has one value whatever the hardware's order and precision.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/emulator/corpus/harness/random.hpp"

namespace assay::corpus {

// Bits of a whole number in a format of `exponent_bits` and `fraction_bits`; it must be exact
// there.
inline std::uint32_t whole_bits(int value, int exponent_bits, int fraction_bits) {
  if (value == 0) return 0;
  const std::uint32_t sign = value < 0 ? 1u : 0u;
  const std::uint32_t magnitude = static_cast<std::uint32_t>(value < 0 ? -value : value);
  int exponent = 0;
  while (magnitude >> exponent > 1)
    ++exponent;
  const std::uint32_t bias = (1u << (exponent_bits - 1)) - 1;
  const std::uint32_t fraction = exponent <= fraction_bits
                                     ? magnitude << (fraction_bits - exponent)
                                     : magnitude >> (exponent - fraction_bits);
  return sign << (exponent_bits + fraction_bits) |
         (bias + static_cast<std::uint32_t>(exponent)) << fraction_bits |
         (fraction & ((1u << fraction_bits) - 1));
}

// rows x depth whole numbers, and columns x depth, with the products' sums rows x columns.
struct WholeGemm {
  int m, n, k;
  std::vector<int> a, b, c;

  WholeGemm(int rows, int columns, int depth, int low, int high)
      : m(rows), n(columns), k(depth), c(static_cast<std::size_t>(rows) * columns, 0) {
    Random random(static_cast<std::uint64_t>(rows * 10'000 + columns * 100 + depth));
    a = random.vector(static_cast<std::size_t>(m) * k, [&] { return random.between(low, high); });
    b = random.vector(static_cast<std::size_t>(n) * k, [&] { return random.between(low, high); });
    for (int row = 0; row < m; ++row)
      for (int column = 0; column < n; ++column)
        for (int i = 0; i < k; ++i)
          c[row * n + column] += a[row * k + i] * b[column * k + i];
  }

  // B with its depth as rows, as a row-major matrix product writes it.
  std::vector<int> b_by_depth() const {
    std::vector<int> turned(b.size());
    for (int column = 0; column < n; ++column)
      for (int i = 0; i < k; ++i)
        turned[i * n + column] = b[column * k + i];
    return turned;
  }
};

template <typename T>
std::vector<T> encoded(const std::vector<int>& values, int exponent_bits, int fraction_bits) {
  std::vector<T> bits;
  for (const int value : values)
    bits.push_back(static_cast<T>(whole_bits(value, exponent_bits, fraction_bits)));
  return bits;
}

inline std::vector<float> as_floats(const std::vector<int>& values) {
  return {values.begin(), values.end()};
}

}  // namespace assay::corpus
