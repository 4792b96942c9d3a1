// SPDX-License-Identifier: Apache-2.0
// Wrong versions of ModelOpt's recipe: each replaces one function of the right one by a plausible
// other (docs/mutants.md).
#pragma once

#include <algorithm>
#include <bit>

#include "conformance/mutants/place.hpp"
#include "reference/quantize/recipes/modelopt.hpp"
#include "reference/quantize/recipes/modelopt_onnx_legacy.hpp"

namespace assay::wrong_recipe {

using Options = RecipeOptions;

inline float rounded_to_bf16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000u);
}

// The code of a positive scale, up to 448, under another rule than nearest even.
template <typename RoundsUp>
std::uint8_t e4m3_by(float scale, RoundsUp rounds_up) {
  const Place place = find_place({Format::f32, Format::e4m3}, std::bit_cast<std::uint32_t>(scale));
  if (place.below >= 0x7E) return 0x7E;
  return static_cast<std::uint8_t>(place.below + (rounds_up(place) ? 1 : 0));
}

template <typename RoundsUp>
std::uint8_t e2m1_by(float value, RoundsUp rounds_up) {
  const Cast cast{Format::f32, Format::e2m1};
  const Place place = find_place(cast, std::bit_cast<std::uint32_t>(value));
  const bool stays = place.is_nan || place.is_infinite || place.below == 7 || place.magnitude == 0;
  if (stays) return modelopt_cast_e2m1(value);
  return static_cast<std::uint8_t>(
      signed_code(cast, place, place.below + (rounds_up(place) ? 1 : 0)));
}

inline BlockStep modelopt_step(float t, std::uint8_t code) {
  return {code, decode<kE4m3>(code) * t};
}

// ModelOpt's scale before it is rounded.
inline float modelopt_scale(float quotient) {
  return std::clamp(quotient == 0 ? 1.0f : quotient, 0x1p-9f, kE4m3Max);
}

struct ScaleTruncated : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    const float scale = modelopt_scale(max_magnitude(block) / (6 * t));
    return modelopt_step(t, e4m3_by(scale, [](const Place&) { return false; }));
  }
};

struct ScaleRoundedUp : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    const float scale = modelopt_scale(max_magnitude(block) / (6 * t));
    return modelopt_step(t, e4m3_by(scale, [](const Place& place) { return !place.is_exact; }));
  }
};

struct ScaleTiesAway : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    const float scale = modelopt_scale(max_magnitude(block) / (6 * t));
    return modelopt_step(t, e4m3_by(scale, [](const Place& place) { return place.half >= 0; }));
  }
};

// The scale from an expression of the block's amax and t.
template <float (*Quotient)(float b, float t)>
struct ScaleFrom : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    return modelopt_step(t, encode<kE4m3>(modelopt_scale(Quotient(max_magnitude(block), t))));
  }
};
inline float sixth_first(float b, float t) {
  return b / 6 / t;
}
inline float times_a_sixth(float b, float t) {
  return b * (1.0f / 6) / t;
}
inline float times_reciprocal(float b, float t) {
  return b * (1 / (6 * t));
}
inline float by_four(float b, float t) {
  return b / (4 * t);
}

struct UnroundedScale : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options& options) {
    const float scale = modelopt_scale(max_magnitude(block) / (6 * t));
    return {Modelopt::block_step(t, block, options).scale, scale * t};
  }
};

struct NoClamp : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    const float quotient = max_magnitude(block) / (6 * t);
    return modelopt_step(t, encode<kE4m3>(quotient == 0 ? 1.0f : quotient));
  }
};

// A block of zeros gets the smallest scale, not 1.
struct NoZeroRule : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    return modelopt_step(
        t, encode<kE4m3>(std::clamp(max_magnitude(block) / (6 * t), 0x1p-9f, kE4m3Max)));
  }
};

struct SubnormalScalesFlushed : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options& options) {
    const std::uint8_t code = Modelopt::block_step(t, block, options).scale;
    return modelopt_step(t, code < 8 ? std::uint8_t{8} : code);
  }
};

struct SignedBlockMax : Modelopt {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    const float largest = std::max(0.0f, *std::max_element(block.begin(), block.end()));
    return modelopt_step(t, encode<kE4m3>(modelopt_scale(largest / (6 * t))));
  }
};

struct ReciprocalStep : Modelopt {
  static std::uint8_t element(float x, float step) { return modelopt_cast_e2m1(x * (1 / step)); }
};

struct ElementTiesAway : Modelopt {
  static std::uint8_t element(float x, float step) {
    return e2m1_by(x / step, [](const Place& place) { return place.half >= 0; });
  }
};

struct ElementTruncated : Modelopt {
  static std::uint8_t element(float x, float step) {
    return e2m1_by(x / step, [](const Place&) { return false; });
  }
};

struct ElementViaBf16 : Modelopt {
  static std::uint8_t element(float x, float step) {
    return modelopt_cast_e2m1(rounded_to_bf16(x / step));
  }
};

struct NegativeZeroKept : Modelopt {
  static std::uint8_t element(float x, float step) { return cvt_e2m1(x / step); }
};

struct TensorScaleReciprocal : Modelopt {
  static float tensor_scale(float amax) {
    const float scale = amax * (1.0f / 2688);
    return scale == 0 ? 1.0f : scale;
  }
};

struct TensorScaleInSteps : Modelopt {
  static float tensor_scale(float amax) { return ModeloptOnnxLegacy::tensor_scale(amax); }
};

struct TensorScaleOfZeroIsZero : Modelopt {
  static float tensor_scale(float amax) { return amax / 2688; }
};

struct TensorAmaxInBf16 : Modelopt {
  static float tensor_scale(float amax) { return Modelopt::tensor_scale(rounded_to_bf16(amax)); }
};

// Dequantization.
struct ElementTimesScaleFirst : Modelopt {
  static float dequantize(float q, float s, float t) { return q * s * t; }
};

struct SubnormalScalesReadAsZero : Modelopt {
  static float block_scale(std::uint8_t code) { return code < 8 ? 0.0f : decode<kE4m3>(code); }
};

}  // namespace assay::wrong_recipe
