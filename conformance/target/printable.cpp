// SPDX-License-Identifier: Apache-2.0
// UTF-8 by RFC 3629, section 4 (the table of well-formed byte sequences), less control characters
// and the noncharacters U+FFFE and U+FFFF, which XML 1.0 section 2.2 excludes.
#include "conformance/target/printable.hpp"

#include <cstdint>

namespace assay {
namespace {

// Bytes of the character that starts `text`, or 0 if it is not one to print.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xC0) != 0x80) return 0;
    point = (point << 6) | (byte & 0x3F);
  }
  constexpr std::uint32_t kSmallest[] = {0xA0, 0x800, 0x10000};  // below 0xA0: control characters
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  const bool is_noncharacter = point == 0xFFFE || point == 0xFFFF;
  const bool is_valid = point >= kSmallest[length - 2] && point <= 0x10FFFF;
  return is_valid && !is_surrogate && !is_noncharacter ? length : 0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      result += '?';
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

}  // namespace assay
