// SPDX-License-Identifier: Apache-2.0
// ldmatrix, stmatrix and movmatrix in kernels, by PTX ISA, "Warp-level matrix load instruction:
// ldmatrix", "... store instruction: stmatrix", "... transpose instruction: movmatrix": element
// (row, column) of matrix j is what lane 8j + row names, at column.
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

constexpr const char* kTile = ".shared .align 128 .b8 tile[4096];";

// Fills the tile with in[0...], 4 bytes a lane, lines of 128 bytes; %r1: this lane's row of 16
// bytes, which are 48 bytes apart.
std::string filled(const std::string& body, int lines) {
  std::string text = "mov.u32 %r1, tile;\nshl.b32 %r2, %i, 2;\nadd.u32 %r2, %r1, %r2;\n";
  for (int line = 0; line < lines; ++line)
    text +=
        fmt::format("ld.global.u32 %r3, [%in+{0}];\nst.shared.u32 [%r2+{0}], %r3;\n", 128 * line);
  return text + "mul.lo.u32 %r4, %i, 48;\nadd.u32 %r1, %r1, %r4;\nbar.warp.sync -1;\n" + body;
}

// Four words a lane.
std::string stored(int count) {
  std::string text = "mul.wide.u32 %rd1, %i, 16;\nadd.u64 %rd1, %out0, %rd1;\n";
  for (int r = 0; r < count; ++r)
    text += fmt::format("st.global.u32 [%rd1+{}], %r{};\n", 4 * r, 10 + r);
  return text;
}

std::vector<std::uint8_t> bytes_of(const Words& words) {
  std::vector<std::uint8_t> bytes(words.size() * 4);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

Words numbered(std::size_t words) {
  Words result(words);
  for (std::size_t i = 0; i < words; ++i)
    result[i] = static_cast<std::uint32_t>(i * 2654435761u + 12345);
  return result;
}

struct Loaded {
  std::vector<std::uint8_t> tile;
  Words registers;  // four a lane
  std::vector<Finding> findings;

  std::uint8_t byte(std::size_t lane, std::size_t r, std::size_t b) const {
    return static_cast<std::uint8_t>(registers[4 * lane + r] >> (8 * b));
  }
  // Byte of the row that a lane names.
  std::uint8_t row(std::size_t lane, std::size_t byte) const { return tile[48 * lane + byte]; }
};

Loaded load(const std::string& instruction, int count, const std::string& target = "sm_110a") {
  constexpr int kLines = 13;
  TestKernel kernel(filled(instruction, kLines) + stored(count), kTile, target);
  const Words in = numbered(32 * kLines);
  Words out(128);
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  return {bytes_of(in), out, kernel.findings};
}

std::string registers(int count) {
  std::string text = "{%r10";
  for (int r = 1; r < count; ++r)
    text += fmt::format(", %r{}", 10 + r);
  return text + "}";
}

TEST(Ldmatrix, LoadsRowsOf8x8Matrices) {
  for (const int count : {1, 2, 4}) {
    const Loaded out = load(fmt::format("ldmatrix.sync.aligned.m8n8.x{}.shared.b16 {}, [%r1];",
                                        count, registers(count)),
                            count);
    EXPECT_TRUE(out.findings.empty());
    for (std::size_t lane = 0; lane < 32; ++lane)
      for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r)
        for (std::size_t b = 0; b < 4; ++b)
          ASSERT_EQ(out.byte(lane, r, b), out.row(8 * r + lane / 4, 4 * (lane % 4) + b));
  }
}

TEST(Ldmatrix, LoadsColumnsWithTrans) {
  for (const int count : {1, 2, 4}) {
    const Loaded out =
        load(fmt::format("ldmatrix.sync.aligned.m8n8.x{}.trans.shared::cta.b16 {}, [%r1];", count,
                         registers(count)),
             count);
    EXPECT_TRUE(out.findings.empty());
    for (std::size_t lane = 0; lane < 32; ++lane)
      for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r)
        for (std::size_t half = 0; half < 2; ++half)
          for (std::size_t b = 0; b < 2; ++b)
            ASSERT_EQ(out.byte(lane, r, 2 * half + b),
                      out.row(8 * r + 2 * (lane % 4) + half, 2 * (lane / 4) + b));
  }
}

TEST(Ldmatrix, TakesGenericAddressesAndOffsets) {
  const Loaded out = load(R"(cvt.u64.u32 %rd2, %r1;
    cvta.shared.u64 %rd2, %rd2;
    ldmatrix.sync.aligned.m8n8.x1.b16 %r10, [%rd2+16];)",
                          1);
  EXPECT_TRUE(out.findings.empty());
  EXPECT_EQ(out.byte(5, 0, 2), out.row(1, 16 + 6));
}

