// SPDX-License-Identifier: Apache-2.0
// What a conversion does with the values that a format does not hold, as data, and the table of
// which rules each library has. docs/formats.md shows the table and names the sources.
#pragma once

#include <cstdint>
#include <span>

#include "reference/format/format.hpp"

namespace assay {

enum class CastPolicy : std::uint8_t {
  cuda_satfinite,
  cuda_nosat,
  ocp_saturate,
  ocp_nosat,
  onnx_saturate,
  onnx_nosaturate,
  ml_dtypes,
  pytorch,
  cutlass
};

// PTX's names: rn nearest even, rna nearest with ties away from zero, rz toward zero, rp toward
// +Inf.
enum class Rounding : std::uint8_t { rn, rna, rz, rp };

// Codes are those of the destination without padding. The sign bit is added to the code of
// everything but NaN, where the destination has one.
struct CastRules {
  Rounding rounding = Rounding::rn;
  std::uint64_t overflow = 0;  // finite values that round beyond the largest
  std::uint64_t infinity = 0;
  std::uint64_t positive_nan = 0;  // NaN, by its sign bit
  std::uint64_t negative_nan = 0;
  bool nan_keeps_payload = false;  // the leading fraction bits of a NaN are ored into its code

  // For destinations without a sign: negative values, -0 among them, give positive_nan; else their
  // sign is dropped.
  bool negative_is_nan = false;
  // For destinations without a zero. Code 0 holds the smallest value. Rounding toward +Inf takes
  // what lies at or below that value to code 0 where this is set; else it reads code 0 as zero, and
  // takes everything above zero to code 1.
  std::uint64_t zero = 0;
  bool lowest_is_exact = false;

  // A binary64 source is first rounded to the nearest binary32.
  bool binary64_via_binary32 = false;

  bool operator==(const CastRules&) const = default;
};

// Overflow and Inf give the largest value; NaN of either sign gives the format's NaN code with all
// fraction bits set, the largest value where there is none. The rules of CUDA's __NV_SATFINITE.
constexpr CastRules saturating(FloatFormat format, Rounding rounding = Rounding::rn) {
  const std::uint64_t max = format.max_code();
  const std::uint64_t nan = format.magnitude_mask();
  return {.rounding = rounding,
          .overflow = max,
          .infinity = max,
          .positive_nan = nan,
          .negative_nan = nan};
}

// IEEE 754's: overflow gives Inf, NaN the quiet NaN of its sign. For formats that have both.
constexpr CastRules ieee(FloatFormat format) {
  const std::uint64_t nan = format.quiet_nan_code();
  const std::uint64_t sign = std::uint64_t{1} << format.sign_shift();
  return {.overflow = format.infinity_code(),
          .infinity = format.infinity_code(),
          .positive_nan = nan,
          .negative_nan = nan | sign};
}

// One policy's rules for one destination, from those sources.
struct PolicyRules {
  CastPolicy policy;
  Format to;
  std::span<const Format> sources;
  CastRules rules;
};

// In the order of the policies; of the roundings that a policy has for a destination, its default
// first.
std::span<const PolicyRules> all_policy_rules();

}  // namespace assay
