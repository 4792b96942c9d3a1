// SPDX-License-Identifier: Apache-2.0
// Test oracle: a cast found by searching the sorted values of the destination, which are computed
// with ldexp from the standards' definitions and lie, like the midpoints between them and every
// source value, in binary64 exactly. Shares nothing with convert.hpp. What the libraries do with
// values that do not fit is written down a second time, from the measured tables.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "reference/format/cast.hpp"

namespace assay {

class NearestValueOracle {
 public:
  explicit NearestValueOracle(Format to) : to_(to), definition_(definition(to)) {
    const auto& [fraction_bits, bias, max_code, sign_shift] = definition_;
    for (std::uint32_t code = 0; code <= max_code; ++code) {
      const auto exponent = static_cast<int>(code >> fraction_bits);
      const auto fraction = static_cast<double>(code & ((1u << fraction_bits) - 1));
      const double significand = std::ldexp(fraction, -fraction_bits);
      values_.push_back(exponent == 0 ? std::ldexp(significand, 1 - bias)
                                      : std::ldexp(1 + significand, exponent - bias));
    }
  }

  // `value` is the exact value of `bits`, a code of cast.from.
  std::uint32_t cast(const Cast& cast, std::uint64_t bits, double value) const {
    if (cast.from == Format::f64 && narrows(cast.policy)) value = static_cast<float>(value);
    if (to_ == Format::e8m0) return e8m0(cast, value);
    const std::uint32_t sign =
        std::signbit(value) && to_ != Format::ue4m3 ? 1u << definition_.sign_shift : 0;
    if (std::isnan(value)) return nan(cast, bits);
    const auto max = static_cast<std::uint32_t>(values_.size() - 1);
    std::uint32_t code = 0;
    if (std::isinf(value)) {
      code = infinity(cast.policy);
    } else {
      code = round(std::fabs(value), cast.rounding);
      if (code > max) code = cast.rounding == Rounding::rz ? max : infinity(cast.policy);
    }
    return to_ == Format::tf32 ? (sign | code) << 13 : sign | code;
  }

 private:
  struct Definition {
    int fraction_bits;
    int bias;
    std::uint32_t max_code;
    int sign_shift;
  };

  static Definition definition(Format to) {
    switch (to) {
      case Format::e2m1:
        return {1, 1, 0x7, 3};
      case Format::e2m3:
        return {3, 1, 0x1F, 5};
      case Format::e3m2:
        return {2, 3, 0x1F, 5};
      case Format::e5m2:
        return {2, 15, 0x7B, 7};
      case Format::f16:
        return {10, 15, 0x7BFF, 15};
      case Format::bf16:
        return {7, 127, 0x7F7F, 15};
      case Format::tf32:
        return {10, 127, 0x3FBFF, 18};
      default:
        return {3, 7, 0x7E, 7};  // E4M3, UE4M3; E8M0 needs no values
    }
  }

  static bool narrows(CastPolicy policy) {
    return policy >= CastPolicy::onnx_saturate;  // onnx, ml_dtypes, PyTorch, CUTLASS
  }
  static bool saturates(CastPolicy policy) {
    return policy == CastPolicy::cuda_satfinite || policy == CastPolicy::ocp_saturate ||
           policy == CastPolicy::onnx_saturate || policy == CastPolicy::cutlass;
  }

  // The code below or at the magnitude, or the next, which may lie one above the largest.
  std::uint32_t round(double magnitude, Rounding rounding) const {
    const auto above = std::upper_bound(values_.begin(), values_.end(), magnitude);
    const auto code = static_cast<std::uint32_t>(above - values_.begin()) - 1;
    const double low = values_[code];
    const double last_step = values_[values_.size() - 1] - values_[values_.size() - 2];
    const double high = above == values_.end() ? low + last_step : *above;
    const double middle = (low + high) / 2;
    if (magnitude == low || rounding == Rounding::rz) return code;
    if (magnitude > middle) return code + 1;
    if (magnitude < middle) return code;
    return rounding == Rounding::rna ? code + 1 : code + (code & 1);
  }

  std::uint32_t infinity(CastPolicy policy) const {
    const auto max = static_cast<std::uint32_t>(values_.size() - 1);
    const bool is_small = max < 0x20;
    if (is_small || saturates(policy)) return max;
    return max + 1;  // E4M3's NaN, else Inf
  }

  std::uint32_t nan(const Cast& cast, std::uint64_t bits) const {
    const std::uint64_t sign_bit = bits >> (8 * format_bytes(cast.from) - 1);
    const std::uint32_t sign = sign_bit != 0 ? 1u << definition_.sign_shift : 0;
    const bool is_cuda = cast.policy <= CastPolicy::ocp_nosat;  // and OCP, which says nothing else
    const bool is_cuda_header = cast.policy <= CastPolicy::cuda_nosat;
    const auto max = static_cast<std::uint32_t>(values_.size() - 1);
    switch (to_) {
      case Format::e2m1:
      case Format::e2m3:
      case Format::e3m2:
        if (is_cuda) return max;
        if (cast.policy == CastPolicy::cutlass) return max | sign;
        return sign != 0 ? 0
                         : 1u << definition_.sign_shift;  // ml_dtypes: zero with the sign inverted
      case Format::e4m3:
        if (is_cuda_header && cast.from == Format::f64) return 0x7F | sign;
        return is_cuda || cast.policy == CastPolicy::cutlass ? 0x7F : 0x7F | sign;
      case Format::e5m2:
        if (is_cuda_header && cast.from == Format::f64)
          return 0x7E | static_cast<std::uint32_t>((bits >> 50) & 3) | sign;
        if (is_cuda || cast.policy == CastPolicy::cutlass) return 0x7F;
        return (cast.policy == CastPolicy::pytorch ? 0x7F : 0x7E) | sign;
      case Format::ue4m3:
        return 0x7F;
      case Format::tf32:
        if (cast.rounding == Rounding::rz) return static_cast<std::uint32_t>(bits) & 0xFFFFE000;
        return 0x7FFFE000;
      case Format::bf16:
        return cast.policy == CastPolicy::ml_dtypes ? 0x7FC0 | sign : 0x7FFF;
      default:
        return 0x7FFF;
    }
  }

  std::uint32_t e8m0(const Cast& cast, double value) const {
    if (std::isnan(value)) return 0xFF;
    if (cast.policy == CastPolicy::ml_dtypes && (value == 0 || std::signbit(value))) return 0xFF;
    const double magnitude = std::fabs(value);
    const bool is_onnx =
        cast.policy == CastPolicy::onnx_saturate || cast.policy == CastPolicy::onnx_nosaturate;
    if (std::isinf(value)) return cast.policy == CastPolicy::cuda_satfinite ? 0xFE : 0xFF;
    if (magnitude == 0) return 0;
    if (magnitude <= 0x1p-127) return is_onnx && cast.rounding == Rounding::rp ? 1 : 0;
    if (magnitude < 0x1p-126) return cast.rounding == Rounding::rz ? 0 : 1;
    int exponent = 0;
    const double half_to_one = std::frexp(magnitude, &exponent);  // magnitude = this * 2^exponent
    int code = exponent - 1 + 127;
    if (cast.rounding == Rounding::rp && half_to_one > 0.5) ++code;
    if (cast.rounding == Rounding::rn && half_to_one >= 0.75) ++code;
    if (code <= 0xFE) return static_cast<std::uint32_t>(code);
    return saturates(cast.policy) || cast.rounding == Rounding::rz ? 0xFE : 0xFF;
  }

  Format to_;
  Definition definition_;
  std::vector<double> values_;
};

}  // namespace assay