TEST(Ldmatrix, Loads16x16MatricesOfBytesTransposed) {
  for (const int count : {2, 4}) {
    const Loaded out =
        load(fmt::format("ldmatrix.sync.aligned.m16n16.x{}.trans.shared.b8 {}, [%r1];", count / 2,
                         registers(count)),
             count);
    EXPECT_TRUE(out.findings.empty());
    for (std::size_t lane = 0; lane < 32; ++lane)
      for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r)
        for (std::size_t b = 0; b < 4; ++b)
          ASSERT_EQ(out.byte(lane, r, b),
                    out.row(16 * (r / 2) + 4 * (lane % 4) + b, lane / 4 + 8 * (r % 2)));
  }
}

// 16 elements of `bits` bits in a row.
std::uint8_t packed(const Loaded& out, std::size_t row, std::size_t element, std::size_t bits) {
  unsigned value = 0;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const std::size_t at = element * bits + bit;
    value |= (unsigned{out.row(row, at / 8)} >> (at % 8) & 1u) << bit;
  }
  return static_cast<std::uint8_t>(value);
}

TEST(Ldmatrix, UnpacksFourAndSixBits) {
  for (const auto& [format, bits] :
       std::vector<std::pair<std::string, std::size_t>>{{"b4x16_p64", 4}, {"b6x16_p32", 6}}) {
    const Loaded rows = load("ldmatrix.sync.aligned.m8n16.x4.shared.b8x16." + format +
                                 " {%r10, %r11, %r12, %r13}, [%r1];",
                             4);
    const Loaded columns = load("ldmatrix.sync.aligned.m16n16.x2.trans.shared.b8x16." + format +
                                    " {%r10, %r11, %r12, %r13}, [%r1];",
                                4);
    EXPECT_TRUE(rows.findings.empty());
    EXPECT_TRUE(columns.findings.empty());
    for (std::size_t lane = 0; lane < 32; ++lane)
      for (std::size_t r = 0; r < 4; ++r)
        for (std::size_t b = 0; b < 4; ++b) {
          ASSERT_EQ(rows.byte(lane, r, b),
                    packed(rows, 8 * r + lane / 4, 4 * (lane % 4) + b, bits));
          ASSERT_EQ(columns.byte(lane, r, b), packed(columns, 16 * (r / 2) + 4 * (lane % 4) + b,
                                                     lane / 4 + 8 * (r % 2), bits));
        }
  }
}

// "16 unsigned 4-bit elements with 64 bits padding": which nobody needs to have written.
TEST(Ldmatrix, DoesNotReadPadding) {
  for (const auto& [format, stores] : std::vector<std::pair<std::string, std::string>>{
           {"b4x16_p64", "st.shared.v2.u32 [%r1], {%i, %i};\n"},
           {"b6x16_p32", "st.shared.v2.u32 [%r1], {%i, %i};\nst.shared.u32 [%r1+8], %i;\n"}}) {
    TestKernel kernel("mov.u32 %r1, tile;\nshl.b32 %r2, %i, 4;\nadd.u32 %r1, %r1, %r2;\n" + stores +
                          "bar.warp.sync -1;\nldmatrix.sync.aligned.m8n16.x4.shared.b8x16." +
                          format + " {%r10, %r11, %r12, %r13}, [%r1];",
                      kTile);
    Words in(32), out(32);
    kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  }
}

TEST(Ldmatrix, NeedsAddressesOf16BytesInSharedMemory) {
  const auto kind = [](const std::string& instruction) {
    const Loaded out = load(instruction, 1);
    EXPECT_EQ(out.findings.size(), 1u) << instruction;
    return out.findings.empty() ? FindingKind::trap : out.findings[0].kind;
  };
  EXPECT_EQ(kind("ldmatrix.sync.aligned.m8n8.x1.shared.b16 %r10, [%r1+8];"),
            FindingKind::misaligned);
  EXPECT_EQ(kind("ldmatrix.sync.aligned.m8n8.x1.shared.b16 %r10, [%r1+4096];"),
            FindingKind::out_of_bounds);
  EXPECT_EQ(kind("ldmatrix.sync.aligned.m8n8.x1.b16 %r10, [%in0];"), FindingKind::invalid_address);
  EXPECT_EQ(kind("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r1+1664];"),
            FindingKind::uninitialized_read);
}

// Two warps; warp 0 loads a matrix that warp 1 writes, before or after, with `between` in between.
std::vector<Finding> share(const std::string& first, const std::string& between,
                           const std::string& second) {
  TestKernel kernel(R"(mov.u32 %r1, tile;
    and.b32 %r3, %i, 31;
    shl.b32 %r2, %r3, 4;
    add.u32 %r1, %r1, %r2;
    setp.lt.u32 %p1, %i, 32;
    @%p1 st.shared.v4.u32 [%r1], {%i, %i, %i, %i};
    bar.sync 0;
)" + first + between + second,
                    kTile);
  const Words in(64);
  Words out(64);
  kernel.run({1, 1, 1}, {64, 1, 1}, in, out);
  return kernel.findings;
}

