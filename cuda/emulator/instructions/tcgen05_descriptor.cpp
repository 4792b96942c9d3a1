// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/tcgen05_descriptor.hpp"

#include <fmt/format.h>

namespace assay::emulator {
namespace {

// Bits [first, last] of a descriptor.
std::uint32_t field(std::uint64_t bits, int first, int last) {
  return static_cast<std::uint32_t>(bits >> first & ((std::uint64_t{1} << (last - first + 1)) - 1));
}

DescriptorFault invalid(std::string message) {
  return {FindingKind::invalid_tcgen05, std::move(message)};
}

DescriptorFault unsupported(std::string message) {
  return {FindingKind::unsupported, std::move(message)};
}

bool is_packed_fp4(TensorKind kind) {
  return kind == TensorKind::mxf4 || kind == TensorKind::mxf4nvf4;
}

// A field that has one value only.
struct Constant {
  int first, last;
  std::uint32_t value;
  std::string_view name;
};

constexpr Constant kPlainConstants[] = {{2, 2, 0, "Sparsity"},   {3, 3, 0, "Saturate"},
                                        {6, 6, 0, "reserved"},   {23, 23, 0, "reserved"},
                                        {29, 29, 0, "reserved"}, {30, 31, 0, "Maximum shift"}};
constexpr Constant kScaledConstants[] = {{0, 1, 0, "reserved"},
                                         {2, 2, 0, "Sparsity"},
                                         {3, 3, 0, "reserved"},
                                         {6, 6, 0, "reserved"},
                                         {24, 26, 0, "reserved"}};

std::optional<DescriptorFault> check_constants(TensorKind kind, std::uint32_t bits) {
  const std::span<const Constant> constants =
      has_scales(kind) ? std::span<const Constant>(kScaledConstants) : kPlainConstants;
  for (const Constant& c : constants)
    if (field(bits, c.first, c.last) != c.value)
      return invalid(fmt::format("instruction descriptor {:#x}: bits {}-{} ({}) are {}, must be {}",
                                 bits, c.first, c.last, c.name, field(bits, c.first, c.last),
                                 c.value));
  if (kind == TensorKind::mxf8f6f4 && field(bits, 31, 31) != 0)
    return invalid(fmt::format("instruction descriptor {:#x}: bit 31 (reserved) is 1", bits));
  if (is_packed_fp4(kind) && field(bits, 12, 12) != 0)
    return invalid(fmt::format("instruction descriptor {:#x}: bit 12 (reserved) is 1", bits));
  return std::nullopt;
}

std::optional<Format> element_of(TensorKind kind, std::uint32_t code) {
  constexpr std::optional<Format> kEightBits[] = {Format::e4m3, Format::e5m2, std::nullopt,
                                                  Format::e2m3, Format::e3m2, Format::e2m1};
  switch (kind) {
    case TensorKind::f16:
      if (code < 2) return code == 0 ? Format::f16 : Format::bf16;
      return std::nullopt;
    case TensorKind::tf32:
      if (code == 2) return Format::tf32;
      return std::nullopt;
    case TensorKind::f8f6f4:
    case TensorKind::mxf8f6f4:
      return code < std::size(kEightBits) ? kEightBits[code] : std::nullopt;
    default:
      if (code == 1) return Format::e2m1;
      return std::nullopt;
  }
}

std::optional<DescriptorFault> read_elements(TensorKind kind, std::uint32_t bits,
                                             TensorMmaForm& form) {
  const int b_last = is_packed_fp4(kind) ? 11 : 12;
  const std::uint32_t a = field(bits, 7, 9), b = field(bits, 10, b_last);
  for (const auto& [name, code] : {std::pair("atype", a), std::pair("btype", b)})
    if (!element_of(kind, code))
      return invalid(
          fmt::format("instruction descriptor {:#x}: {} is {}, which the kind does not "
                      "have",
                      bits, name, code));
  form.a = *element_of(kind, a);
  form.b = *element_of(kind, b);
  form.negates_a = field(bits, 13, 13) != 0;
  form.negates_b = field(bits, 14, 14) != 0;
  if (kind == TensorKind::f16 && form.a != form.b)
    return unsupported("products of f16 and bf16 have no tensor-core model");
  if (field(bits, 15, 16) == 0) return std::nullopt;
  std::string message =
      fmt::format("instruction descriptor {:#x}: transposed (MN-major) matrices", bits);
  return is_packed_fp4(kind) ? invalid(message + " do not exist for the kind")
                             : unsupported(message + " are not supported");
}

std::optional<DescriptorFault> read_accumulator(TensorKind kind, std::uint32_t bits,
                                                TensorMmaForm& form) {
  form.d = Format::f32;
  if (has_scales(kind)) return std::nullopt;
  const std::uint32_t code = field(bits, 4, 5);
  if (code == 1) return std::nullopt;
  form.d = Format::f16;
  const bool exists = code == 0 && kind != TensorKind::tf32 && form.a != Format::bf16;
  if (exists) return std::nullopt;
  return invalid(
      fmt::format("instruction descriptor {:#x}: dtype is {}, which the kind and its "
                  "elements do not have",
                  bits, code));
}

// N in steps of 8 (table 39); CUTLASS takes steps of 16 for M = 128, and so does this.
std::optional<DescriptorFault> read_shape(TensorKind kind, std::uint32_t bits,
                                          TensorMmaForm& form) {
  const std::uint32_t m = has_scales(kind) ? field(bits, 27, 28) << 7 : field(bits, 24, 28) << 4;
  form.n = field(bits, 17, 22) << 3;
  form.k = kTensorRowChunks * packing_of(kind, form.a).elements;
  const std::string text =
      fmt::format("instruction descriptor {:#x}: M is {}, N {}", bits, m, form.n);
  if (!has_scales(kind) && m == 64) return unsupported(text + "; M = 64 is not supported");
  if (m != kTensorMmaRows || form.n < 8 || form.n > 256)
    return invalid(text + "; the shapes are M = 128 (without scales also 64), N from 8 to 256");
  if (form.n % 16 != 0) return unsupported(text + "; an N in odd steps of 8 is not supported");
  if (is_packed_fp4(kind) && field(bits, 31, 31) != 0)
    return unsupported(fmt::format("instruction descriptor {:#x}: K = 96 is not supported", bits));
  return std::nullopt;
}

// Table 55, and which identifiers 9.7.16.10.7.2 and .3 give to so many scales of a row.
std::optional<DescriptorFault> read_scales(TensorKind kind, std::uint32_t scales,
                                           std::uint32_t bits, TensorMmaForm& form) {
  const bool is_e8m0 = field(bits, 23, 23) != 0;
  form.scale = is_e8m0 ? Format::e8m0 : Format::ue4m3;
  if (!is_e8m0 && (kind != TensorKind::mxf4nvf4 || scales != 4))
    return invalid(
        fmt::format("instruction descriptor {:#x}: the scale type (bit 23) is UE4M3, "
                    "which needs .kind::mxf4nvf4 with .scale_vec::4X",
                    bits));
  form.scale_b_id = field(bits, 4, 5);
  form.scale_a_id = field(bits, 29, 30);
  for (const std::uint32_t id : {form.scale_a_id, form.scale_b_id})
    if (id % scales != 0)
      return invalid(
          fmt::format("instruction descriptor {:#x}: a scale factor ID is {}, must be "
                      "{} for {} scales of a row",
                      bits, id, scales == 2 ? "0 or 2" : "0", scales));
  return std::nullopt;
}

}  // namespace

TensorPacking packing_of(TensorKind kind, Format format) {
  const FloatFormat& layout = format_info(format).layout;
  const auto bits = static_cast<std::uint32_t>(layout.bits() + layout.padding_bits);
  const std::uint32_t elements =
      is_packed_fp4(kind) || bits > 8 ? 8 * kTensorChunkBytes / bits : 16;
  return {bits, elements, elements * bits / 8};
}

std::optional<DescriptorFault> read_instruction_descriptor(TensorKind kind, std::uint32_t scales,
                                                           std::uint32_t bits,
                                                           TensorMmaForm& form) {
  if (auto fault = check_constants(kind, bits)) return fault;
  if (auto fault = read_elements(kind, bits, form)) return fault;
  if (auto fault = read_accumulator(kind, bits, form)) return fault;
  if (auto fault = read_shape(kind, bits, form)) return fault;
  if (has_scales(kind)) return read_scales(kind, scales, bits, form);
  return std::nullopt;
}

// Swizzling exchanges chunks by the number of the row, which the address has in its bits from 7 on:
// 128 bytes by three bits of it, 64 by two, 32 by one.
std::uint32_t SharedMatrix::chunk(std::uint32_t row, std::uint32_t index) const {
  if (swizzle_bytes == 0)
    return start + row / 8 * stride + row % 8 * kTensorChunkBytes + index * leading;
  const std::uint32_t address =
      start + row / 8 * stride + row % 8 * swizzle_bytes + index * kTensorChunkBytes;
  return address ^ ((address >> 7 & (swizzle_bytes / kTensorChunkBytes - 1)) << 4);
}

std::optional<DescriptorFault> read_shared_descriptor(std::string_view name, std::uint64_t bits,
                                                      SharedMatrix& matrix) {
  const std::string text = fmt::format("the descriptor of {}, {:#x}: ", name, bits);
  for (const Constant& c : {Constant{14, 15, 0, "unused"}, Constant{30, 31, 0, "unused"},
                            Constant{46, 48, 1, "constant"}, Constant{53, 60, 0, "constant"}})
    if (field(bits, c.first, c.last) != c.value)
      return invalid(fmt::format("{}bits {}-{} ({}) are {}, must be {}", text, c.first, c.last,
                                 c.name, field(bits, c.first, c.last), c.value));
  const std::uint32_t mode = field(bits, 61, 63);
  constexpr std::uint32_t kNone = 0, k128By32 = 1, k128 = 2, k64 = 4, k32 = 6;
  if (mode == k128By32)
    return unsupported(text + "128-byte swizzling with 32-byte atomicity is not supported");
  if (mode != kNone && mode != k128 && mode != k64 && mode != k32)
    return invalid(fmt::format("{}swizzling mode {} does not exist", text, mode));
  if (field(bits, 49, 51) != 0)
    return unsupported(
        fmt::format("{}a matrix base offset ({}) is not supported", text, field(bits, 49, 51)));
  if (field(bits, 52, 52) != 0)
    return unsupported(text + "an absolute leading dimension is not supported");
  matrix.start = field(bits, 0, 13) << 4;
  matrix.leading = field(bits, 16, 29) << 4;
  matrix.stride = field(bits, 32, 45) << 4;
  matrix.swizzle_bytes = mode == kNone ? 0 : mode == k128 ? 128 : mode == k64 ? 64 : 32;
  return std::nullopt;
}

}  // namespace assay::emulator
