// SPDX-License-Identifier: Apache-2.0
// mma.sync of 8-bit and 4-bit integers and of single bits, accumulated in s32: PTX ISA, "Warp-level
// Matrix Instructions: mma". Exact; the sum wraps, or is clamped with .satfinite.
#include <algorithm>
#include <bit>
#include <limits>

#include "cuda/emulator/instructions/matrix_fragment.hpp"
#include "cuda/emulator/instructions/mma.hpp"

namespace assay::emulator {
namespace {

using Row = std::array<std::uint8_t, 32>;
using Elements = std::array<std::int32_t, 64>;

struct IntegerMma {
  MmaRegisters registers;
  std::size_t rows = 16, row_bytes = 32;
  int bits = 8;  // of an element: 8, 4 or 1
  bool a_is_signed = false, b_is_signed = false;
  bool saturates = false, is_and = false;  // of single bits: and, else xor
};

struct IntegerTile {
  alignas(64) std::array<Row, 16> a;
  alignas(64) std::array<Row, 8> b;
  alignas(64) std::array<std::int32_t, 128> c;
};

std::int32_t extend(std::uint32_t code, int bits, bool is_signed) {
  const auto shift = static_cast<unsigned>(32 - bits);
  return is_signed ? static_cast<std::int32_t>(code << shift) >> shift
                   : static_cast<std::int32_t>(code);
}

void unpack(const Row& row, std::size_t bytes, int bits, bool is_signed, Elements& elements) {
  const auto per_byte = static_cast<std::size_t>(8 / bits);
  const std::uint32_t mask = (1u << bits) - 1;
  for (std::size_t i = 0; i < bytes * per_byte; ++i) {
    const std::uint32_t code = row[i / per_byte] >> (i % per_byte * static_cast<std::size_t>(bits));
    elements[i] = extend(code & mask, bits, is_signed);
  }
}

void multiply(const IntegerMma& mma, IntegerTile& tile) {
  const std::size_t count = mma.row_bytes * static_cast<std::size_t>(8 / mma.bits);
  std::array<Elements, 8> columns;
  for (std::size_t column = 0; column < 8; ++column)
    unpack(tile.b[column], mma.row_bytes, mma.bits, mma.b_is_signed, columns[column]);
  Elements row_elements;
  for (std::size_t row = 0; row < mma.rows; ++row) {
    unpack(tile.a[row], mma.row_bytes, mma.bits, mma.a_is_signed, row_elements);
    for (std::size_t column = 0; column < 8; ++column) {
      std::int32_t dot = 0;  // at most 64 products below 2^16
      for (std::size_t k = 0; k < count; ++k)
        dot += row_elements[k] * columns[column][k];
      std::int32_t& c = tile.c[row * 8 + column];
      const std::int64_t sum = std::int64_t{c} + dot;
      constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
      constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
      c = static_cast<std::int32_t>(mma.saturates ? std::clamp(sum, kLeast, kMost) : sum);
    }
  }
}

// Counts the ones of (row op column).
void count_bits(const IntegerMma& mma, IntegerTile& tile) {
  for (std::size_t row = 0; row < mma.rows; ++row)
    for (std::size_t column = 0; column < 8; ++column) {
      std::uint32_t ones = 0;
      for (std::size_t byte = 0; byte < mma.row_bytes; ++byte) {
        const std::uint32_t a = tile.a[row][byte], b = tile.b[column][byte];
        ones += static_cast<std::uint32_t>(std::popcount(mma.is_and ? a & b : a ^ b));
      }
      std::int32_t& c = tile.c[row * 8 + column];
      c = static_cast<std::int32_t>(static_cast<std::uint32_t>(c) + ones);
    }
}

Flow run_integer_mma(Warp& warp, const Op& op, Mask active) {
  const auto& mma = *static_cast<const IntegerMma*>(op.detail);
  const MmaRegisters& r = mma.registers;
  const Flow flow = check_whole_warp(warp, active);
  IntegerTile tile;
  gather_a<4>(pointers<const std::byte>(warp, r.a, r.a_count).data(), r.a_count, tile.a);
  gather_b<4>(pointers<const std::byte>(warp, r.b, r.b_count).data(), r.b_count, tile.b);
  gather_c(pointers<const std::int32_t>(warp, r.c, r.c_count).data(), r.c_count, tile.c.data());
  if (mma.bits == 1) {
    count_bits(mma, tile);
  } else {
    multiply(mma, tile);
  }
  scatter_d(tile.c.data(), pointers<std::int32_t>(warp, r.d, r.d_count).data(), r.d_count);
  return flow;
}

int element_bits(std::string_view type) {
  if (type == "s8" || type == "u8") return 8;
  if (type == "s4" || type == "u4") return 4;
  return type == "b1" ? 1 : 0;
}

}  // namespace

Status decode_integer_mma(OpBuilder& builder, const MmaSpelling& spelling) {
  ASSAY_TRY(allow_others(builder, spelling, {"satfinite", "xor", "and", "popc"}));
  IntegerMma mma;
  mma.bits = element_bits(spelling.a);
  if (mma.bits == 0 || mma.bits != element_bits(spelling.b) || spelling.c != "s32" ||
      !spelling.a_is_row || spelling.b_is_row)
    return builder.unsupported("no such layout or types");
  // 16 bytes a row; of 16-row shapes also 32.
  mma.rows = static_cast<std::size_t>(spelling.m);
  mma.row_bytes = static_cast<std::size_t>(spelling.k * mma.bits / 8);
  if (!(mma.row_bytes == 16 && (mma.rows == 8 || mma.rows == 16)) &&
      !(mma.row_bytes == 32 && mma.rows == 16))
    return builder.unsupported("no such shape");
  const bool is_bits = mma.bits == 1;
  if (is_bits != builder.has("popc") || (is_bits && builder.has("satfinite")) ||
      (builder.has("xor") || builder.has("and")) != is_bits)
    return builder.unsupported("single bits take .xor.popc or .and.popc, integers .satfinite");
  mma.a_is_signed = spelling.a.front() == 's';
  mma.b_is_signed = spelling.b.front() == 's';
  mma.saturates = builder.has("satfinite");
  mma.is_and = builder.has("and");
  const std::size_t halves = mma.rows / 8, chunks = mma.row_bytes / 16;
  ASSAY_ASSIGN(mma.registers,
               read_fragments(builder, {2 * halves, halves * chunks, chunks, 2 * halves},
                              ptx::Type::s32, ptx::Type::b32));
  emit_for_warp(builder, run_integer_mma, OpClass::mma, builder.program().keep(mma));
  return {};
}

}  // namespace assay::emulator
