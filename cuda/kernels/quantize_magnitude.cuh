// SPDX-License-Identifier: Apache-2.0
// Magnitudes as bits: integers that order as the numbers do, with Inf and then NaN above all.
#pragma once

#include <cstdint>

constexpr std::uint32_t kInfinityBits = 0x7F800000u;

__device__ inline std::uint32_t magnitude(float value) {
  return __float_as_uint(value) & 0x7FFFFFFFu;
}

__device__ inline std::uint32_t max_magnitude(const float4& values) {
  return max(max(magnitude(values.x), magnitude(values.y)),
             max(magnitude(values.z), magnitude(values.w)));
}
