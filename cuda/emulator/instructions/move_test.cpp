// SPDX-License-Identifier: Apache-2.0
// mov (PTX ISA 9.0, sections 9.7.9.3, 9.7.9.4) and special registers (chapter 10).
#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

TEST(Move, CopiesRegistersAndConstants) {
  expect_function<u16, u16>("mov.b16 %d, %a;", sample_inputs<u16>(), [](u16 a) { return a; });
  expect_function<u32, u32>("mov.u32 %d, %a;", sample_inputs<u32>(), [](u32 a) { return a; });
  expect_function<u64, u64>("mov.s64 %d, %a;", sample_inputs<u64>(), [](u64 a) { return a; });
  EXPECT_EQ((apply_ptx<u32>("mov.f32 %d, 0f3F800000;", u32{0})), 0x3F800000u);
  EXPECT_EQ((apply_ptx<u32>("mov.f32 %d, 0.1;", u32{0})), std::bit_cast<u32>(0.1f));
  EXPECT_EQ((apply_ptx<u64>("mov.f64 %d, 0d3FF0000000000001;", u32{0})), 0x3FF0000000000001u);
  EXPECT_EQ((apply_ptx<u64>("mov.s64 %d, -2;", u32{0})), u64(-2));
  EXPECT_EQ((apply_ptx<u32>("mov.u32 %d, WARP_SZ;", u32{0})), 32u);
}

// 9.7.9.4: the first element is the least significant.
TEST(Move, Packs) {
  expect_function<u32, u16, u16>("mov.b32 %d, {%a, %b};", sample_inputs<u16, u16>(),
                                 [](u16 a, u16 b) { return u32{b} << 16 | a; });
  expect_function<u64, u32, u32>("mov.b64 %d, {%a, %b};", sample_inputs<u32, u32>(),
                                 [](u32 a, u32 b) { return u64{b} << 32 | a; });
  expect_function<u64, u16, u16, u16, u16>(
      "mov.b64 %d, {%a, %b, %c, %e};", sample_inputs<u16, u16, u16, u16>(100),
      [](u16 a, u16 b, u16 c, u16 e) { return u64{e} << 48 | u64{c} << 32 | u64{b} << 16 | a; });
  expect_function<u16, u8, u8>("mov.b16 %d, {%a, %b};", sample_inputs<u8, u8>(),
                               [](u8 a, u8 b) { return static_cast<u16>(b << 8 | a); });
  expect_function<u32, u8, u8, u8, u8>(
      "mov.b32 %d, {%a, %b, %c, %e};", sample_inputs<u8, u8, u8, u8>(100),
      [](u8 a, u8 b, u8 c, u8 e) { return u32{e} << 24 | u32{c} << 16 | u32{b} << 8 | a; });
  expect_function<u16, u8>("mov.b16 %d, {%a, 0};", sample_inputs<u8>(),
                           [](u8 a) { return u16{a}; });
}

TEST(Move, Unpacks) {
  expect_function<u32, u64>("mov.b64 {%r1, %r2}, %a; sub.u32 %d, %r1, %r2;", sample_inputs<u64>(),
                            [](u64 a) { return static_cast<u32>(a) - static_cast<u32>(a >> 32); });
  expect_function<u16, u32>("mov.b32 {%h1, %h2}, %a; sub.u16 %d, %h1, %h2;", sample_inputs<u32>(),
                            [](u32 a) { return static_cast<u16>(a - (a >> 16)); });
  expect_function<u16, u64>("mov.b64 {_, _, %d, _}, %a;", sample_inputs<u64>(),
                            [](u64 a) { return static_cast<u16>(a >> 32); });
  expect_function<u8, u16>("mov.b16 {_, %d}, %a;", sample_inputs<u16>(),
                           [](u16 a) { return static_cast<u8>(a >> 8); });
  expect_function<u8, u32>("mov.b32 {_, _, %d, _}, %a;", sample_inputs<u32>(),
                           [](u32 a) { return static_cast<u8>(a >> 16); });
}

TEST(Move, OfInactiveLanesUnpacksNothing) {
  expect_function<u32, u64, u32>(
      "mov.b32 %r1, 5; mov.b32 %r2, 6; setp.ne.u32 %p1, %b, 0; @%p1 mov.b64 {%r1, %r2}, %a;"
      "xor.b32 %d, %r1, %r2;",
      sample_inputs<u64, u32>(),
      [](u64 a, u32 b) { return b == 0 ? 3u : static_cast<u32>(a ^ a >> 32); });
}

TEST(Move, Copies128Bits) {
  expect_function<u64, u64, u64>(
      "{ .reg .b128 q, r; mov.b128 q, {%a, %b}; mov.b128 r, q; mov.b128 {%rd1, %d}, r;"
      "xor.b64 %d, %d, %rd1; }",
      sample_inputs<u64, u64>(), [](u64 a, u64 b) { return a ^ b; });
}

TEST(Move, TakesAddresses) {
  EXPECT_EQ((apply_ptx<u64>("{ .shared .align 16 .b8 s[64]; mov.u64 %d, s+16; mov.u64 %rd1, s;"
                            "sub.u64 %d, %d, %rd1; }",
                            u32{0})),
            16u);
  EXPECT_NE((apply_ptx<u64>("mov.u64 %d, test;", u32{0})), 0u);
}

TEST(Move, FormsThatDoNotExistAreRefused) {
  EXPECT_NE(decode_error("mov.u32 %r1, {%h1, %h2};"), "");
  EXPECT_NE(decode_error("mov.b32 %r1, {%r2, %r3};"), "");
  EXPECT_NE(decode_error("mov.b32 %r1, %h2;"), "");
  EXPECT_NE(decode_error("mov.b32 %r1, {%h1, %h2, %h3};"), "");
  EXPECT_NE(decode_error("mov.u32 %r1, %envreg3;"), "");
}

