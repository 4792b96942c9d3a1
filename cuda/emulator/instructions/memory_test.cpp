// SPDX-License-Identifier: Apache-2.0
// Micro-tests of ld, st and their relatives; what is expected is written from the PTX ISA's text
// (sections named at each test).
#include <cstring>
#include <numeric>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

Words iota(std::size_t count, std::uint32_t first = 0x01020304) {
  Words words(count);
  std::iota(words.begin(), words.end(), first);
  return words;
}

Words run(const std::string& body, const Words& in, std::size_t outputs = 32) {
  TestKernel kernel(body);
  Words out(outputs, 0xDEADBEEF);
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  return out;
}

std::string decode_error(const std::string& body) {
  try {
    TestKernel kernel(body);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// 9.7.9.8, ld: "a destination register wider than the specified type may be used. The value loaded
// is sign-extended to the destination register width for signed integers, and is zero-extended for
// unsigned and bit-size types."
TEST(LoadStore, NarrowLoadsExtendToTheRegistersWidth) {
  const Words in(32, 0x80FF8081);
  EXPECT_EQ(run("ld.global.s8 %r1, [%in]; st.global.u32 [%out], %r1;", in)[3], 0xFFFFFF81);
  EXPECT_EQ(run("ld.global.u8 %r1, [%in]; st.global.u32 [%out], %r1;", in)[3], 0x81u);
  EXPECT_EQ(run("ld.global.b8 %r1, [%in]; st.global.u32 [%out], %r1;", in)[3], 0x81u);
  EXPECT_EQ(run("ld.global.s16 %r1, [%in]; st.global.u32 [%out], %r1;", in)[3], 0xFFFF8081);
  EXPECT_EQ(run("ld.global.u16 %r1, [%in+2]; st.global.u32 [%out], %r1;", in)[3], 0x80FFu);
  EXPECT_EQ(
      run("ld.global.s8 %h1, [%in]; mov.b32 %r1, {%h1, %h1}; st.global.u32 [%out], %r1;", in)[3],
      0xFF81FF81);
  EXPECT_EQ(run("ld.global.s32 %rd1, [%in]; shr.u64 %rd1, %rd1, 32; cvt.u32.u64 %r1, %rd1;"
                "st.global.u32 [%out], %r1;",
                in)[3],
            0xFFFFFFFF);
}

// 9.7.9.11, st: "a source register wider than the specified type may be used. The lower n bits
// corresponding to the instruction-type width are stored to memory."
TEST(LoadStore, NarrowStoresTakeTheLowBits) {
  const Words in = iota(32);
  const Words out =
      run("ld.global.u32 %r1, [%in]; st.global.u32 [%out], 0;"
          "st.global.u8 [%out+1], %r1; st.global.u16 [%out+2], %r1;",
          in);
  for (std::uint32_t i = 0; i < 32; ++i) {
    const std::uint32_t value = in[i];
    EXPECT_EQ(out[i], (value & 0xFF) << 8 | (value & 0xFFFF) << 16);
  }
}

TEST(LoadStore, VectorsOfTwoFourAndEight) {
  const Words in = iota(256);
  const std::string at =
      "mul.wide.u32 %rd3, %i, {0}; add.u64 %rd1, %in0, %rd3;"
      "add.u64 %rd2, %out0, %rd3;";
  EXPECT_EQ(run("mul.wide.u32 %rd3, %i, 8; add.u64 %rd1, %in0, %rd3; add.u64 %rd2, %out0, %rd3;"
                "ld.global.v2.u32 {%r1, %r2}, [%rd1]; st.global.v2.u32 [%rd2], {%r1, %r2};",
                Words(in.begin(), in.begin() + 64), 64),
            Words(in.begin(), in.begin() + 64));
  EXPECT_EQ(run("mul.wide.u32 %rd3, %i, 16; add.u64 %rd1, %in0, %rd3; add.u64 %rd2, %out0, %rd3;"
                "ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];"
                "st.global.v4.f32 [%rd2], {%f1, %f2, %f3, %f4};",
                Words(in.begin(), in.begin() + 128), 128),
            Words(in.begin(), in.begin() + 128));
  EXPECT_EQ(run("mul.wide.u32 %rd3, %i, 32; add.u64 %rd1, %in0, %rd3; add.u64 %rd2, %out0, %rd3;"
                "ld.global.v8.b32 {%r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8}, [%rd1];"
                "st.global.v8.b32 [%rd2], {%r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8};",
                in, 256),
            in);
  EXPECT_EQ(run("mul.wide.u32 %rd3, %i, 32; add.u64 %rd1, %in0, %rd3; add.u64 %rd2, %out0, %rd3;"
                "ld.global.v4.b64 {%rd4, %rd5, %rd6, %rd7}, [%rd1];"
                "st.global.v4.b64 [%rd2], {%rd4, %rd5, %rd6, %rd7};",
                in, 256),
            in);
}

TEST(LoadStore, VectorElementsLieInOrderOfAddresses) {
  const Words in = iota(128);
  const Words out =
      run("mul.wide.u32 %rd3, %i, 16; add.u64 %rd1, %in0, %rd3;"
          "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1];"
          "shl.b32 %r5, %r4, 8; add.u32 %r5, %r5, %r1; st.global.u32 [%out], %r5;",
          in);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], (in[4 * i + 3] << 8) + in[4 * i]);
}

