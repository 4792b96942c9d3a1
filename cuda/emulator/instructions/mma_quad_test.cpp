// SPDX-License-Identifier: Apache-2.0
// mma.sync.m8n8k4 of f16 in kernels: four products by CuTe's layouts (SM70_8x4_Row, SM70_8x4_Col,
// SM70_8x8_16b, SM70_8x8_32b of cute/atom/mma_traits_sm70.hpp).
#include <random>

#include "cuda/emulator/instructions/mma_test_case.hpp"

namespace assay::emulator {
namespace {

const CuteLayout kRows{{{8, 1}}, {{4, 8}}}, kColumns{{{4, 8}, {2, 4}}, {{4, 1}}};
const CuteLayout kHalves{{{8, 1}}, {{8, 8}}};
const CuteLayout kWords{{{2, 1}, {2, 16}, {2, 4}}, {{2, 8}, {2, 2}, {2, 32}}};

std::size_t lane_of(std::size_t quad, std::size_t thread) {
  return quad * 4 + thread % 4 + thread / 4 * 16;
}

struct Quads {
  int a[4][8][4], b[4][8][4], c[4][8][8];  // [row][k], [column][k], [row][column]
};

std::uint32_t half(int value) {
  return static_cast<std::uint32_t>(encode_exactly(Format::f16, value));
}

// Words of each lane: two of A, two of B, four or eight of C.
Words pack(const Quads& quads, bool a_is_row, bool b_is_row, bool c_is_half) {
  const std::size_t stride = c_is_half ? 8 : 12;
  Words words(32 * stride);
  for (std::size_t quad = 0; quad < 4; ++quad)
    for (std::size_t thread = 0; thread < 8; ++thread) {
      std::uint32_t* const at = &words[lane_of(quad, thread) * stride];
      for (std::size_t v = 0; v < 4; ++v) {
        const std::size_t a = (a_is_row ? kRows : kColumns)(thread, v);
        at[v / 2] |= half(quads.a[quad][a % 8][a / 8]) << (16 * (v % 2));
        const std::size_t b = (b_is_row ? kColumns : kRows)(thread, v);
        at[2 + v / 2] |= half(quads.b[quad][b % 8][b / 8]) << (16 * (v % 2));
      }
      for (std::size_t v = 0; v < 8; ++v) {
        const std::size_t c = (c_is_half ? kHalves : kWords)(thread, v);
        const int value = quads.c[quad][c % 8][c / 8];
        if (c_is_half) {
          at[4 + v / 2] |= half(value) << (16 * (v % 2));
        } else {
          at[4 + v] = std::bit_cast<std::uint32_t>(static_cast<float>(value));
        }
      }
    }
  return words;
}

std::string list(std::size_t first, std::size_t count) {
  std::string text;
  for (std::size_t r = 0; r < count; ++r)
    text += fmt::format("{}%x{}", r == 0 ? "{" : ", ", first + r);
  return text + "}";
}

void check(bool a_is_row, bool b_is_row, bool c_is_half, bool d_is_half, MmaPolicy policy) {
  std::mt19937 random(29);
  Quads quads;
  for (int* const matrix : {&quads.a[0][0][0], &quads.b[0][0][0]})
    for (std::size_t i = 0; i < 128; ++i)
      matrix[i] = static_cast<int>(random() % 9) - 4;
  for (std::size_t i = 0; i < 256; ++i)
    (&quads.c[0][0][0])[i] = static_cast<int>(random() % 99) - 49;
  const std::size_t c_count = c_is_half ? 4 : 8, d_count = d_is_half ? 4 : 8;
  std::string body = fmt::format(
      ".reg .b32 %x<24>;\nmul.wide.u32 %rd1, %i, {};\nadd.u64 %rd1, %in0, %rd1;\n"
      "mul.wide.u32 %rd2, %i, {};\nadd.u64 %rd2, %out0, %rd2;\n",
      4 * (4 + c_count), 4 * d_count);
  for (std::size_t r = 0; r < 4 + c_count; ++r)
    body += fmt::format("ld.global.b32 %x{}, [%rd1+{}];\n", r, 4 * r);
  const std::string spelling =
      fmt::format("mma.sync.aligned.m8n8k4.{}.{}.{}.f16.f16.{}", a_is_row ? "row" : "col",
                  b_is_row ? "row" : "col", d_is_half ? "f16" : "f32", c_is_half ? "f16" : "f32");
  body += fmt::format("{} {}, {}, {}, {};\n", spelling, list(12, d_count), list(0, 2), list(2, 2),
                      list(4, c_count));
  for (std::size_t r = 0; r < d_count; ++r)
    body += fmt::format("st.global.b32 [%rd2+{}], %x{};\n", 4 * r, 12 + r);
  TestKernel kernel(body);
  kernel.options.mma = policy;
  Words out(32 * d_count);
  kernel.run({1, 1, 1}, {32, 1, 1}, pack(quads, a_is_row, b_is_row, c_is_half), out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::size_t quad = 0; quad < 4; ++quad)
    for (std::size_t thread = 0; thread < 8; ++thread)
      for (std::size_t v = 0; v < 8; ++v) {
        const std::size_t d = (d_is_half ? kHalves : kWords)(thread, v);
        int sum = quads.c[quad][d % 8][d / 8];
        for (std::size_t k = 0; k < 4; ++k)
          sum += quads.a[quad][d % 8][k] * quads.b[quad][d / 8][k];
        const std::uint32_t* const words = &out[lane_of(quad, thread) * d_count];
        const std::uint32_t bits = d_is_half ? words[v / 2] >> (16 * (v % 2)) & 0xFFFF : words[v];
        ASSERT_EQ(bits, encode_exactly(d_is_half ? Format::f16 : Format::f32, sum)) << spelling;
      }
}

TEST(MmaQuad, MultipliesFourMatricesInEveryLayout) {
  for (const bool a_is_row : {false, true})
    for (const bool b_is_row : {false, true}) {
      check(a_is_row, b_is_row, false, false, MmaPolicy::certified);
      check(a_is_row, b_is_row, true, true, MmaPolicy::certified);
    }
  check(true, false, true, false, MmaPolicy::certified);
}

TEST(MmaQuad, FollowsEveryPolicy) {
  for (const MmaPolicy policy : {MmaPolicy::model, MmaPolicy::fma}) {
    check(true, false, false, false, policy);
    check(false, true, true, true, policy);
  }
}

}  // namespace
}  // namespace assay::emulator
