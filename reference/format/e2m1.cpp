// SPDX-License-Identifier: Apache-2.0
// E2M1 as an instance of the general conversions (float_format.hpp); the clauses are in e2m1.hpp.
#include "reference/format/e2m1.hpp"

#include <cassert>
#include <cstddef>

#include "reference/format/float_format.hpp"
#include "reference/multiversion.hpp"

namespace assay {

static_assert(decode<kE2m1>(kE2m1.max_code) == kE2m1Max);

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

ASSAY_MULTIVERSION
void f32_to_e2m1(std::span<const float> values, std::span<std::uint8_t> codes) {
  assert(values.size() == codes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = encode<kE2m1>(values[i]);
  }
}

}  // namespace assay