TEST(LoadStore, VectorsOfBytesAndHalves) {
  const Words in = iota(32);
  EXPECT_EQ(run("ld.global.v4.u8 {%r1, %r2, %r3, %r4}, [%in];"
                "st.global.v4.u8 [%out], {%r4, %r3, %r2, %r1};",
                in)[5],
            __builtin_bswap32(in[5]));
  EXPECT_EQ(run("ld.global.v2.u16 {%h1, %h2}, [%in]; st.global.v2.u16 [%out], {%h2, %h1};", in)[5],
            in[5] << 16 | in[5] >> 16);
}

TEST(LoadStore, A128BitRegisterHoldsFourWords) {
  const Words in = iota(128);
  EXPECT_EQ(run(".reg .b128 %q; mul.wide.u32 %rd3, %i, 16; add.u64 %rd1, %in0, %rd3;"
                "add.u64 %rd2, %out0, %rd3; ld.global.b128 %q, [%rd1]; st.global.b128 [%rd2], %q;",
                in, 128),
            in);
}

TEST(LoadStore, LanesThatDoNotExecuteKeepTheirRegistersAndMemory) {
  const Words in = iota(32, 100);
  const Words out =
      run("mov.u32 %r1, 7; setp.lt.u32 %p1, %i, 5; @%p1 ld.global.u32 %r1, [%in];"
          "setp.ne.u32 %p2, %i, 9; @%p2 st.global.u32 [%out], %r1;",
          in);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], i < 5 ? in[i] : i == 9 ? 0xDEADBEEF : 7u);
}

TEST(LoadStore, ADestinationMayBeTheAddressItself) {
  const Words in = iota(64);
  const Words out =
      run("mul.wide.u32 %rd3, %i, 8; add.u64 %rd1, %in0, %rd3;"
          "ld.global.u64 %rd1, [%rd1]; cvt.u32.u64 %r1, %rd1;"
          "st.global.u32 [%out], %r1;",
          in);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], in[2 * i]);
}

