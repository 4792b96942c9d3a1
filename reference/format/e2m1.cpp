// SPDX-License-Identifier: Apache-2.0
// E2M1 as an instance of the general conversions (convert.hpp); the clauses are in e2m1.hpp.
#include "reference/format/e2m1.hpp"

#include "reference/format/convert.hpp"

namespace assay {

static_assert(decode<kE2m1>(kE2m1.max_code()) == kE2m1Max);

std::uint8_t f32_to_e2m1(float value) {
  return encode<kE2m1>(value);
}

float e2m1_to_f32(std::uint8_t code) {
  return decode<kE2m1>(code);
}

std::int32_t e2m1_to_half_units(std::uint8_t code) {
  const auto units = static_cast<std::int32_t>(magnitude_units<kE2m1>(code));
  return (code & 0x8) != 0 ? -units : units;
}

}  // namespace assay
