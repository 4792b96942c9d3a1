// SPDX-License-Identifier: Apache-2.0
// For tests: safetensors files written by hand, header and data as text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "vectors/io/safetensors.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline std::string length_prefix(std::uint64_t length) {
  std::string prefix;
  for (int i = 0; i < 8; ++i)
    prefix += static_cast<char>(length >> (8 * i) & 0xFF);
  return prefix;
}

inline Result<Safetensors> parse(const std::string& header, const std::string& data) {
  return Safetensors::parse(bytes_of(length_prefix(header.size()) + header + data), "f");
}

inline std::string parse_error(const std::string& header, const std::string& data = "") {
  return error_of(parse(header, data));
}

// The message about tensor "x" with these fields, in a file with `size` bytes of data.
inline std::string entry_error(const std::string& fields, std::size_t size = 4) {
  return parse_error("{\"x\":{" + fields + "}}", std::string(size, '\0'));
}

}  // namespace assay
