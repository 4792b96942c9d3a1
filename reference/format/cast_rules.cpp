// SPDX-License-Identifier: Apache-2.0
// Each row says what one library does, as read in its source or measured (docs/formats.md).
#include "reference/format/cast_rules.hpp"

#include <array>

namespace assay {
namespace {

using enum CastPolicy;
using enum Format;
using enum Rounding;

constexpr std::array kEverySource{f32, f16, bf16, f64};
constexpr std::array kUpTo32Bits{f32, f16, bf16};
constexpr std::array kBinary64{f64};
constexpr std::array kBinary32{f32};
constexpr std::array kAllButF16{f32, bf16, f64};
constexpr std::array kAllButBf16{f32, f16, f64};

constexpr CastRules overflows_to(std::uint64_t code, CastRules rules) {
  rules.overflow = code;
  rules.infinity = code;
  return rules;
}

constexpr CastRules nan_is(std::uint64_t positive, std::uint64_t negative, CastRules rules) {
  rules.positive_nan = positive;
  rules.negative_nan = negative;
  return rules;
}

constexpr CastRules nan_keeps_payload(CastRules rules) {
  rules.nan_keeps_payload = true;
  return rules;
}

constexpr CastRules via_binary32(CastRules rules) {
  rules.binary64_via_binary32 = true;
  return rules;
}

// E8M0: NaN is 0xFF for all; zero is 0x00 except for ml_dtypes.
constexpr CastRules e8m0_rules(Rounding rounding, std::uint64_t overflow, std::uint64_t infinity) {
  return {.rounding = rounding,
          .overflow = overflow,
          .infinity = infinity,
          .positive_nan = 0xFF,
          .negative_nan = 0xFF};
}

constexpr CastRules lowest_is_exact(CastRules rules) {
  rules.lowest_is_exact = true;
  return rules;
}

constexpr CastRules numbers_above_zero_only(CastRules rules) {
  rules.zero = 0xFF;
  rules.negative_is_nan = true;
  return rules;
}

// CUDA's IEEE formats have one NaN, all ones. Rounding toward zero stops at the largest value.
constexpr CastRules cuda_ieee(FloatFormat format, Rounding rounding) {
  CastRules rules = nan_is(format.magnitude_mask(), format.magnitude_mask(), ieee(format));
  rules.rounding = rounding;
  if (rounding == rz) rules.overflow = format.max_code();
  return rules;
}

constexpr std::array kRules{
    PolicyRules{cuda_satfinite, e2m1, kEverySource, saturating(kE2m1)},
    PolicyRules{cuda_satfinite, e2m1, kEverySource, saturating(kE2m1, rz)},
    PolicyRules{cuda_satfinite, e2m3, kEverySource, saturating(kE2m3)},
    PolicyRules{cuda_satfinite, e2m3, kEverySource, saturating(kE2m3, rz)},
    PolicyRules{cuda_satfinite, e3m2, kEverySource, saturating(kE3m2)},
    PolicyRules{cuda_satfinite, e3m2, kEverySource, saturating(kE3m2, rz)},
    PolicyRules{cuda_satfinite, e4m3, kUpTo32Bits, saturating(kE4m3)},
    PolicyRules{cuda_satfinite, e4m3, kBinary64, nan_is(0x7F, 0xFF, saturating(kE4m3))},
    PolicyRules{cuda_satfinite, e5m2, kUpTo32Bits, saturating(kE5m2)},
    PolicyRules{cuda_satfinite, e5m2, kBinary64,
                nan_keeps_payload(nan_is(0x7E, 0xFE, saturating(kE5m2)))},
    PolicyRules{cuda_satfinite, e8m0, kEverySource, lowest_is_exact(e8m0_rules(rp, 0xFE, 0xFE))},
    PolicyRules{cuda_satfinite, e8m0, kEverySource, e8m0_rules(rz, 0xFE, 0xFE)},

    PolicyRules{cuda_nosat, e4m3, kUpTo32Bits, overflows_to(0x7F, saturating(kE4m3))},
    PolicyRules{cuda_nosat, e4m3, kBinary64,
                overflows_to(0x7F, nan_is(0x7F, 0xFF, saturating(kE4m3)))},
    PolicyRules{cuda_nosat, e5m2, kUpTo32Bits, overflows_to(0x7C, saturating(kE5m2))},
    PolicyRules{cuda_nosat, e5m2, kBinary64,
                overflows_to(0x7C, nan_keeps_payload(nan_is(0x7E, 0xFE, saturating(kE5m2))))},
    PolicyRules{cuda_nosat, e8m0, kEverySource, lowest_is_exact(e8m0_rules(rp, 0xFF, 0xFF))},
    PolicyRules{cuda_nosat, e8m0, kEverySource, e8m0_rules(rz, 0xFE, 0xFF)},
    PolicyRules{cuda_nosat, f16, kAllButF16, cuda_ieee(kF16, rn)},
    PolicyRules{cuda_nosat, f16, kAllButF16, cuda_ieee(kF16, rz)},
    PolicyRules{cuda_nosat, bf16, kAllButBf16, cuda_ieee(kBf16, rn)},
    PolicyRules{cuda_nosat, bf16, kAllButBf16, cuda_ieee(kBf16, rz)},
    PolicyRules{cuda_nosat, tf32, kBinary32,
                nan_keeps_payload(nan_is(0x3FC00, 0x7FC00, cuda_ieee(kTf32, rz)))},
    PolicyRules{cuda_nosat, tf32, kBinary32, cuda_ieee(kTf32, rna)},

    PolicyRules{ocp_saturate, e2m1, kEverySource, saturating(kE2m1)},
    PolicyRules{ocp_saturate, e2m3, kEverySource, saturating(kE2m3)},
    PolicyRules{ocp_saturate, e3m2, kEverySource, saturating(kE3m2)},
    PolicyRules{ocp_saturate, e4m3, kEverySource, saturating(kE4m3)},
    PolicyRules{ocp_saturate, e5m2, kEverySource, saturating(kE5m2)},

    PolicyRules{ocp_nosat, e4m3, kEverySource, overflows_to(0x7F, saturating(kE4m3))},
    PolicyRules{ocp_nosat, e5m2, kEverySource, overflows_to(0x7C, saturating(kE5m2))},

    PolicyRules{onnx_saturate, e2m1, kEverySource,
                via_binary32(nan_is(0x8, 0x0, saturating(kE2m1)))},
    PolicyRules{onnx_saturate, e4m3, kEverySource,
                via_binary32(nan_is(0x7F, 0xFF, saturating(kE4m3)))},
    PolicyRules{onnx_saturate, e5m2, kEverySource,
                via_binary32(nan_is(0x7E, 0xFE, saturating(kE5m2)))},
    PolicyRules{onnx_saturate, e8m0, kEverySource, via_binary32(e8m0_rules(rp, 0xFE, 0xFF))},
    PolicyRules{onnx_saturate, e8m0, kEverySource, via_binary32(e8m0_rules(rz, 0xFE, 0xFF))},
    PolicyRules{onnx_saturate, e8m0, kEverySource, via_binary32(e8m0_rules(rn, 0xFE, 0xFF))},

    PolicyRules{onnx_nosaturate, e2m1, kEverySource,
                via_binary32(nan_is(0x8, 0x0, saturating(kE2m1)))},
    PolicyRules{onnx_nosaturate, e4m3, kEverySource,
                via_binary32(overflows_to(0x7F, nan_is(0x7F, 0xFF, saturating(kE4m3))))},
    PolicyRules{onnx_nosaturate, e5m2, kEverySource, via_binary32(ieee(kE5m2))},
    PolicyRules{onnx_nosaturate, e8m0, kEverySource, via_binary32(e8m0_rules(rp, 0xFF, 0xFF))},
    PolicyRules{onnx_nosaturate, e8m0, kEverySource, via_binary32(e8m0_rules(rz, 0xFE, 0xFF))},
    PolicyRules{onnx_nosaturate, e8m0, kEverySource, via_binary32(e8m0_rules(rn, 0xFF, 0xFF))},

    PolicyRules{ml_dtypes, e2m1, kEverySource, via_binary32(nan_is(0x8, 0x0, saturating(kE2m1)))},
    PolicyRules{ml_dtypes, e2m3, kEverySource, via_binary32(nan_is(0x20, 0x00, saturating(kE2m3)))},
    PolicyRules{ml_dtypes, e3m2, kEverySource, via_binary32(nan_is(0x20, 0x00, saturating(kE3m2)))},
    PolicyRules{ml_dtypes, e4m3, kEverySource,
                via_binary32(overflows_to(0x7F, nan_is(0x7F, 0xFF, saturating(kE4m3))))},
    PolicyRules{ml_dtypes, e5m2, kEverySource, via_binary32(ieee(kE5m2))},
    PolicyRules{ml_dtypes, e8m0, kEverySource,
                via_binary32(numbers_above_zero_only(e8m0_rules(rn, 0xFF, 0xFF)))},
    PolicyRules{ml_dtypes, bf16, kAllButBf16, via_binary32(ieee(kBf16))},

    PolicyRules{pytorch, e4m3, kEverySource,
                via_binary32(overflows_to(0x7F, nan_is(0x7F, 0xFF, saturating(kE4m3))))},
    PolicyRules{pytorch, e5m2, kEverySource, via_binary32(nan_is(0x7F, 0xFF, ieee(kE5m2)))},
    PolicyRules{pytorch, e8m0, kEverySource, via_binary32(e8m0_rules(rn, 0xFF, 0xFF))},

    PolicyRules{cutlass, e2m1, kEverySource, via_binary32(nan_is(0x7, 0xF, saturating(kE2m1)))},
    PolicyRules{cutlass, e2m3, kEverySource, via_binary32(nan_is(0x1F, 0x3F, saturating(kE2m3)))},
    PolicyRules{cutlass, e3m2, kEverySource, via_binary32(nan_is(0x1F, 0x3F, saturating(kE3m2)))},
    PolicyRules{cutlass, e4m3, kEverySource, via_binary32(saturating(kE4m3))},
    PolicyRules{cutlass, e5m2, kEverySource, via_binary32(saturating(kE5m2))},
    PolicyRules{cutlass, ue4m3, kEverySource, via_binary32(saturating(kUe4m3))},
    PolicyRules{cutlass, e8m0, kEverySource,
                via_binary32(lowest_is_exact(e8m0_rules(rp, 0xFE, 0xFF)))},
};

}  // namespace

std::span<const PolicyRules> all_policy_rules() {
  return kRules;
}

}  // namespace assay
