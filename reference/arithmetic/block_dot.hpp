// SPDX-License-Identifier: Apache-2.0
// Dot products of an E4M3 vector with NVFP4 rows, exact until one named rounding.
//
// Everything is an integer: x = X * 2^-9, w = W * 2^-1, s = S * 2^-9, so one block's dot is
// D = sum X * W (|D| <= 16 * 229376 * 12 < 2^26, an int32) in units of 2^-10 and the whole sum
// sum_b D_b * S_b is an int64 in units of 2^-19 for every K <= kMaxDotLength.
#pragma once

#include <cstdint>
#include <span>

#include "reference/arithmetic/accumulation.hpp"
#include "reference/ieee.hpp"

namespace assay {

// |sum| <= 2^23 / 16 blocks * 16 * 229376 * 12 * 229376 units < 2^63.
inline constexpr std::int64_t kMaxDotLength = std::int64_t{1} << 23;

// Rows of E2M1 codes with their E4M3 block scales; NaN and negative scale codes are excluded
// before.
struct Nvfp4Rows {
  std::span<const std::uint8_t> codes;         // rows * length / 2, low nibble first
  std::span<const std::uint8_t> block_scales;  // rows * length / 16
  std::int64_t length;                         // K, a multiple of 16
};

// dots[m * dots_stride + n] = x[m] . row[n] for every m and every row n. `x_units` holds
// count_x vectors of `length` E4M3 values in units of 2^-9 (e4m3_to_units, which gives 0 for NaN:
// the caller makes dots of vectors with a NaN code NaN). A sum of zero is +0.
void dot_rows(const Nvfp4Rows& rows, std::span<const std::int32_t> x_units, std::int64_t count_x,
              Accumulation accumulation, float* dots, std::int64_t dots_stride);

}  // namespace assay