// Lanes load rows that other lanes, and other warps, write.
TEST(Ldmatrix, IsOrderedByBarriersOnly) {
  const std::string load = R"(@!%p1 bra LOADED;
    ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r1];
    LOADED:
)";
  const std::string store = "@!%p1 st.shared.v4.u32 [%r1], {%i, %i, %i, %i};\n";
  const std::string own = "@%p1 st.shared.u32 [%r1+16], %i;\n";
  EXPECT_TRUE(share(load, "bar.sync 0;\n", store).empty());
  EXPECT_TRUE(share(store, "bar.sync 0;\n", load).empty());
  EXPECT_TRUE(share(own, "bar.warp.sync -1;\n", load).empty());
  EXPECT_TRUE(share(load, "bar.warp.sync -1;\n", own).empty());
  for (const auto& findings : {share(load, "", store), share(store, "", load), share(own, "", load),
                               share(load, "", own)}) {
    ASSERT_FALSE(findings.empty());
    EXPECT_EQ(findings[0].kind, FindingKind::race);
  }
}

// Lane's registers %r20-%r23 are in[4 lane...]; the tile is stored to out, 4 bytes a lane, `lines`.
std::vector<std::uint8_t> store(const std::string& instruction, const Words& in, int lines,
                                std::vector<Finding>& findings) {
  std::string body = "mul.wide.u32 %rd1, %i, 16;\nadd.u64 %rd1, %in0, %rd1;\n";
  for (int r = 0; r < 4; ++r)
    body += fmt::format("ld.global.u32 %r{}, [%rd1+{}];\n", 20 + r, 4 * r);
  body += "mov.u32 %r1, tile;\nshl.b32 %r2, %i, 4;\nadd.u32 %r2, %r1, %r2;\n" + instruction +
          "\nbar.warp.sync -1;\nshl.b32 %r3, %i, 2;\nadd.u32 %r3, %r1, %r3;\n";
  for (int line = 0; line < lines; ++line)
    body +=
        fmt::format("ld.shared.u32 %r4, [%r3+{0}];\nst.global.u32 [%out+{0}], %r4;\n", 128 * line);
  TestKernel kernel(body, kTile);
  Words out(static_cast<std::size_t>(32 * lines));
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  findings = kernel.findings;
  return bytes_of(out);
}

std::string sources(int count) {
  std::string text = "{%r20";
  for (int r = 1; r < count; ++r)
    text += fmt::format(", %r{}", 20 + r);
  return text + "}";
}

TEST(Stmatrix, StoresRowsColumnsAndBytes) {
  const Words in = numbered(128);
  const auto byte = [&](std::size_t lane, std::size_t r, std::size_t b) {
    return static_cast<std::uint8_t>(in[4 * lane + r] >> (8 * b));
  };
  std::vector<Finding> findings;
  for (const int count : {1, 2, 4}) {
    const std::string operands = fmt::format(" [%r2], {};", sources(count));
    const auto rows =
        store(fmt::format("stmatrix.sync.aligned.m8n8.x{}.shared.b16{}", count, operands), in,
              count, findings);
    EXPECT_TRUE(findings.empty());
    const auto columns =
        store(fmt::format("stmatrix.sync.aligned.m8n8.x{}.trans.shared.b16{}", count, operands), in,
              count, findings);
    EXPECT_TRUE(findings.empty());
    const auto bytes =
        store(fmt::format("stmatrix.sync.aligned.m16n8.x{}.trans.shared.b8{}", count, operands), in,
              count, findings);
    EXPECT_TRUE(findings.empty());
    for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r)
      for (std::size_t lane = 0; lane < 32; ++lane)
        for (std::size_t b = 0; b < 4; ++b) {
          const std::size_t g = lane / 4, t = lane % 4, base = 128 * r;
          ASSERT_EQ(rows[base + 16 * g + 4 * t + b], byte(lane, r, b));
          ASSERT_EQ(columns[base + 16 * (2 * t + b / 2) + 2 * g + b % 2], byte(lane, r, b));
          ASSERT_EQ(bytes[base + 16 * (2 * t + b % 2) + g + 8 * (b / 2)], byte(lane, r, b));
        }
  }
}

TEST(Movmatrix, TransposesAFragment) {
  TestKernel kernel(R"(ld.global.u32 %r1, [%in];
    movmatrix.sync.aligned.m8n8.trans.b16 %r2, %r1;
    st.global.u32 [%out], %r2;)");
  const Words in = numbered(32);
  Words out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  const auto element = [](const Words& words, std::size_t row, std::size_t column) {
    return words[4 * row + column / 2] >> (16 * (column % 2)) & 0xFFFF;
  };
  for (std::size_t row = 0; row < 8; ++row)
    for (std::size_t column = 0; column < 8; ++column)
      EXPECT_EQ(element(out, row, column), element(in, column, row));
}

}  // namespace
}  // namespace assay::emulator