TEST(LoadStore, ReversedScatteredAndEqualAddresses) {
  const Words in = iota(64);
  const Words reversed =
      run("sub.u32 %r1, 31, %i; mul.wide.u32 %rd1, %r1, 4;"
          "add.u64 %rd1, %in0, %rd1; ld.global.u32 %r2, [%rd1];"
          "st.global.u32 [%out], %r2;",
          in);
  const Words scattered =
      run("mul.lo.u32 %r1, %i, 7; and.b32 %r1, %r1, 63;"
          "mul.wide.u32 %rd1, %r1, 4; add.u64 %rd1, %in0, %rd1;"
          "ld.global.u32 %r2, [%rd1]; st.global.u32 [%out], %r2;",
          in);
  const Words equal = run("ld.global.u32 %r2, [%in0+20]; st.global.u32 [%out], %r2;", in);
  const Words quads =
      run("shr.u32 %r1, %i, 2; mul.wide.u32 %rd1, %r1, 4;"
          "add.u64 %rd1, %in0, %rd1; ld.global.u32 %r2, [%rd1];"
          "st.global.u32 [%out], %r2;",
          in);
  for (std::uint32_t i = 0; i < 32; ++i) {
    EXPECT_EQ(reversed[i], in[31 - i]);
    EXPECT_EQ(scattered[i], in[i * 7 % 64]);
    EXPECT_EQ(equal[i], in[5]);
    EXPECT_EQ(quads[i], in[i / 4]);
  }
}

TEST(LoadStore, SharedMemoryByEitherAddress) {
  const Words in = iota(32);
  const std::string body =
      ".shared .align 4 .b8 s[128]; mov.u32 %r2, s; shl.b32 %r3, %i, 2; add.u32 %r2, %r2, %r3;"
      "ld.global.u32 %r1, [%in]; st.shared.u32 [%r2], %r1; cvt.u64.u32 %rd1, %r2;"
      "cvta.shared.u64 %rd2, %rd1; ld.u32 %r4, [%rd2]; cvta.to.shared.u64 %rd3, %rd2;"
      "ld.shared::cta.u32 %r5, [%rd3]; add.u32 %r4, %r4, %r5; st.global.u32 [%out], %r4;";
  const Words out = run(body, in);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], 2 * in[i]);
}

TEST(LoadStore, LocalMemoryIsEachThreadsOwn) {
  const Words in = iota(32);
  const std::string body =
      ".local .align 16 .b8 l[64]; mov.u64 %rd1, l; cvta.local.u64 %rd2, %rd1;"
      "ld.global.u32 %r1, [%in]; st.local.u32 [%rd1+8], %r1; st.u32 [%rd2+12], %r1;"
      "ld.u32 %r2, [%rd2+8]; ld.local.u32 %r3, [%rd1+12]; add.u32 %r2, %r2, %r3;"
      "st.global.u32 [%out], %r2;";
  const Words out = run(body, in);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], 2 * in[i]);
}

TEST(LoadStore, ConstantVariables) {
  TestKernel kernel(
      "shl.b32 %r1, %i, 2; and.b32 %r1, %r1, 12; cvt.u64.u32 %rd1, %r1;"
      "mov.u64 %rd2, table; add.u64 %rd2, %rd2, %rd1; ld.const.u32 %r2, [%rd2];"
      "ld.const.u32 %r3, [table+4]; cvta.const.u64 %rd3, %rd2; ld.u32 %r4, [%rd3];"
      "add.u32 %r2, %r2, %r3; add.u32 %r2, %r2, %r4; st.global.u32 [%out], %r2;",
      ".const .align 4 .u32 table[4] = {10, 20, 30, 40};");
  Words in(32), out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], 2 * (10 + i % 4 * 10) + 20);
}

TEST(LoadStore, AParameterThroughAnAddressAndAWindow) {
  const Words in(32);
  const Words out =
      run("mov.b64 %rd1, in; ld.param.u64 %rd2, [%rd1]; sub.u64 %rd2, %rd2, %in0;"
          "mov.b64 %rd3, out; cvta.param.u64 %rd3, %rd3; ld.u64 %rd4, [%rd3];"
          "sub.u64 %rd4, %rd4, %out0; add.u64 %rd2, %rd2, %rd4;"
          "cvt.u32.u64 %r1, %rd2; st.global.u32 [%out], %r1;",
          in);
  EXPECT_EQ(out, Words(32, 0));
}

