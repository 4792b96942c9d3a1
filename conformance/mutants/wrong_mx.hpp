// SPDX-License-Identifier: Apache-2.0
// Wrong MX recipes: a rule for the E8M0 scale, then the right elements, or the right scale and
// wrong elements (docs/mutants.md).
#pragma once

#include <cmath>

#include "conformance/mutants/wrong_casts.hpp"
#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/quantize/mx.hpp"
#include "reference/quantize/recipe.hpp"

namespace assay::wrong_recipe {

using ScaleRule = std::uint8_t (*)(float block_amax);
using ElementRule = std::uint32_t (*)(const Cast& cast, std::uint64_t scaled);

template <Format Element, ScaleRule Scale, ElementRule Encode = cast_code>
void quantize_mx(const RecipeOptions&, std::span<const float> values, const QuantizedDst& dst) {
  const Cast cast{Format::f32, Element};
  constexpr auto kBlock = static_cast<std::size_t>(kMxBlockSize);
  std::vector<std::uint8_t> codes(values.size());
  for (std::size_t b = 0; b < dst.block_scales.size(); ++b) {
    const auto block = values.subspan(b * kBlock, kBlock);
    float amax = 0;
    for (const float value : block)
      amax = std::max(amax, std::fabs(value));
    dst.block_scales[b] = Scale(amax);
    for (std::size_t i = 0; i < kBlock; ++i) {
      const float scaled = std::ldexp(block[i], 127 - dst.block_scales[b]);
      codes[b * kBlock + i] =
          static_cast<std::uint8_t>(Encode(cast, std::bit_cast<std::uint32_t>(scaled)));
    }
  }
  for (std::size_t i = 0; i < dst.codes.size(); ++i)
    dst.codes[i] = Element == Format::e2m1 ? pack_e2m1x2(codes[2 * i], codes[2 * i + 1]) : codes[i];
}

template <ScaleMode Mode, Format Element>
std::uint8_t right_scale(float amax) {
  return mx_block_scale(Mode, Element, amax);
}

// The exponent of the element's largest value is taken to be another.
template <ScaleMode Mode, Format Element, int By>
std::uint8_t exponent_off(float amax) {
  const int code = mx_block_scale(Mode, Element, amax) + By;
  return static_cast<std::uint8_t>(std::max(code, 0));
}

template <ScaleMode Mode, Format Element>
std::uint8_t zero_block_is_one(float amax) {
  return amax == 0 ? std::uint8_t{127} : mx_block_scale(Mode, Element, amax);
}

// ceil as floor plus one: wrong for powers of two.
inline std::uint8_t floor_plus_one(float amax) {
  return exponent_off<ScaleMode::floor, Format::e2m1, 1>(amax);
}

// `even` for E4M3 elements with the single fraction bit of E2M1.
inline std::uint8_t even_at_one_bit(float amax) {
  return exponent_off<ScaleMode::even, Format::e2m1, -6>(amax);
}

inline std::uint32_t overflow_to_nan(const Cast& cast, std::uint64_t scaled) {
  return cast_code({cast.from, cast.to, CastPolicy::cuda_nosat, cast.rounding}, scaled);
}

inline void e8m0_zero_is_zero(const QuantizedSrc& src, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint8_t scale = src.block_scales[i / kMxBlockSize];
    const float q = e2m1_to_f32(unpack_e2m1(src.codes[i / 2], static_cast<std::int64_t>(i)));
    values[i] = scale == 0 ? 0 * q : std::ldexp(q, scale - 127);
  }
}

inline void e4m3_nan_is_480(const QuantizedSrc& src, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint8_t code = src.codes[i];
    const float q = is_e4m3_nan(code) ? (code < 0x80 ? 480.0f : -480.0f) : e4m3_to_f32(code);
    values[i] = std::ldexp(q, src.block_scales[i / kMxBlockSize] - 127);
  }
}

}  // namespace assay::wrong_recipe
