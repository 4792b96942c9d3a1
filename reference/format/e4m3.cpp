// SPDX-License-Identifier: Apache-2.0
// E4M3 as an instance of the general conversions (float_format.hpp); the clauses are in e4m3.hpp.
#include "reference/format/e4m3.hpp"

#include <cassert>
#include <cstddef>

#include "reference/format/float_format.hpp"
#include "reference/multiversion.hpp"

namespace assay {

static_assert(decode<kE4m3>(kE4m3.max_code) == kE4m3Max && kE4m3.nan_code == kE4m3NaN);
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

ASSAY_MULTIVERSION
void f32_to_e4m3(std::span<const float> values, std::span<std::uint8_t> codes) {
  assert(values.size() == codes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = encode<kE4m3>(values[i]);
  }
}

}  // namespace assay
