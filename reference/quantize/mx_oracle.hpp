// SPDX-License-Identifier: Apache-2.0
// Models of the MX rules for tests, in binary64, where log2 of a power of two, ldexp and distances
// between codes are exact: the scale rules of OCP MX 1.0, torchao and the cuBLAS documentation as
// they stand there, and elements found by comparing the distances to all codes.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "reference/quantize/mx.hpp"

namespace assay {

inline constexpr float kFloatMax = std::numeric_limits<float>::max();
inline constexpr float kDenormMin = std::numeric_limits<float>::denorm_min();

struct Model {
  Format element;
  double max;
  int max_exponent;
  int fraction_bits;
  int max_code;
  int sign_bit;
};
inline constexpr std::array kModels = {Model{Format::e2m1, 6, 2, 1, 0x7, 0x8},
                                       Model{Format::e4m3, 448, 8, 3, 0x7E, 0x80}};

inline int floor_log2(double x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return exponent - 1;
}

inline int ceil_log2(double x) {
  return floor_log2(x) + (std::ldexp(1.0, floor_log2(x)) < x ? 1 : 0);
}

inline double round_ties_up(double x, int fraction_bits) {
  const double unit = std::ldexp(1.0, floor_log2(x) - fraction_bits);
  return std::floor(x / unit + 0.5) * unit;
}

inline int model_scale(ScaleMode mode, const Model& model, float amax) {
  if (amax == 0) return 0;
  int exponent = 0;
  switch (mode) {
    case ScaleMode::floor:
      exponent = floor_log2(amax) - model.max_exponent;
      break;
    case ScaleMode::ceil:
      exponent = ceil_log2(amax) - model.max_exponent;
      break;
    case ScaleMode::even:
      exponent = floor_log2(round_ties_up(amax, model.fraction_bits)) - model.max_exponent;
      break;
    case ScaleMode::rceil: {
      const float ratio = static_cast<float>(static_cast<double>(amax) / model.max);
      exponent = ratio == 0 ? -127 : ceil_log2(static_cast<double>(ratio));
      break;
    }
  }
  return std::max(exponent, -127) + 127;
}

inline double decode_e4m3(int code) {
  const int magnitude = code & 0x7F;
  const double value =
      magnitude < 8 ? std::ldexp(magnitude, -9) : std::ldexp(8 + magnitude % 8, magnitude / 8 - 10);
  return code & 0x80 ? -value : value;
}

inline double decode_e2m1(int code) {
  constexpr std::array kMagnitudes = {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0};
  const double value = kMagnitudes[static_cast<std::size_t>(code & 7)];
  return code & 8 ? -value : value;
}

inline double model_decode(const Model& model, int code) {
  return model.element == Format::e2m1 ? decode_e2m1(code) : decode_e4m3(code);
}

// The nearest code of the sign of x; of two as near, the even one.
inline int nearest_code(const Model& model, double x) {
  int best = 0;
  for (int code = 1; code <= model.max_code; ++code) {
    const double distance = std::fabs(std::fabs(x) - model_decode(model, code));
    const double least = std::fabs(std::fabs(x) - model_decode(model, best));
    if (distance < least || (distance == least && code % 2 == 0)) best = code;
  }
  return std::signbit(x) ? best | model.sign_bit : best;
}

// amax values on and beside everything a mode may turn on: powers of two, 1.5, 1.75 (the elements'
// largest significands and the tie of `even`), 1.9375, at every exponent, and the subnormals' ends.
inline std::vector<float> interesting_amax() {
  std::set<float> found = {kDenormMin, kFloatMax};
  for (int exponent = -149; exponent <= 127; ++exponent) {
    for (const double significand : {1.0, 1.25, 1.5, 1.75, 1.875, 1.9375}) {
      const auto x = static_cast<float>(std::ldexp(significand, exponent));
      float below = x;
      float above = x;
      for (int step = 0; step < 3; ++step) {
        for (const float value : {below, above}) {
          if (std::isfinite(value) && value > 0) found.insert(value);
        }
        below = std::nextafter(below, 0.0f);
        above = std::nextafter(above, kFloatMax);
      }
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace assay
