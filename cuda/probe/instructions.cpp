// SPDX-License-Identifier: Apache-2.0
#include "cuda/probe/instructions.hpp"

#include <fmt/format.h>

namespace assay::probe {
namespace {

constexpr std::size_t kRowWords = 8;

std::string_view name_of(Format format) {
  return format_info(format).name;
}

// How the instruction descriptor numbers elements: each kind for itself.
std::uint32_t element_type(const Instruction& instruction, Format format) {
  if (instruction.columns == 64) return 1;
  switch (format) {
    case Format::bf16:
    case Format::e5m2:
      return 1;
    case Format::tf32:
      return 2;
    case Format::e2m3:
      return 3;
    case Format::e3m2:
      return 4;
    case Format::e2m1:
      return 5;
    default:
      return 0;
  }
}

Instruction mma(Format format, Format result, int columns) {
  const bool is_fp8 = columns == 32;
  const std::string suffix = result == Format::f16 ? "_f16" : "";
  return {.family = "mma",
          .kind = is_fp8 ? "fp8" : std::string(name_of(format)),
          .kernel = fmt::format("rows_{}{}", name_of(format), suffix),
          .a = format,
          .b = format,
          .result = result,
          .columns = columns};
}

std::vector<Instruction> mma_instructions() {
  return {mma(Format::f16, Format::f32, 16),  mma(Format::f16, Format::f16, 16),
          mma(Format::bf16, Format::f32, 16), mma(Format::tf32, Format::f32, 8),
          mma(Format::e4m3, Format::f32, 32), mma(Format::e4m3, Format::f16, 32),
          mma(Format::e5m2, Format::f32, 32), mma(Format::e5m2, Format::f16, 32)};
}

std::vector<Instruction> tcgen05_instructions() {
  constexpr auto f16 = Format::f16, bf16 = Format::bf16, tf32 = Format::tf32, f32 = Format::f32;
  constexpr auto e4m3 = Format::e4m3, e5m2 = Format::e5m2, e2m1 = Format::e2m1;
  constexpr Scales kMx{Format::e8m0, 32}, kNv{Format::ue4m3, 16};
  const std::string family = "tcgen05";
  return {{family, "f16", "rows_f16", f16, f16, f32, 16},
          {family, "f16", "rows_f16", f16, f16, f16, 16},
          {family, "bf16", "rows_f16", bf16, bf16, f32, 16},
          {family, "tf32", "rows_tf32", tf32, tf32, f32, 8},
          {family, "fp8", "rows_f8f6f4", e4m3, e4m3, f32, 32},
          {family, "fp8", "rows_f8f6f4", e4m3, e4m3, f16, 32},
          {family, "fp8", "rows_f8f6f4", e5m2, e5m2, f32, 32},
          {family, "f8f6f4", "rows_f8f6f4", e2m1, e4m3, f32, 32},
          {family, "mxf8f6f4", "rows_mxf8f6f4_block32", e4m3, e4m3, f32, 32, kMx},
          {family, "mxf8f6f4", "rows_mxf8f6f4_block32", e2m1, e4m3, f32, 32, kMx},
          {family, "mxf4", "rows_mxf4_block32", e2m1, e2m1, f32, 64, kMx},
          {family, "mxf4nvf4", "rows_mxf4nvf4_block32", e2m1, e2m1, f32, 64, kMx},
          {family, "mxf4nvf4", "rows_mxf4nvf4_block16", e2m1, e2m1, f32, 64, kNv}};
}

}  // namespace

std::string Instruction::model(const std::string& target) const {
  return fmt::format("{}/{}.{}{}", target, family, kind, result == Format::f16 ? ".f16" : "");
}

std::string Instruction::name() const {
  std::string text = fmt::format("{}.{}", family, kind);
  if (kind != name_of(a) && columns == 32) text += fmt::format(".{}", name_of(a));
  if (scales && kind == "mxf4nvf4") text += fmt::format(".{}", name_of(scales->format));
  return text + (result == Format::f16 ? ".f16" : "");
}

std::string Instruction::options(const std::string& target) const {
  std::string text = fmt::format("--model {}", model(target));
  if (columns == 32) text += fmt::format(" --a-format {} --b-format {}", name_of(a), name_of(b));
  if (scales) text += fmt::format(" --scale-format {}", name_of(scales->format));
  return text;
}

std::vector<Instruction> instructions() {
  std::vector<Instruction> all = mma_instructions();
  for (Instruction& instruction : tcgen05_instructions())
    all.push_back(std::move(instruction));
  return all;
}

std::uint32_t instruction_descriptor(const Instruction& instruction) {
  const std::uint32_t types = element_type(instruction, instruction.a) << 7 |
                              element_type(instruction, instruction.b) << 10;
  const std::uint32_t n = 16u >> 3 << 17;
  if (!instruction.scales)
    return (instruction.result == Format::f32 ? 1u << 4 : 0) | types | n | 128u >> 4 << 24;
  const bool is_e8m0 = instruction.scales->format == Format::e8m0;
  return types | n | (is_e8m0 ? 1u << 23 : 0) | 128u >> 7 << 27;
}

std::uint32_t negative_zero(Format format) {
  const FloatFormat& layout = format_info(format).layout;
  return 1u << (layout.sign_shift() + layout.padding_bits);
}

std::vector<std::uint32_t> pack_row(Format format, std::span<const std::uint32_t> codes) {
  const FloatFormat& layout = format_info(format).layout;
  const auto bits = static_cast<std::size_t>(layout.bits() + layout.padding_bits);
  const std::size_t half = codes.size() / 2;
  std::vector<std::uint32_t> words(kRowWords);
  for (std::size_t k = 0; k < codes.size(); ++k) {
    const std::size_t bit = k / half * (kRowWords / 2 * 32) + k % half * bits;
    words[bit / 32] |= codes[k] << (bit % 32);
  }
  return words;
}

std::uint32_t pack_scales(std::span<const std::uint32_t> codes) {
  std::uint32_t word = 0;
  for (std::size_t j = 0; j < codes.size(); ++j)
    word |= codes[j] << (8 * j);
  return word;
}

}  // namespace assay::probe
