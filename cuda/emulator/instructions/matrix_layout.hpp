// SPDX-License-Identifier: Apache-2.0
// Between rows of a matrix in shared memory and the registers of a warp: PTX ISA, "Warp-level
// matrix load instruction: ldmatrix" (figures of the fragments of 8x8, 16x16 and 8x16 matrices),
// "... store instruction: stmatrix", "... transpose instruction: movmatrix". g is lane / 4, t is
// lane % 4; element b of a register are its bits from the lowest.
//   8x8 of 16 bits:           register holds row g, columns 2t + b
//   16x16 of 8 bits, .trans:  registers 0 and 1 hold rows g and g + 8 of the transpose, columns
//                             4t + b
//   8x16 of 8 bits:           register holds row g, columns 4t + b
//   16x8 of 8 bits, .trans:   register holds rows g + 8 * (b / 2), columns 2t + b % 2; memory holds
//                             its columns
// Packed sources: .b4x16_p64 and .b6x16_p32 hold 16 elements of 4 or 6 bits, the first one lowest;
// an element fills the low bits of its byte (CUTLASS, cute/atom/mma_traits_sm120.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace assay::emulator {

inline constexpr std::size_t kMatrixRowBytes = 16;

// 64 elements of 16 bits.
inline void transpose_8x8(const std::byte* in, std::byte* out) {
  std::uint16_t source[64], target[64];
  std::memcpy(source, in, sizeof source);
  for (std::size_t row = 0; row < 8; ++row)
    for (std::size_t column = 0; column < 8; ++column)
      target[column * 8 + row] = source[row * 8 + column];
  std::memcpy(out, target, sizeof target);
}

// 16 rows of 16 bytes to two registers of 32 lanes.
inline void load_16x16(const std::uint8_t* rows, std::uint32_t* const* registers) {
  for (std::size_t half = 0; half < 2; ++half)
    for (std::size_t lane = 0; lane < 32; ++lane) {
      std::uint32_t word = 0;
      for (std::size_t b = 0; b < 4; ++b)
        word |= std::uint32_t{rows[(lane % 4 * 4 + b) * kMatrixRowBytes + lane / 4 + 8 * half]}
                << (8 * b);
      registers[half][lane] = word;
    }
}

// A register of 32 lanes to 8 rows of 16 bytes.
inline void store_16x8(const std::uint32_t* lanes, std::uint8_t* rows) {
  for (std::size_t lane = 0; lane < 32; ++lane)
    for (std::size_t b = 0; b < 4; ++b)
      rows[(lane % 4 * 2 + b % 2) * kMatrixRowBytes + lane / 4 + 8 * (b / 2)] =
          static_cast<std::uint8_t>(lanes[lane] >> (8 * b));
}

// 16 elements of `bits` bits to a byte each.
inline void unpack_row(const std::uint8_t* packed, std::size_t bits, std::uint8_t* row) {
  for (std::size_t i = 0; i < 16; ++i) {
    const std::size_t bit = i * bits;
    std::uint32_t word = packed[bit / 8];
    if (bit % 8 + bits > 8) word |= std::uint32_t{packed[bit / 8 + 1]} << 8;
    row[i] = static_cast<std::uint8_t>(word >> (bit % 8) & ((1u << bits) - 1));
  }
}

}  // namespace assay::emulator
