// SPDX-License-Identifier: Apache-2.0
// The number formats by name, for code that learns at run time which one it deals with. The formats
// themselves are data (float_format.hpp); docs/formats.md has the table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reference/format/float_format.hpp"
#include "reference/result.hpp"

namespace assay {

enum class Format : std::uint8_t {
  e2m1,
  e2m3,
  e3m2,
  e4m3,
  e5m2,
  ue4m3,
  e8m0,
  f16,
  bf16,
  tf32,
  f32,
  f64
};

struct FormatInfo {
  Format format;
  std::string_view name;      // "e4m3": the spelling of the command line and of reports
  std::string_view title;     // "float8_e4m3fn": what others call it
  std::string_view standard;  // document and section that define it
  FloatFormat layout;
};

// In the order of the enumeration.
std::span<const FormatInfo> formats();
const FormatInfo& format_info(Format format);

// By name. Error (usage): unknown, with the nearest name and all of them.
Result<Format> parse_format(std::string_view name);

// The bytes that one code takes in an array: 1, 2, 4 or 8 (tf32 takes 4, its 13 low bits zero;
// formats below 8 bits take one byte, their high bits zero).
std::int64_t format_bytes(Format format);

// The exact value of a code; every format here embeds in binary64. NaN codes give a quiet NaN.
double decode(Format format, std::uint64_t code);

}  // namespace assay