// 9.7.9.17 ff., isspacep.
TEST(LoadStore, IsspacepTellsWindowsApart) {
  const std::string test =
      ".shared .align 4 .b8 s[16]; .local .align 4 .b8 l[16];"
      "mov.u64 %rd1, s; cvta.shared.u64 %rd1, %rd1; mov.u64 %rd2, l; cvta.local.u64 %rd2, %rd2;"
      "mov.b64 %rd3, in; cvta.param.u64 %rd3, %rd3; mov.u32 %r1, 0;"
      "isspacep.shared %p1, %rd1; @%p1 or.b32 %r1, %r1, 1;"
      "isspacep.shared %p1, %rd2; @%p1 or.b32 %r1, %r1, 2;"
      "isspacep.local %p1, %rd2; @%p1 or.b32 %r1, %r1, 4;"
      "isspacep.global %p1, %in0; @%p1 or.b32 %r1, %r1, 8;"
      "isspacep.global %p1, %rd1; @%p1 or.b32 %r1, %r1, 16;"
      "isspacep.const %p1, %in0; @%p1 or.b32 %r1, %r1, 32;"
      "isspacep.param %p1, %rd3; @%p1 or.b32 %r1, %r1, 64;"
      "isspacep.local %p1, %in0; @%p1 or.b32 %r1, %r1, 128;"
      "st.global.u32 [%out], %r1;";
  EXPECT_EQ(run(test, Words(32)), Words(32, 1 | 4 | 8 | 64));
}

TEST(LoadStore, HintsAndPoliciesChangeNothing) {
  const Words in = iota(32);
  EXPECT_EQ(run("createpolicy.fractional.L2::evict_last.b64 %rd1, 0.5;"
                "ld.global.nc.L1::no_allocate.L2::cache_hint.L2::128B.u32 %r1, [%in], %rd1;"
                "prefetch.global.L2 [%in]; prefetchu.L1 [%in];"
                "applypriority.global.L2::evict_normal [%in0], 128;"
                "st.global.L1::evict_first.u32 [%out], %r1;",
                in),
            in);
  EXPECT_EQ(run("ldu.global.u32 %r1, [%in]; st.volatile.global.u32 [%out], %r1;", in), in);
  EXPECT_EQ(run("ld.relaxed.gpu.global.u32 %r1, [%in]; st.release.sys.global.u32 [%out], %r1;", in),
            in);
  EXPECT_EQ(run("ld.acquire.cta.u32 %r1, [%in]; st.relaxed.cluster.u32 [%out], %r1;", in), in);
  EXPECT_EQ(run("ld.mmio.relaxed.sys.global.u32 %r1, [%in]; st.global.wt.u32 [%out], %r1;", in),
            in);
}

TEST(LoadStore, ClusterAddressesOfAClusterOfOne) {
  const Words in = iota(32);
  EXPECT_EQ(run(".shared .align 4 .b8 s[128]; mov.u32 %r2, s; shl.b32 %r3, %i, 2;"
                "add.u32 %r2, %r2, %r3; mapa.shared::cluster.u32 %r4, %r2, 0;"
                "ld.global.u32 %r1, [%in]; st.shared::cluster.u32 [%r4], %r1;"
                "ld.shared.u32 %r5, [%r2]; getctarank.shared::cluster.u32 %r6, %r4;"
                "add.u32 %r5, %r5, %r6; st.global.u32 [%out], %r5;",
                in),
            in);
}

