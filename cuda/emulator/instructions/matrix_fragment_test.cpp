// SPDX-License-Identifier: Apache-2.0
// Fragment layouts, which are written from PTX ISA, against CuTe's.
#include "cuda/emulator/instructions/matrix_fragment.hpp"

#include <gtest/gtest.h>

#include "cuda/emulator/instructions/cute_fragments.hpp"
#include "cuda/emulator/instructions/matrix_layout.hpp"
#include "cuda/emulator/instructions/mma_quad.hpp"

namespace assay::emulator {
namespace {

using Rows = std::array<std::array<std::uint8_t, 128>, 16>;

// Registers of 32 lanes in which one element is all ones.
struct Registers {
  std::vector<std::vector<std::byte>> storage;
  std::vector<const std::byte*> pointers;

  Registers(std::size_t count, std::size_t bytes) {
    for (std::size_t r = 0; r < count; ++r)
      storage.emplace_back(32 * bytes);
    for (const auto& one : storage)
      pointers.push_back(one.data());
  }
  void set(std::size_t bytes, std::size_t lane, std::size_t bit, std::size_t bits) {
    const std::size_t per_register = bytes * 8;
    for (std::size_t i = 0; i < bits; ++i, ++bit)
      storage[bit / per_register][lane * bytes + bit % per_register / 8] |= std::byte{1}
                                                                            << (bit % 8);
  }
};

// The (row, k) whose element is not zero, as row + rows * k; fails unless there is just one.
std::size_t only_element(const Rows& rows, std::size_t bits, std::size_t row_count,
                         std::size_t k_count) {
  std::size_t found = 0, count = 0;
  for (std::size_t row = 0; row < row_count; ++row)
    for (std::size_t k = 0; k < k_count; ++k) {
      std::size_t ones = 0;
      for (std::size_t bit = k * bits; bit < (k + 1) * bits; ++bit)
        ones += (rows[row][bit / 8] >> (bit % 8)) & 1u;
      if (ones == 0) continue;
      EXPECT_EQ(ones, bits);
      found = row + row_count * k;
      ++count;
    }
  EXPECT_EQ(count, 1u);
  return found;
}

template <typename Gather>
void check(const FragmentCase& c, const CuteLayout& layout, std::size_t rows, Gather gather) {
  const std::size_t bytes = c.bits == 64 ? 8 : 4;
  ASSERT_EQ(layout.threads(), 32u);
  ASSERT_EQ(layout.values() * 32, rows * c.k) << c.name;
  for (std::size_t lane = 0; lane < 32; ++lane)
    for (std::size_t v = 0; v < layout.values(); ++v) {
      Registers registers(std::max<std::size_t>(layout.values() * c.bits / (8 * bytes), 1), bytes);
      registers.set(bytes, lane, v * c.bits, c.bits);
      Rows tile{};
      gather(registers, tile);
      ASSERT_EQ(only_element(tile, c.bits, rows, c.k), layout(lane, v))
          << c.name << " lane " << lane << " element " << v;
    }
}

TEST(MatrixFragment, OfAAndBIsWhatCuteSays) {
  for (const FragmentCase& c : cute_fragments()) {
    check(c, c.a, c.m, [&](const Registers& r, Rows& tile) {
      c.bits == 64 ? gather_a<8>(r.pointers.data(), r.pointers.size(), tile)
                   : gather_a<4>(r.pointers.data(), r.pointers.size(), tile);
    });
    check(c, c.b, 8, [&](const Registers& r, Rows& tile) {
      c.bits == 64 ? gather_b<8>(r.pointers.data(), r.pointers.size(), tile)
                   : gather_b<4>(r.pointers.data(), r.pointers.size(), tile);
    });
  }
}

// SM80_8x8_Row and SM80_16x8_Row, to (m, n) columns first.
TEST(MatrixFragment, OfAccumulatorsIsWhatCuteSays) {
  const CuteLayout of_8{{{4, 16}, {8, 1}}, {{2, 8}}};
  const CuteLayout of_16{{{4, 32}, {8, 1}}, {{2, 16}, {2, 8}}};
  for (const std::size_t count : {2u, 4u}) {
    const CuteLayout& layout = count == 2 ? of_8 : of_16;
    std::uint32_t lanes[4][32], back[4][32], matrix[128];
    for (std::uint32_t r = 0; r < 4; ++r)
      for (std::uint32_t lane = 0; lane < 32; ++lane)
        lanes[r][lane] = 100 * r + lane;
    const std::uint32_t* const in[] = {lanes[0], lanes[1], lanes[2], lanes[3]};
    std::uint32_t* const out[] = {back[0], back[1], back[2], back[3]};
    gather_c(in, count, matrix);
    scatter_d(matrix, out, count);
    const std::size_t rows = count * 4;
    for (std::size_t lane = 0; lane < 32; ++lane)
      for (std::size_t v = 0; v < count; ++v) {
        const std::size_t row = layout(lane, v) % rows, column = layout(lane, v) / rows;
        EXPECT_EQ(matrix[row * 8 + column], lanes[v][lane]);
        EXPECT_EQ(back[v][lane], lanes[v][lane]);
        EXPECT_EQ(place_of_output(row, column).lane, lane);
        EXPECT_EQ(place_of_output(row, column).element, v);
      }
  }
}

TEST(MatrixFragment, OfHalfAccumulatorsHasTwoElementsARegister) {
  const CuteLayout layout{{{4, 32}, {8, 1}}, {{2, 16}, {2, 8}}};
  std::uint32_t lanes[2][32], back[2][32], matrix[128];
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    for (std::uint32_t r = 0; r < 2; ++r)
      lanes[r][lane] = (1000 * r + lane) | (1000 * r + 500 + lane) << 16;
  const std::uint32_t* const in[] = {lanes[0], lanes[1]};
  std::uint32_t* const out[] = {back[0], back[1]};
  gather_c_halves(in, 2, matrix);
  scatter_d_halves(matrix, out, 2);
  for (std::size_t lane = 0; lane < 32; ++lane)
    for (std::size_t v = 0; v < 4; ++v) {
      const std::size_t row = layout(lane, v) % 16, column = layout(lane, v) / 16;
      EXPECT_EQ(matrix[row * 8 + column], (lanes[v / 2][lane] >> (16 * (v % 2))) & 0xFFFF);
      EXPECT_EQ(back[v / 2][lane], lanes[v / 2][lane]);
    }
}

// SM70_QuadPair, SM70_8x4_Row, SM70_8x4_Col, SM70_8x8_16b, SM70_8x8_32b.
TEST(MatrixFragment, OfM8n8k4IsWhatCuteSays) {
  const CuteLayout rows{{{8, 1}}, {{4, 8}}}, columns{{{4, 8}, {2, 4}}, {{4, 1}}};
  const CuteLayout halves{{{8, 1}}, {{8, 8}}};
  const CuteLayout words{{{2, 1}, {2, 16}, {2, 4}}, {{2, 8}, {2, 2}, {2, 32}}};
  for (std::size_t thread = 0; thread < 8; ++thread) {
    EXPECT_EQ(quad_lane(0, thread), thread % 4 + thread / 4 * 16);
    EXPECT_EQ(quad_lane(3, thread), 12 + thread % 4 + thread / 4 * 16);
    for (std::size_t i = 0; i < 4; ++i) {
      const MatrixPlace row = quad_multiplicand(thread, i, true);
      EXPECT_EQ(row.major + 8 * row.k, rows(thread, i));
      const MatrixPlace column = quad_multiplicand(thread, i, false);
      EXPECT_EQ(column.major + 8 * column.k, columns(thread, i));
    }
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t half = quad_accumulator(thread, i, true);
      EXPECT_EQ(half / 8 + 8 * (half % 8), halves(thread, i));
      const std::size_t word = quad_accumulator(thread, i, false);
      EXPECT_EQ(word / 8 + 8 * (word % 8), words(thread, i));
    }
  }
}

// SM75_U16x2_LDSM_T: to bits of 8 rows of 128 bits.
TEST(MatrixLayout, TransposesAsCuteSays) {
  const CuteLayout layout{{{4, 256}, {8, 16}}, {{16, 1}, {2, 128}}};
  std::uint16_t memory[64], lanes[64];
  for (std::uint16_t i = 0; i < 64; ++i)
    memory[i] = static_cast<std::uint16_t>(1000 + i);
  transpose_8x8(reinterpret_cast<const std::byte*>(memory), reinterpret_cast<std::byte*>(lanes));
  for (std::size_t lane = 0; lane < 32; ++lane)
    for (std::size_t half = 0; half < 2; ++half)
      EXPECT_EQ(lanes[2 * lane + half], memory[layout(lane, 16 * half) / 16]);
}

// SM100_U8x8_LDSM_T names rows in another order (its SrcLayout), and reorders the registers of the
// instruction (cute/arch/copy_sm100.hpp).
TEST(MatrixLayout, Loads16x16AsCuteSays) {
  const CuteLayout rows_of_threads{{{2, 128}, {2, 1024}, {4, 256}}, {{1, 0}}};
  const CuteLayout layout{{{4, 256}, {8, 8}}, {{8, 1}, {2, 128}, {2, 64}, {2, 1024}}};
  std::uint8_t memory[256];  // row l is what the address of lane l points to
  for (std::size_t i = 0; i < 256; ++i)
    memory[i] = static_cast<std::uint8_t>(i);
  std::uint32_t words[2][32];
  std::uint32_t* const registers[] = {words[0], words[1]};
  load_16x16(memory, registers);
  std::vector<std::uint8_t> logical(256);
  for (std::size_t lane = 0; lane < 16; ++lane)
    for (std::size_t byte = 0; byte < 16; ++byte)
      logical[rows_of_threads(lane, 0) / 8 + byte] = memory[lane * 16 + byte];
  for (std::size_t lane = 0; lane < 32; ++lane) {
    const auto byte_of = [&](std::size_t r, std::size_t b) {
      return static_cast<std::uint8_t>(words[r][lane] >> (8 * b));
    };
    const std::uint8_t reordered[] = {byte_of(0, 0), byte_of(0, 1), byte_of(1, 0), byte_of(1, 1),
                                      byte_of(0, 2), byte_of(0, 3), byte_of(1, 2), byte_of(1, 3)};
    for (std::size_t b = 0; b < 8; ++b)
      EXPECT_EQ(reordered[b], logical[layout(lane, 8 * b) / 8]) << lane << " " << b;
  }
}

// SM100_U8x4_STSM_T.
TEST(MatrixLayout, Stores16x8AsCuteSays) {
  const CuteLayout layout{{{4, 256}, {8, 8}}, {{8, 1}, {2, 128}, {2, 64}}};
  std::uint32_t lanes[32];
  for (std::uint32_t lane = 0; lane < 32; ++lane)
    lanes[lane] = 0x03020100u + 0x04040404u * lane;
  std::uint8_t memory[128];
  store_16x8(lanes, memory);
  for (std::size_t lane = 0; lane < 32; ++lane)
    for (std::size_t b = 0; b < 4; ++b)
      EXPECT_EQ(memory[layout(lane, 8 * b) / 8], 4 * lane + b);
}

__extension__ using Bits128 = unsigned __int128;

TEST(MatrixLayout, UnpacksFourAndSixBitElementsLowestFirst) {
  const std::uint8_t four[8] = {0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE};
  std::uint8_t row[16];
  unpack_row(four, 4, row);
  for (std::uint8_t i = 0; i < 16; ++i)
    EXPECT_EQ(row[i], i);
  // 16 elements 3i + 2 of 6 bits, in one integer.
  Bits128 packed = 0;
  for (unsigned i = 0; i < 16; ++i)
    packed |= static_cast<Bits128>(3 * i + 2) << (6 * i);
  std::uint8_t six[16];
  std::memcpy(six, &packed, sizeof six);
  unpack_row(six, 6, row);
  for (unsigned i = 0; i < 16; ++i)
    EXPECT_EQ(row[i], 3 * i + 2);
}

}  // namespace
}  // namespace assay::emulator
