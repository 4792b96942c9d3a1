// SPDX-License-Identifier: Apache-2.0
// Wrong casts. Each is a small deviation from cast_code or from the exact place of the source; the
// kinds are those that implementations are known for (docs/mutants.md).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "conformance/mutants/place.hpp"

namespace assay::wrong_cast {

using enum Format;

// Rounds numbers in range by their place; leaves the rest alone.
template <typename RoundsUp>
std::uint32_t rounded(const Cast& cast, std::uint64_t source, RoundsUp rounds_up) {
  const Place place = find_place(cast, source);
  if (!is_within_range(cast, place)) return cast_code(cast, source);
  return signed_code(cast, place, place.below + (rounds_up(place) ? 1 : 0));
}

inline std::uint32_t ties_away(const Cast& cast, std::uint64_t source) {
  return rounded(cast, source, [](const Place& place) { return place.half >= 0; });
}

inline std::uint32_t ties_to_zero(const Cast& cast, std::uint64_t source) {
  return rounded(cast, source, [](const Place& place) { return place.half > 0; });
}

inline std::uint32_t ties_to_odd(const Cast& cast, std::uint64_t source) {
  return rounded(cast, source, [](const Place& place) {
    return place.half > 0 || (place.half == 0 && place.below % 2 == 0);
  });
}

inline std::uint32_t truncated(const Cast& cast, std::uint64_t source) {
  return rounded(cast, source, [](const Place&) { return false; });
}

inline std::uint32_t away_from_zero(const Cast& cast, std::uint64_t source) {
  return rounded(cast, source, [](const Place& place) { return !place.is_exact; });
}

inline std::uint32_t nearest(const Cast& cast, std::uint64_t source) {
  return rounded(cast, source, [](const Place& place) {
    return place.half > 0 || (place.half == 0 && place.below % 2 == 1);
  });
}

inline std::uint32_t five_up(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  return place.magnitude == 5 ? signed_code(cast, place, 7) : cast_code(cast, source);
}

template <Format Middle>
std::uint32_t through(const Cast& cast, std::uint64_t source) {
  const Cast first = *make_cast(cast.from, Middle,
                                Middle == bf16 ? CastPolicy::ml_dtypes : CastPolicy::cuda_nosat);
  const std::uint32_t middle = cast_code(first, source);
  const Place place = find_place(cast, source);
  if (place.is_nan || place.is_infinite) return cast_code(cast, source);
  return cast_code({Middle, cast.to, cast.policy, cast.rounding}, middle);
}

// Binary64 narrowed by the language before it is cast.
inline std::uint32_t through_float(const Cast& cast, std::uint64_t source) {
  const auto narrow = static_cast<float>(decode(f64, source));
  if (find_place(cast, source).is_nan) return cast_code(cast, source);
  return cast_code({f32, cast.to, cast.policy, cast.rounding},
                   std::bit_cast<std::uint32_t>(narrow));
}

// The 16 low bits of a binary32 never reach the rounding.
inline std::uint32_t upper_half_only(const Cast& cast, std::uint64_t source) {
  return find_place(cast, source).is_nan ? cast_code(cast, source)
                                         : cast_code(cast, source & 0xFFFF0000u);
}

// The code with its sign bit moved aside, changed, and put together again.
template <typename Change>
std::uint32_t changed_magnitude(const Cast& cast, std::uint64_t source, Change change) {
  const auto mask = static_cast<std::uint32_t>(format_info(cast.to).layout.magnitude_mask());
  const std::uint32_t code = cast_code(cast, source);
  return (code & ~mask) | change(code & mask);
}

inline std::uint32_t smallest_flushed(const Cast& cast, std::uint64_t source) {
  return changed_magnitude(cast, source, [](std::uint32_t code) { return code == 1 ? 0 : code; });
}

inline std::uint32_t subnormals_flushed(const Cast& cast, std::uint64_t source) {
  const auto normal = static_cast<std::uint32_t>(format_info(cast.to).layout.min_normal_code());
  return changed_magnitude(cast, source, [=](std::uint32_t c) { return c < normal ? 0 : c; });
}

// Subnormal sources read as zero.
inline std::uint32_t sources_flushed(const Cast& cast, std::uint64_t source) {
  const FloatFormat& layout = format_info(cast.from).layout;
  const bool is_subnormal = (source & layout.magnitude_mask()) < layout.min_normal_code();
  return cast_code(cast, is_subnormal ? 0 : source);
}

// Subnormals are shifted by one place too many.
inline std::uint32_t subnormals_halved(const Cast& cast, std::uint64_t source) {
  const auto normal = format_info(cast.to).layout.min_normal_code();
  const Place place = find_place(cast, source);
  if (!is_within_range(cast, place) || place.below >= normal) return cast_code(cast, source);
  const auto half = static_cast<float>(decode(cast.from, source) / 2);
  return cast_code(cast, std::bit_cast<std::uint32_t>(half));
}

// A significand that rounds up to the next power of two loses the carry into the exponent.
inline std::uint32_t carry_lost(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  const auto fraction = static_cast<std::uint32_t>(format_info(cast.to).layout.fraction_mask());
  const std::uint32_t code = cast_code(cast, source);
  const bool carried = is_within_range(cast, place) &&
                       code == signed_code(cast, place, place.below + 1) && (code & fraction) == 0;
  return carried ? signed_code(cast, place, place.below & ~fraction) : code;
}

inline std::uint32_t negative_zero_lost(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  return place.magnitude == 0 ? 0 : cast_code(cast, source);
}

// The sign is kept for -0 itself, but lost where a negative value underflows.
inline std::uint32_t underflow_loses_sign(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  const std::uint32_t code = cast_code(cast, source);
  return place.magnitude > 0 && code == signed_code(cast, place, 0) ? 0 : code;
}

template <std::uint32_t Code>
std::uint32_t nan_is(const Cast& cast, std::uint64_t source) {
  return find_place(cast, source).is_nan ? Code : cast_code(cast, source);
}

inline std::uint32_t nan_keeps_sign(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  const std::uint32_t code = cast_code(cast, source);
  return place.is_nan ? signed_code(cast, place, code) : code;
}

inline std::uint32_t nan_loses_sign(const Cast& cast, std::uint64_t source) {
  const auto mask = static_cast<std::uint32_t>(format_info(cast.to).layout.magnitude_mask());
  const std::uint32_t code = cast_code(cast, source);
  return find_place(cast, source).is_nan ? code & mask : code;
}

template <std::uint32_t Code>
std::uint32_t infinity_is(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  return place.is_infinite ? signed_code(cast, place, Code) : cast_code(cast, source);
}

// Everything above the largest value overflows, not only what rounds beyond it.
template <std::uint32_t Code>
std::uint32_t beyond_largest_is(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  const bool is_beyond =
      place.below == format_info(cast.to).layout.max_code() && !place.is_exact && !place.is_nan;
  return is_beyond ? signed_code(cast, place, Code) : cast_code(cast, source);
}

// The tie between the largest value and the next goes the other way.
template <std::uint32_t Code>
std::uint32_t overflow_tie_is(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  const bool is_tie = place.below == format_info(cast.to).layout.max_code() && place.half == 0;
  return is_tie ? signed_code(cast, place, Code) : cast_code(cast, source);
}

// Saturation at a smaller magnitude, as of another variant of the format.
template <std::uint32_t Largest>
std::uint32_t saturates_at(const Cast& cast, std::uint64_t source) {
  return changed_magnitude(cast, source,
                           [](std::uint32_t code) { return std::min(code, Largest); });
}

inline std::uint32_t one_code_up(const Cast& cast, std::uint64_t source) {
  const std::uint32_t code = cast_code(cast, source);
  return code < 0xFE ? code + 1 : code;
}

template <std::uint32_t Code>
std::uint32_t zero_is(const Cast& cast, std::uint64_t source) {
  return find_place(cast, source).magnitude == 0 ? Code : cast_code(cast, source);
}

template <std::uint32_t Code>
std::uint32_t negative_is(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  return place.is_negative && !place.is_nan ? Code : cast_code(cast, source);
}

inline std::uint32_t sign_in_bit_7(const Cast& cast, std::uint64_t source) {
  const Place place = find_place(cast, source);
  return cast_code(cast, source) | (place.is_negative ? 0x80 : 0);
}

inline std::uint32_t upper_half(const Cast&, std::uint64_t source) {
  return static_cast<std::uint32_t>(source >> 16);
}

// The adder's carry runs from a NaN's payload into its exponent and sign.
inline std::uint32_t nan_runs_over(const Cast&, std::uint64_t source) {
  const std::uint64_t bias = 0x7FFF + (source >> 16 & 1);
  return static_cast<std::uint32_t>((source + bias) >> 16) & 0xFFFF;
}

}  // namespace assay::wrong_cast
