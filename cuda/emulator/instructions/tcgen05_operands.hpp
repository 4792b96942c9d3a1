// SPDX-License-Identifier: Apache-2.0
// What tcgen05.mma reads, as codes: matrices in shared memory, scales in tensor memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/instructions/tcgen05_descriptor.hpp"
#include "cuda/emulator/memory/tensor_memory.hpp"

namespace assay::emulator {

// K codes a row; of B, a column is a row.
struct TensorRows {
  SharedMatrix matrix;
  TensorPacking packing;
  std::uint32_t rows = 0;
  std::uint32_t sign = 0;  // what is flipped in every code

  std::vector<std::uint32_t> codes;
};

// Reads as the lane would through the asynchronous proxy, with the usual checks. False after a
// finding that ends the launch.
bool read_rows(Warp& warp, int lane, TensorRows& rows);

// A scale matrix: PTX ISA 9.7.16.10.7.2 and .3. Row r is in lane r % 32, column r / 32 of each
// quarter of the lanes; its `scales` codes are the bytes of that word from `first_byte` on.
struct TensorScales {
  std::string_view name;
  TensorAddress address;
  std::uint32_t rows = 0, scales = 0, first_byte = 0;

  std::vector<std::uint32_t> codes;  // `scales` a row
};

bool read_scales(Warp& warp, int lane, TensorScales& scales);

// A finding for a word that an instruction reads and nothing has written.
Flow report_unwritten(Warp& warp, int lane, std::uint32_t row, std::uint32_t column);

}  // namespace assay::emulator
