// SPDX-License-Identifier: Apache-2.0
// The conversion between any two formats of float_format.hpp under any rules of cast_rules.hpp, on
// integers, rounded once. A wider destination holds every value, so decoding is a conversion too.
// Rounding directions: IEEE 754-2019, section 4.3.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "reference/format/cast_rules.hpp"
#include "reference/format/float_format.hpp"

namespace assay {

// The unsigned integer that holds a code and, while converting, a significand with three bits more.
template <FloatFormat From, FloatFormat To>
using ConvertWord = std::conditional_t<std::max(From.fraction_bits, To.fraction_bits + 1) + 3 <= 32,
                                       std::uint32_t, std::uint64_t>;

// What is added to a significand before its `shift` low bits are dropped.
template <typename Word>
constexpr Word rounding_addend(Rounding rounding, Word significand, int shift) {
  const Word half = Word{1} << (shift - 1);
  switch (rounding) {
    case Rounding::rn:
      return half - 1 + ((significand >> shift) & 1);
    case Rounding::rna:
      return half;
    case Rounding::rp:
      return half + (half - 1);
    case Rounding::rz:
      break;
  }
  return 0;
}

// A finite magnitude as an integer significand with kWorkBits bits below its leading one, which
// only numbers that are subnormal in From and in To lack, and an exponent field of From.
template <FloatFormat From, FloatFormat To>
struct Unpacked {
  using Word = ConvertWord<From, To>;
  static constexpr int kWorkBits = std::max(From.fraction_bits, To.fraction_bits + 1);
  static constexpr int kDropped = kWorkBits - To.fraction_bits;
  static constexpr int kAllDropped = kWorkBits + 2;
  // From's exponent field at the smallest normal value of To; none where it is below 1.
  static constexpr int kMinExponent = From.bias - To.bias + 1;
  // All bits of From's subnormals are dropped.
  static constexpr bool kSubnormalsVanish = kDropped + kMinExponent - 1 >= kAllDropped;

  Word significand;
  int exponent;

  [[gnu::always_inline]] constexpr Unpacked(Word magnitude, Rounding rounding) {
    // Subnormals that vanish need not be told from normal numbers, unless they round up.
    const bool has_subnormals = From.has_zero && (!kSubnormalsVanish || rounding == Rounding::rp);
    const auto field = static_cast<int>(magnitude >> From.fraction_bits);
    const Word is_normal = has_subnormals ? std::min(field, 1) : 1;
    const Word fraction = magnitude & static_cast<Word>(From.fraction_mask());
    significand = (fraction | (is_normal << From.fraction_bits))
                  << (kWorkBits - From.fraction_bits);
    exponent = has_subnormals ? std::max(field, 1) : field;
    if constexpr (From.has_zero && kMinExponent < 1) {
      const int leading_zeros =
          std::countl_zero(significand | 1) - (8 * static_cast<int>(sizeof(Word)) - 1 - kWorkBits);
      significand <<= leading_zeros;
      exponent = magnitude == 0 ? kMinExponent : exponent - leading_zeros;
    }
  }
};

// The code of a finite magnitude, which lies above To's largest where the value does. One formula
// serves normal and subnormal results, without a branch, so that loops over it vectorize: below the
// normal range each binade loses one more bit.
template <FloatFormat From, FloatFormat To>
[[gnu::always_inline]] constexpr ConvertWord<From, To> round_magnitude(
    ConvertWord<From, To> magnitude, const CastRules& rules) {
  using Word = ConvertWord<From, To>;
  using Bits = Unpacked<From, To>;
  const auto [significand, exponent] = Bits(magnitude, rules.rounding);
  const int base = std::max(exponent, Bits::kMinExponent);
  const int shift = std::min(Bits::kDropped + base - exponent, Bits::kAllDropped);
  const Word rounded = (significand + rounding_addend(rules.rounding, significand, shift)) >> shift;
  // A significand that rounds up to the next power of two carries into the exponent field.
  const Word code = (static_cast<Word>(base - Bits::kMinExponent) << To.fraction_bits) + rounded;
  if constexpr (To.has_zero) return code;
  // The value of code 0 is half the distance from zero to code 1.
  const bool keeps_lowest = rules.rounding == Rounding::rp && rules.lowest_is_exact;
  const Word lowest = keeps_lowest ? Word{1} << (shift - 1) : 0;
  return significand <= lowest ? 0 : code;
}

// Always inlined, so that rules which are constant fold and those which a loop shares leave it.
template <FloatFormat From, FloatFormat To>
[[gnu::always_inline]] constexpr ConvertWord<From, To> convert(ConvertWord<From, To> bits,
                                                               const CastRules& rules) {
  using Word = ConvertWord<From, To>;
  constexpr auto kMaxCode = static_cast<Word>(To.max_code());
  constexpr auto kLastNumber =
      static_cast<Word>(From.has_infinity() ? From.infinity_code() : From.max_code());
  const Word code_bits = bits >> From.padding_bits;
  const Word magnitude = code_bits & static_cast<Word>(From.magnitude_mask());
  const bool is_negative = From.has_sign && ((code_bits >> From.sign_shift()) & 1) != 0;

  Word code = round_magnitude<From, To>(magnitude, rules);
  code = code > kMaxCode ? static_cast<Word>(rules.overflow) : code;
  if constexpr (From.has_infinity())
    code = magnitude == kLastNumber ? static_cast<Word>(rules.infinity) : code;
  if constexpr (To.has_sign) {
    code |= static_cast<Word>(is_negative) << To.sign_shift();
  } else {
    if constexpr (!To.has_zero)
      code = magnitude == 0 && From.has_zero ? static_cast<Word>(rules.zero) : code;
    code = is_negative && rules.negative_is_nan ? static_cast<Word>(rules.positive_nan) : code;
  }
  if constexpr (From.has_nan()) {
    auto nan = static_cast<Word>(is_negative ? rules.negative_nan : rules.positive_nan);
    if constexpr (From.fraction_bits >= To.fraction_bits) {
      const Word payload = magnitude & static_cast<Word>(From.fraction_mask());
      nan |= rules.nan_keeps_payload ? payload >> (From.fraction_bits - To.fraction_bits) : 0;
    }
    code = magnitude > kLastNumber ? nan : code;
  }
  return code << To.padding_bits;
}

// From binary32 under CUDA's saturating rules, to nearest even.
template <FloatFormat To>
constexpr std::uint8_t encode(float value) {
  constexpr CastRules kRules = saturating(To);
  return static_cast<std::uint8_t>(convert<kF32, To>(std::bit_cast<std::uint32_t>(value), kRules));
}

}  // namespace assay
