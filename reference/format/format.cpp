// SPDX-License-Identifier: Apache-2.0
#include "reference/format/format.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "reference/format/convert.hpp"
#include "reference/suggest.hpp"

namespace assay {
namespace {

constexpr std::array kFormats{
    FormatInfo{Format::e2m1, "e2m1", "float4_e2m1fn", "OCP MX 1.0, section 5.3.3", kE2m1},
    FormatInfo{Format::e2m3, "e2m3", "float6_e2m3fn", "OCP MX 1.0, section 5.3.2", kE2m3},
    FormatInfo{Format::e3m2, "e3m2", "float6_e3m2fn", "OCP MX 1.0, section 5.3.2", kE3m2},
    FormatInfo{Format::e4m3, "e4m3", "float8_e4m3fn", "OCP OFP8 1.0, section 5", kE4m3},
    FormatInfo{Format::e5m2, "e5m2", "float8_e5m2", "OCP OFP8 1.0, section 5", kE5m2},
    FormatInfo{Format::ue4m3, "ue4m3", "float_ue4m3_t",
               "PTX ISA, alternate floating-point data formats", kUe4m3},
    FormatInfo{Format::e8m0, "e8m0", "float8_e8m0fnu", "OCP MX 1.0, section 5.4.1", kE8m0},
    FormatInfo{Format::f16, "f16", "binary16", "IEEE 754-2019, section 3.6", kF16},
    FormatInfo{Format::bf16, "bf16", "bfloat16", "PTX ISA, alternate floating-point data formats",
               kBf16},
    FormatInfo{Format::tf32, "tf32", "tf32", "PTX ISA, alternate floating-point data formats",
               kTf32},
    FormatInfo{Format::f32, "f32", "binary32", "IEEE 754-2019, section 3.6", kF32},
    FormatInfo{Format::f64, "f64", "binary64", "IEEE 754-2019, section 3.6", kF64},
};

template <FloatFormat F>
double decode_as(std::uint64_t code) {
  constexpr CastRules kRules{.overflow = kF64.infinity_code(),
                             .infinity = kF64.infinity_code(),
                             .positive_nan = kF64.quiet_nan_code(),
                             .negative_nan = kF64.quiet_nan_code()};
  const auto bits = static_cast<ConvertWord<F, kF64>>(code);
  return std::bit_cast<double>(convert<F, kF64>(bits, kRules));
}

}  // namespace

std::span<const FormatInfo> formats() {
  return kFormats;
}

const FormatInfo& format_info(Format format) {
  return kFormats[static_cast<std::size_t>(format)];
}

Result<Format> parse_format(std::string_view name) {
  std::vector<std::string> names;
  for (const FormatInfo& info : kFormats) {
    if (info.name == name) return info.format;
    names.emplace_back(info.name);
  }
  return fail(ErrorCode::usage, "unknown format \"{}\"{}: the formats are {}", name,
              did_you_mean(name, names), fmt::join(names, ", "));
}

std::int64_t format_bytes(Format format) {
  const FloatFormat& layout = format_info(format).layout;
  const auto bits = static_cast<unsigned>(layout.bits() + layout.padding_bits);
  return std::bit_ceil((bits + 7) / 8);
}

double decode(Format format, std::uint64_t code) {
  switch (format) {
    case Format::e2m1:
      return decode_as<kE2m1>(code);
    case Format::e2m3:
      return decode_as<kE2m3>(code);
    case Format::e3m2:
      return decode_as<kE3m2>(code);
    case Format::e4m3:
      return decode_as<kE4m3>(code);
    case Format::e5m2:
      return decode_as<kE5m2>(code);
    case Format::ue4m3:
      return decode_as<kUe4m3>(code);
    case Format::e8m0:
      return decode_as<kE8m0>(code);
    case Format::f16:
      return decode_as<kF16>(code);
    case Format::bf16:
      return decode_as<kBf16>(code);
    case Format::tf32:
      return decode_as<kTf32>(code);
    case Format::f32:
      return decode_as<kF32>(code);
    case Format::f64:
      break;
  }
  return decode_as<kF64>(code);
}

}  // namespace assay
