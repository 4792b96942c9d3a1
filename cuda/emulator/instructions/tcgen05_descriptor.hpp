// SPDX-License-Identifier: Apache-2.0
// The two descriptors of tcgen05.mma. Instruction descriptor: PTX ISA 9.7.16.4.2, tables 42 to 44,
// and the shapes of table 39. Shared memory descriptor: 9.7.16.4.1, table 40; strides: 9.7.16.3;
// layouts of K-major matrices: 9.7.16.10.6, table 53.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cuda/emulator/sanitize/finding.hpp"
#include "reference/format/format.hpp"

namespace assay::emulator {

enum class TensorKind : std::uint8_t { f16, tf32, f8f6f4, mxf8f6f4, mxf4, mxf4nvf4 };

inline constexpr std::string_view kTensorKindNames[] = {"f16",      "tf32", "f8f6f4",
                                                        "mxf8f6f4", "mxf4", "mxf4nvf4"};
inline std::string_view kind_name(TensorKind kind) {
  return kTensorKindNames[static_cast<std::size_t>(kind)];
}
inline bool has_scales(TensorKind kind) {
  return kind >= TensorKind::mxf8f6f4;
}

// invalid_tcgen05: PTX ISA does not allow it. unsupported: it does, and this is not executed here.
struct DescriptorFault {
  FindingKind kind = FindingKind::invalid_tcgen05;
  std::string message;
};

inline constexpr std::uint32_t kTensorMmaRows = 128;  // M
// K elements of a row or a column take two chunks in shared memory.
inline constexpr std::uint32_t kTensorRowChunks = 2, kTensorChunkBytes = 16;

// D is 128 x n, A 128 x k, B k x n.
struct TensorMmaForm {
  Format a = Format::f16, b = Format::f16;
  Format d = Format::f32;  // or f16
  std::uint32_t n = 0, k = 0;
  bool negates_a = false, negates_b = false;
  // With block scales:
  Format scale = Format::e8m0;                   // or ue4m3
  std::uint32_t scale_a_id = 0, scale_b_id = 0;  // the first byte of a word of scales
};

// `scales` are those of a row: 0 (none), 1, 2 or 4.
std::optional<DescriptorFault> read_instruction_descriptor(TensorKind kind, std::uint32_t scales,
                                                           std::uint32_t bits, TensorMmaForm& form);

// A K-major matrix in shared memory; "rows" are columns of B. Eight rows are a core matrix.
struct SharedMatrix {
  std::uint32_t start = 0;          // addresses and strides in bytes
  std::uint32_t leading = 0;        // from a chunk to the next, where nothing is swizzled
  std::uint32_t stride = 0;         // from eight rows to the next eight
  std::uint32_t swizzle_bytes = 0;  // 0 (none), 32, 64 or 128

  // Where a chunk of a row begins.
  std::uint32_t chunk(std::uint32_t row, std::uint32_t index) const;
};

// `name` is the matrix's, for the message.
std::optional<DescriptorFault> read_shared_descriptor(std::string_view name, std::uint64_t bits,
                                                      SharedMatrix& matrix);

// Bits of an element in shared memory, elements of a chunk, and the bytes of it that they fill. In
// .kind::f8f6f4 and mxf8f6f4 the rest of a chunk of 4- or 6-bit elements is padding
// (9.7.16.10.4.4). Elements follow one another from the lowest bit on.
struct TensorPacking {
  std::uint32_t bits = 0, elements = 0, bytes = 0;
};
TensorPacking packing_of(TensorKind kind, Format format);

}  // namespace assay::emulator
