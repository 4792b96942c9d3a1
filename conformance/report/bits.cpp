// SPDX-License-Identifier: Apache-2.0
// Bit patterns as people read them: fields and value. Formats: IEEE 754 binary32; OFP8 E4M3.
#include <bit>
#include <cmath>

#include "conformance/report/report.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

std::string value_text(float value) {
  return std::isnan(value) ? "NaN" : fmt::format("{}", value);
}

}  // namespace

std::string hex_bits(Dtype dtype, std::uint64_t bits) {
  return fmt::format("0x{:0{}X}", bits, 2 * dtype_bytes(dtype));
}

std::string describe_bits(Dtype dtype, std::uint64_t bits) {
  const std::string hex = hex_bits(dtype, bits);
  switch (dtype) {
    case Dtype::f32: {
      const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      return fmt::format("{} = {:b}|{:08b}|{:023b} = {}", hex, bits >> 31, (bits >> 23) & 0xFF,
                         bits & 0x7F'FFFF, value_text(value));
    }
    case Dtype::f8_e4m3: {
      const float value = e4m3_to_f32(static_cast<std::uint8_t>(bits));
      return fmt::format("{} = {:b}|{:04b}|{:03b} = {}", hex, bits >> 7, (bits >> 3) & 0xF,
                         bits & 7, value_text(value));
    }
    case Dtype::u8:
      break;
    case Dtype::i32:
      return fmt::format("{} = {}", hex, static_cast<std::int32_t>(bits));
    case Dtype::i64:
      return fmt::format("{} = {}", hex, static_cast<std::int64_t>(bits));
  }
  return fmt::format("{} = {}", hex, bits);
}

}  // namespace assay
