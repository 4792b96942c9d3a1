// SPDX-License-Identifier: Apache-2.0
// Numeric conversions, one lane each: PTX ISA 9.0, section 9.7.9.21. Formats: float_types.hpp.
#pragma once

#include <limits>
#include <type_traits>

#include "cuda/emulator/instructions/float_functions.hpp"

namespace assay::emulator {

// Op::immediate of conversions.
struct ConvertModes {
  RoundingMode rounding = RoundingMode::rn;  // or .rni .rzi .rmi .rpi
  bool ftz = false, sat = false, relu = false, satfinite = false, to_integral = false;

  ConvertModes() = default;
  ASSAY_CALL explicit ConvertModes(const Op& op)
      : rounding(static_cast<RoundingMode>(op.immediate & 3)),
        ftz((op.immediate & 4) != 0),
        sat((op.immediate & 8) != 0),
        relu((op.immediate & 16) != 0),
        satfinite((op.immediate & 32) != 0),
        to_integral((op.immediate & 64) != 0) {}
  std::int64_t packed() const {
    return static_cast<int>(rounding) | (ftz ? 4 : 0) | (sat ? 8 : 0) | (relu ? 16 : 0) |
           (satfinite ? 32 : 0) | (to_integral ? 64 : 0);
  }
};

// To an integral value of the same format and sign; from the nearest one, by the direction.
template <typename T>
ASSAY_CALL T round_to_integral(T x, RoundingMode mode) {
  T nearest = 0;
  if constexpr (sizeof(T) == 4)
    nearest = __builtin_rintf(x);
  else
    nearest = __builtin_rint(x);
  const bool wants_below = mode == RoundingMode::rm || (mode == RoundingMode::rz && x > 0);
  const bool wants_above = mode == RoundingMode::rp || (mode == RoundingMode::rz && x < 0);
  T result = nearest;
  result = wants_below && nearest > x ? nearest - 1 : result;
  result = wants_above && nearest < x ? nearest + 1 : result;
  if constexpr (sizeof(T) == 4)
    return __builtin_copysignf(result, x);
  else
    return __builtin_copysign(result, x);
}

// Beyond T's range: its nearest end. NaN: 0, but for binary64 sources and 64-bit results the top
// bit alone.
template <typename Format, typename T>
class ToInteger {
 public:
  ASSAY_CALL explicit ToInteger(const Op& op) : modes_(op) {}

  ASSAY_CALL T operator()(typename Format::Bits bits) const {
    const auto flushed = [&] {
      if constexpr (std::is_same_v<Format, F32>)
        return modes_.ftz ? flush(bits) : bits;
      else
        return bits;
    }();
    const double x = Format::value(flushed);
    const double integral = round_to_integral(x, modes_.rounding);
    constexpr bool kHasTopBit = std::is_same_v<Format, F64> || sizeof(T) == 8;
    constexpr T kNan = kHasTopBit ? static_cast<T>(std::uint64_t{1} << (8 * sizeof(T) - 1)) : T{0};
    return x != x ? kNan : clamped(integral);
  }

 private:
  ASSAY_CALL static T clamped(double x) {
    using Limits = std::numeric_limits<T>;
    constexpr auto kLow = static_cast<double>(Limits::min());
    if constexpr (sizeof(T) < 8) {
      using Word =
          std::conditional_t<std::is_signed_v<T> || sizeof(T) < 4, std::int32_t, std::uint32_t>;
      constexpr auto kHigh = static_cast<double>(Limits::max());
      const double raised = x > kLow ? x : kLow;  // NaN, too
      return static_cast<T>(static_cast<Word>(raised < kHigh ? raised : kHigh));
    } else {
      constexpr double kEnd = std::is_signed_v<T> ? 0x1p63 : 0x1p64;  // the first beyond
      const bool is_inside = x >= kLow && x < kEnd;
      const T inside = static_cast<T>(is_inside ? x : 0.0);
      const T end = x >= kEnd ? Limits::max() : Limits::min();
      return is_inside ? inside : end;
    }
  }

