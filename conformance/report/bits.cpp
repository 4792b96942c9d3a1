// SPDX-License-Identifier: Apache-2.0
// Bit patterns as people read them: fields and value.
#include <cmath>

#include "conformance/report/report.hpp"
#include "reference/format/format.hpp"

namespace assay {
namespace {

// The shortest decimal that a binary32, or for binary64 a binary64, reads back.
std::string value_text(Format format, std::uint64_t code) {
  const double value = decode(format, code);
  if (std::isnan(value)) return "NaN";
  return format == Format::f64 ? fmt::format("{}", value)
                               : fmt::format("{}", static_cast<float>(value));
}

// Sign, exponent and fraction in binary, as far as the format has them.
std::string fields_text(const FloatFormat& layout, std::uint64_t code) {
  std::string text;
  if (layout.has_sign) text += fmt::format("{:b}|", code >> layout.sign_shift());
  const std::uint64_t magnitude = code & layout.magnitude_mask();
  text += fmt::format("{:0{}b}", magnitude >> layout.fraction_bits, layout.exponent_bits);
  if (layout.fraction_bits > 0)
    text += fmt::format("|{:0{}b}", magnitude & layout.fraction_mask(), layout.fraction_bits);
  return text;
}

}  // namespace

std::string hex_bits(Dtype dtype, std::uint64_t bits) {
  return fmt::format("0x{:0{}X}", bits, 2 * dtype_bytes(dtype));
}

std::string describe_bits(Dtype dtype, std::uint64_t bits) {
  const std::string hex = hex_bits(dtype, bits);
  if (const auto format = dtype_format(dtype))
    return fmt::format("{} = {} = {}", hex, fields_text(format_info(*format).layout, bits),
                       value_text(*format, bits));
  if (dtype == Dtype::i32) return fmt::format("{} = {}", hex, static_cast<std::int32_t>(bits));
  if (dtype == Dtype::i64) return fmt::format("{} = {}", hex, static_cast<std::int64_t>(bits));
  return fmt::format("{} = {}", hex, bits);
}

}  // namespace assay
