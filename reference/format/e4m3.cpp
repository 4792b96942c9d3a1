// SPDX-License-Identifier: Apache-2.0
// E4M3 as an instance of the general conversions (convert.hpp); the clauses are in e4m3.hpp.
#include "reference/format/e4m3.hpp"

#include "reference/format/convert.hpp"

namespace assay {

static_assert(decode<kE4m3>(kE4m3.max_code()) == kE4m3Max && kE4m3.quiet_nan_code() == kE4m3NaN);
static_assert(magnitude_units<kE4m3>(0x38) == kE4m3UnitsPerOne);

std::uint8_t f32_to_e4m3(float value) {
  return encode<kE4m3>(value);
}

float e4m3_to_f32(std::uint8_t code) {
  return decode<kE4m3>(code);
}

std::int32_t e4m3_to_units(std::uint8_t code) {
  if (is_e4m3_nan(code)) return 0;
  const auto units = static_cast<std::int32_t>(magnitude_units<kE4m3>(code));
  return (code & 0x80) != 0 ? -units : units;
}

}  // namespace assay