// 9.7.15, stack manipulation.
TEST(LoadStore, AllocaGivesEachThreadItsOwnBytes) {
  const Words in = iota(32);
  const Words out =
      run("add.u32 %r1, %i, 4; mul.wide.u32 %rd1, %r1, 4; stacksave.u64 %rd9;"
          "alloca.u64 %rd2, %rd1, 16; and.b64 %rd5, %rd2, 15; alloca.u64 %rd3, 8;"
          "ld.global.u32 %r2, [%in]; st.local.u32 [%rd2], %r2; st.local.u32 [%rd3], %i;"
          "cvta.local.u64 %rd4, %rd2; ld.u32 %r3, [%rd4]; ld.local.u32 %r4, [%rd3];"
          "add.u32 %r3, %r3, %r4; cvt.u32.u64 %r5, %rd5; add.u32 %r3, %r3, %r5;"
          "stackrestore.u64 %rd9; alloca.u64 %rd6, %rd1, 16; setp.ne.u64 %p1, %rd6, %rd2;"
          "@%p1 add.u32 %r3, %r3, 1000; st.global.u32 [%out], %r3;",
          in);
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], in[i] + i);
}

TEST(LoadStore, ParametersOfFunctionsTravelByTheirSizes) {
  const std::string function = R"(
.func (.param .b64 r) mix(.param .align 16 .b8 s[16], .param .b32 k) {
  .reg .b32 %a<4>; .reg .b64 %x; .reg .b16 %y;
  ld.param.v2.b32 {%a0, %a1}, [s];
  ld.param.b16 %y, [s+14];
  ld.param.b32 %a2, [k];
  add.u32 %a0, %a0, %a1;
  add.u32 %a0, %a0, %a2;
  cvt.u32.u16 %a3, %y;
  mov.b64 %x, {%a0, %a3};
  st.param.b64 [r], %x;
  ret;
})";
  TestKernel kernel(
      "ld.global.u32 %r1, [%in]; mov.u16 %h1, 77; { .param .align 16 .b8 p[16]; .param .b32 q;"
      ".param .b64 v; st.param.v2.b32 [p], {%r1, %i}; st.param.b16 [p+14], %h1;"
      "st.param.b32 [q], 5; call (v), mix, (p, q); ld.param.b64 %rd1, [v]; }"
      "mov.b64 {%r2, %r3}, %rd1; add.u32 %r2, %r2, %r3; st.global.u32 [%out], %r2;",
      function);
  const Words in = iota(32);
  Words out(32);
  kernel.run({1, 1, 1}, {32, 1, 1}, in, out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  for (std::uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], in[i] + i + 5 + 77);
}

TEST(LoadStore, DecodersRefuseWhatTheIsaDoesNotHave) {
  const std::pair<const char*, const char*> cases[] = {
      {"ld.relaxed.global.u32 %r1, [%in];", "scope"},
      {"ld.global.gpu.u32 %r1, [%in];", "scope"},
      {"ld.release.gpu.global.u32 %r1, [%in];", "release"},
      {"st.acquire.gpu.global.u32 [%out], %r1;", "acquire"},
      {"st.const.u32 [%out], %r1;", "const"},
      {"ld.global.v4.u32 {%r1, %r2}, [%in];", "registers"},
      {"ld.global.u64 %r1, [%in];", "%r1"},
      {"st.param.u64 [in], %rd1;", "read-only"},
      {"ld.param.u64 %rd1, [in+12];", "parameters"},
      {"ld.param.u64 %rd1, [in+-8];", "parameters"},
      {"ld.shared.v4.b64 {%rd1, %rd2, %rd3, %rd4}, [%rd5];", "too many"},
      {"ld.global.v8.b64 {%rd1, %rd2, %rd3, %rd4, %rd5, %rd6, %rd7, %rd8}, [%in];", "too many"},
      {"ld.global.L3::64B.u32 %r1, [%in];", "L3::64B"},
      {"alloca.u64 %rd1, %rd2, 3;", "power of two"},
      {"cvta.u64 %rd1, %rd2;", "space"},
      {"discard.global.L2 [%in], 64;", "128"},
  };
  for (const auto& [body, named] : cases) {
    const std::string error = decode_error(body);
    EXPECT_NE(error.find(named), std::string::npos) << body << " -> " << error;
  }
}

}  // namespace
}  // namespace assay::emulator
