// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/value_text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

namespace assay::cli {
namespace {

constexpr int kDigits = 17;

// A finite value's decimal expansion ends within 767 significant digits (binary64's smallest
// subnormal has the longest), which the C library prints exactly.
bool has_short_decimal(double value) {
  std::array<char, 800> text{};
  std::snprintf(text.data(), text.size(), "%.766e", value);
  const std::string digits(text.data());
  const std::size_t last = digits.find_last_not_of('0', digits.find('e') - 1);
  const std::size_t before = digits.find('.');
  return last <= before + kDigits - 1;
}

}  // namespace

std::string alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

std::string value_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value) || has_short_decimal(value)) return fmt::format("{}", value);
  return fmt::format("{:a}", value);
}

std::string readable_value(double value) {
  std::string text = value_text(value);
  if (std::isfinite(value) && text.find('x') != std::string::npos)
    text += fmt::format(" (about {:.9g})", value);
  return text;
}

std::string code_hex(Format format, std::uint64_t code) {
  return fmt::format("0x{:0{}x}", code, 2 * format_bytes(format));
}

std::string code_text(Format format, std::uint64_t code) {
  return fmt::format("{} = {}", code_hex(format, code), readable_value(decode(format, code)));
}

nlohmann::json code_json(Format format, std::uint64_t code) {
  return {{"code", code_hex(format, code)}, {"value", value_text(decode(format, code))}};
}

}  // namespace assay::cli
