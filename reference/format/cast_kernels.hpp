// SPDX-License-Identifier: Apache-2.0
// Array casts from binary32 to E4M3 and E2M1 by the saturating rules of CUDA's headers (e4m3.hpp,
// e2m1.hpp), one for each path, and the constants they share. The method is one: a magnitude,
// clamped to the format's largest, becomes the integer t = code * 2^24 whose low 24 bits are still
// to be rounded off, (t + 2^23 - 1 + bit 24 of t) >> 24, ties to even.
//   normal     t is the magnitude's bits, shifted, less a constant.
//   subnormal  t is magnitude / smallest subnormal * 2^24, truncated to an integer. The product is
//              exact. So is the integer from half the smallest subnormal up, where a value's last
//              bit is at least 2^-24 of that subnormal; below, t stays under 2^23 and rounds to 0.
// No operation depends on the rounding mode; a mode that flushes subnormals flushes what rounds to
// zero anyway.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace assay {

struct CastConstants {
  int fraction_bits;
  float min_normal;
  float max;
  std::uint32_t nan_code;  // what every NaN becomes
  int sign_shift;          // where the code has its sign

  constexpr std::uint32_t min_normal_bits() const {
    return std::bit_cast<std::uint32_t>(min_normal);
  }
  constexpr std::uint32_t max_bits() const { return std::bit_cast<std::uint32_t>(max); }
  // binary32 has 23 - fraction_bits bits below the format's fraction, t has 24.
  constexpr int normal_shift() const { return 1 + fraction_bits; }
  // The bits that become t = 0 by the normal rule: the smallest normal's code is 1 <<
  // fraction_bits.
  constexpr std::uint32_t normal_base() const { return min_normal_bits() - (1u << 23); }
  constexpr float subnormal_factor() const {
    return static_cast<float>(1 << (24 + fraction_bits)) / min_normal;
  }
  // The sign within t, and how far it lies below binary32's.
  constexpr std::uint32_t sign_mask() const { return 1u << (24 + sign_shift); }
  constexpr int sign_distance() const { return 7 - sign_shift; }
};

inline constexpr CastConstants kE4m3Cast{3, 0x1p-6f, 448.0f, 0x7F, 7};
inline constexpr CastConstants kE2m1Cast{1, 1.0f, 6.0f, 0x7, 3};

using CastKernel = void(const float* values, std::size_t count, std::uint8_t* codes);

namespace portable {
CastKernel f32_to_e4m3, f32_to_e2m1;
}
namespace avx2 {
CastKernel f32_to_e4m3, f32_to_e2m1;
}
namespace avx512 {
CastKernel f32_to_e4m3, f32_to_e2m1;
}

}  // namespace assay