// %tid, %ctaid and their kind of one thread of a launch of several blocks.
std::vector<u32> in_each_thread(const std::string& body, Dim3 grid, Dim3 block) {
  TestKernel kernel(fmt::format(
      ".reg .b32 %x, %y, %v; {}"
      "mov.u32 %x, %ctaid.x; mov.u32 %y, %nctaid.x; mov.u32 %r1, %ctaid.y;"
      "mad.lo.u32 %x, %r1, %y, %x;"  // the block's number
      "mov.u32 %r2, %ntid.x; mov.u32 %r3, %ntid.y; mov.u32 %r4, %ntid.z; mul.lo.u32 %r5, %r2, %r3;"
      "mul.lo.u32 %r6, %r5, %r4; mul.lo.u32 %x, %x, %r6;"
      "mov.u32 %r7, %tid.z; mad.lo.u32 %x, %r7, %r5, %x;"
      "mov.u32 %r7, %tid.y; mad.lo.u32 %x, %r7, %r2, %x;"
      "mov.u32 %r7, %tid.x; add.u32 %x, %x, %r7;"
      "mul.wide.u32 %rd1, %x, 4; add.u64 %rd1, %out0, %rd1; st.global.u32 [%rd1], %v;",
      body));
  std::vector<u32> in(1), out(grid[0] * grid[1] * block[0] * block[1] * block[2]);
  kernel.run(grid, block, in, out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  return out;
}

TEST(SpecialRegisters, NumberThreadsAndBlocks) {
  const Dim3 grid{3, 2, 1}, block{5, 4, 3};
  const auto value = [&](const std::string& name) {
    return in_each_thread("mov.u32 %v, " + name + ";", grid, block);
  };
  const auto x = value("%tid.x"), y = value("%tid.y"), z = value("%tid.z");
  const auto bx = value("%ctaid.x"), by = value("%ctaid.y");
  const auto lane = value("%laneid"), warp = value("%warpid"), below = value("%lanemask_lt");
  const auto at_least = value("%lanemask_ge"), above = value("%lanemask_gt"),
             up_to = value("%lanemask_le"), own = value("%lanemask_eq");
  for (u32 t = 0; t < x.size(); ++t) {
    const u32 in_block = t % 60;
    EXPECT_EQ(x[t], in_block % 5);
    EXPECT_EQ(y[t], in_block / 5 % 4);
    EXPECT_EQ(z[t], in_block / 20);
    EXPECT_EQ(bx[t], t / 60 % 3);
    EXPECT_EQ(by[t], t / 180);
    EXPECT_EQ(lane[t], in_block % 32);
    EXPECT_EQ(warp[t], in_block / 32);
    EXPECT_EQ(own[t], 1u << lane[t]);
    EXPECT_EQ(below[t], own[t] - 1);
    EXPECT_EQ(up_to[t], below[t] | own[t]);
    EXPECT_EQ(at_least[t], ~below[t]);
    EXPECT_EQ(above[t], ~up_to[t]);
  }
  for (const auto& [name, wanted] :
       std::vector<std::pair<std::string, u32>>{{"%ntid.x", 5},
                                                {"%ntid.y", 4},
                                                {"%ntid.z", 3},
                                                {"%nctaid.x", 3},
                                                {"%nctaid.y", 2},
                                                {"%nctaid.z", 1},
                                                {"%cluster_nctarank", 1},
                                                {"%cluster_ctarank", 0},
                                                {"%nclusterid.x", 3},
                                                {"%cluster_nctaid.x", 1},
                                                {"%cluster_ctaid.x", 0},
                                                {"%dynamic_smem_size", 0},
                                                {"%total_smem_size", 0}})
    EXPECT_EQ(value(name), std::vector<u32>(x.size(), wanted)) << name;
  EXPECT_EQ(value("%clusterid.x"), bx);
}

TEST(SpecialRegisters, AreSourcesOfAnyInstruction) {
  const auto sums = in_each_thread("add.u32 %v, %laneid, %ntid.x;", {1, 1, 1}, {32, 1, 1});
  for (u32 t = 0; t < 32; ++t)
    EXPECT_EQ(sums[t], t + 32);
  const auto guarded =
      in_each_thread("mov.u32 %v, 9; setp.eq.u32 %p1, %laneid, 3; @%p1 mov.u32 %v, %laneid;",
                     {1, 1, 1}, {32, 1, 1});
  for (u32 t = 0; t < 32; ++t)
    EXPECT_EQ(guarded[t], t == 3 ? 3u : 9u);
  const auto wide =
      in_each_thread("cvt.u64.u32 %rd5, %tid.x; cvt.u32.u64 %v, %rd5;", {1, 1, 1}, {32, 1, 1});
  EXPECT_EQ(wide[31], 31u);
}

TEST(SpecialRegisters, ClocksGrow) {
  const auto grows = in_each_thread(
      "mov.u64 %rd1, %clock64; mov.u64 %rd2, %clock64; setp.lt.u64 %p1, %rd1, %rd2;"
      "selp.u32 %v, 1, 0, %p1;",
      {1, 1, 1}, {32, 1, 1});
  EXPECT_EQ(grows, std::vector<u32>(32, 1));
}

TEST(SpecialRegisters, UnknownNamesAreRefused) {
  EXPECT_NE(decode_error("mov.u32 %r1, %lane;"), "");
}

}  // namespace
}  // namespace assay::emulator
