// SPDX-License-Identifier: Apache-2.0
// One cast in plain C++ (method: cast_kernels.hpp) for loops that compilers vectorize.
#pragma once

#include "reference/format/cast_kernels.hpp"

namespace assay::portable {

// Both rules apply to every value, the normal one to what exceeds the smallest normal, so that
// there is little to choose; the code stays in the top byte to the end. Compilers vectorize that
// where they need not keep the exception flags (reference/CMakeLists.txt).
template <CastConstants C>
inline std::uint8_t encode(float value) {
  constexpr std::uint32_t kMinNormal = C.min_normal_bits();
  constexpr std::uint32_t kMax = C.max_bits();
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  const std::uint32_t clamped = magnitude < kMax ? magnitude : kMax;
  const std::uint32_t small = clamped < kMinNormal ? clamped : kMinNormal;
  const auto subnormal_t =
      static_cast<std::int32_t>(std::bit_cast<float>(small) * C.subnormal_factor());
  const std::uint32_t t =
      static_cast<std::uint32_t>(subnormal_t) + ((clamped - small) << C.normal_shift());
  const std::uint32_t rounded = t + 0x7FFFFF + ((t >> 24) & 1);
  const std::uint32_t result = rounded | ((bits >> C.sign_distance()) & C.sign_mask());
  return static_cast<std::uint8_t>((magnitude > 0x7F800000 ? C.nan_code << 24 : result) >> 24);
}

}  // namespace assay::portable