  ConvertModes modes_;
};

// An integer as a binary64 and what that loses.
template <typename T>
ASSAY_CALL WithError<double> exact_double(T x) {
  if constexpr (sizeof(T) <= 4) {
    return {static_cast<double>(x), 0};
  } else {
    using High = std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>;
    const double high = static_cast<double>(static_cast<High>(x >> 32)) * 0x1p32;
    return two_sum(high, static_cast<double>(static_cast<std::uint32_t>(x)));
  }
}

// Of rn's result and its error; no overflow (integers are far below).
ASSAY_CALL double nudge(WithError<double> x, RoundingMode mode) {
  const bool is_negative = x.value < 0;
  const bool wants_below = mode == RoundingMode::rm || (mode == RoundingMode::rz && !is_negative);
  const bool wants_above = mode == RoundingMode::rp || (mode == RoundingMode::rz && is_negative);
  const bool moves = (wants_below && x.error < 0) || (wants_above && x.error > 0);
  const bool grows = (x.error > 0) != is_negative;
  const std::uint64_t step = moves ? 1 : 0;
  return from_bits(bits_of(x.value) + (grows ? step : 0) - (grows ? 0 : step));
}

// In any direction; NaN canonical. Infinities of overflow by the direction, as IEEE 754 has it.
template <typename Half>
ASSAY_CALL std::uint16_t round_half(float x, RoundingMode mode) {
  constexpr FloatFormat kTo = Half::kFormat;
  constexpr CastRules kZero = cuda_rules(kTo, Rounding::rz);
  constexpr CastRules kAway = cuda_rules(kTo, Rounding::rp);  // of magnitudes
  const std::uint32_t bits = bits_of(x);
  const bool is_negative = (bits >> 31) != 0;
  const bool away = mode == (is_negative ? RoundingMode::rm : RoundingMode::rp);
  const auto zero_code = static_cast<std::uint16_t>(convert<kF32, kTo>(bits, kZero));
  const auto away_code = static_cast<std::uint16_t>(convert<kF32, kTo>(bits, kAway));
  const std::uint16_t directed = away ? away_code : zero_code;
  return mode == RoundingMode::rn ? round_to<Half>(x) : directed;
}

// A binary32 that any rounding to fewer bits takes to where it takes x.
ASSAY_CALL float as_odd_float(float x) {
  return x;
}
ASSAY_CALL float as_odd_float(double x) {
  return to_odd_float(x);
}

ASSAY_CALL double saturate(double x) {
  const double positive = x > 0 ? x : 0;
  return positive < 1 ? positive : 1;
}

template <typename To>
constexpr bool kIsHalf = std::is_same_v<To, F16> || std::is_same_v<To, Bf16>;

// A number (float or double) to a format. .satfinite keeps what is beyond the largest number at it;
// .relu takes what has a sign to +0.
template <typename To, typename T>
ASSAY_CALL typename To::Bits round_number(T x, const ConvertModes& modes) {
  if constexpr (std::is_same_v<To, F64>) {
    return canonical(static_cast<double>(x));
  } else if constexpr (std::is_same_v<To, F32>) {
    const float result = canonical(narrow(static_cast<double>(x), modes.rounding));
    return modes.ftz ? flush(result) : result;
  } else {
    constexpr auto kInfinity = static_cast<std::uint16_t>(To::kFormat.infinity_code());
    std::uint16_t result = round_half<To>(as_odd_float(x), modes.rounding);
    const bool is_infinite = (result & 0x7FFF) == kInfinity;
    result = modes.satfinite && is_infinite ? static_cast<std::uint16_t>(result - 1) : result;
    return modes.relu && (result & 0x8000) != 0 ? std::uint16_t{0} : result;
  }
}

template <typename From, typename To>
class FloatToFloat {
 public:
  ASSAY_CALL explicit FloatToFloat(const Op& op) : modes_(op) {}
  ASSAY_CALL typename To::Bits operator()(typename From::Bits bits) const {
    auto x = From::value(bits);
    if constexpr (std::is_same_v<From, F32>) x = modes_.ftz ? flush(x) : x;
    x = modes_.to_integral ? round_to_integral(x, modes_.rounding) : x;
    x = modes_.sat ? saturate(x) : x;
    return round_number<To>(x, modes_);
  }

 private:
  ConvertModes modes_;
};

// To nearest, no other modifier.
template <typename From, typename To>
struct FloatToNearestFloat {
  ASSAY_CALL typename To::Bits operator()(typename From::Bits bits) const {
    const auto x = From::value(bits);
    if constexpr (kIsHalf<To>)
      return round_to<To>(as_odd_float(x));
    else
      return canonical(static_cast<typename To::Bits>(x));
  }
};

template <typename T, typename To>
class IntegerToFloat {
 public:
  ASSAY_CALL explicit IntegerToFloat(const Op& op) : modes_(op) {}
  ASSAY_CALL typename To::Bits operator()(T x) const {
    const WithError<double> exact = exact_double(x);
    double value = std::is_same_v<To, F64> ? nudge(exact, modes_.rounding) : to_odd(exact);
    value = modes_.sat ? saturate(value) : value;
    return round_number<To>(value, modes_);
  }

 private:
  ConvertModes modes_;
};

template <typename T, typename To>
struct IntegerToNearestFloat {
  ASSAY_CALL typename To::Bits operator()(T x) const { return static_cast<typename To::Bits>(x); }
};

}  // namespace assay::emulator
