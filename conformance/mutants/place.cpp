// SPDX-License-Identifier: Apache-2.0
#include "conformance/mutants/place.hpp"

#include <cmath>

namespace assay {

Place find_place(const Cast& cast, std::uint64_t source) {
  const FloatFormat& layout = format_info(cast.to).layout;
  const double value = decode(cast.from, source);
  const auto sign = source >> format_info(cast.from).layout.sign_shift() & 1;
  Place place{sign != 0, std::isnan(value), std::isinf(value), std::fabs(value), 0, false, -1};
  if (place.is_nan || place.is_infinite) return place;
  const auto value_of = [&](std::uint64_t code) {
    return decode(cast.to, code << layout.padding_bits);
  };
  std::uint64_t low = 0, above = layout.max_code() + 1;
  while (above - low > 1) {
    const std::uint64_t middle = low + (above - low) / 2;
    (value_of(middle) <= place.magnitude ? low : above) = middle;
  }
  const double lower = value_of(low);
  const double step = low < layout.max_code()
                          ? value_of(low + 1) - lower
                          : std::ldexp(1.0, std::ilogb(lower) - layout.fraction_bits);
  const double midpoint = lower + step / 2;
  place.below = static_cast<std::uint32_t>(low);
  place.is_exact = place.magnitude == lower;
  place.half = (place.magnitude > midpoint ? 1 : 0) - (place.magnitude < midpoint ? 1 : 0);
  return place;
}

std::uint32_t signed_code(const Cast& cast, const Place& place, std::uint32_t magnitude) {
  const FloatFormat& layout = format_info(cast.to).layout;
  const bool has_sign = layout.has_sign && place.is_negative;
  const std::uint32_t sign = has_sign ? 1u << layout.sign_shift() : 0;
  return (magnitude | sign) << layout.padding_bits;
}

bool is_within_range(const Cast& cast, const Place& place) {
  const FloatFormat& layout = format_info(cast.to).layout;
  const bool is_largest = place.below == layout.max_code();
  return !place.is_nan && !place.is_infinite && (!is_largest || place.is_exact);
}

}  // namespace assay
