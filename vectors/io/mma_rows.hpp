// SPDX-License-Identifier: Apache-2.0
// Rows of matrix products that somebody recorded on a GPU: operands a and b [rows, K], accumulator
// c [rows] and the results d_f32, d_f16 [rows], which may be absent; of block-scaled kinds also
// a_scale and b_scale [rows, blocks]. All are U32: binary32 bit patterns of values that the
// operands' or the scales' format, or binary16 for d_f16, holds exactly.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "vectors/io/safetensors.hpp"

namespace assay {

struct MmaRows {
  Safetensors file;  // keeps the spans alive
  std::int64_t rows = 0;
  std::int64_t columns = 0;  // K
  std::int64_t blocks = 0;   // scales of a row
  std::span<const std::uint32_t> a, b, c;
  std::span<const std::uint32_t> d_f32, d_f16;      // empty where absent
  std::span<const std::uint32_t> a_scale, b_scale;  // both or none
};

// Errors (invalid_vectors): no safetensors file; a tensor missing, unknown, not U32 or of another
// shape.
Result<MmaRows> read_mma_rows(const std::filesystem::path& path);

}  // namespace assay
