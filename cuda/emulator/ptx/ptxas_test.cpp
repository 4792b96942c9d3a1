// SPDX-License-Identifier: Apache-2.0
// The parser takes the PTX that ptxas takes, and refuses what it refuses. Outside oracle: ptxas of
// the CUDA toolkit; without it the tests skip.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/wait.h>

#include "cuda/emulator/ptx/parse_test.hpp"

namespace assay::ptx {
namespace {

bool ptxas_takes(const std::string& text) {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string path = (folder / fmt::format("assay_ptxas_{}.ptx", ::getpid())).string();
  std::ofstream(path) << text;
  const int status = std::system(fmt::format("{} -arch=sm_110a --compile-only {} -o /dev/null "
                                             ">/dev/null 2>&1",
                                             ASSAY_PTXAS, path)
                                     .c_str());
  std::filesystem::remove(path);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class Ptxas : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    if (std::string_view(ASSAY_PTXAS).ends_with("NOTFOUND")) GTEST_SKIP() << "there is no ptxas";
  }
};

class TakenByPtxas : public Ptxas {};
class RefusedByPtxas : public Ptxas {};

TEST_P(TakenByPtxas, IsParsed) {
  const std::string text = module_text(GetParam());
  ASSERT_TRUE(ptxas_takes(text)) << text;
  EXPECT_EQ(problem(text), "") << text;
}

TEST_P(RefusedByPtxas, IsRefused) {
  const std::string text = module_text(GetParam());
  ASSERT_FALSE(ptxas_takes(text)) << text;
  EXPECT_NE(problem(text), "") << text;
}

constexpr std::string_view kTaken[] = {
    ".global .u32 a[2][2] = {{1},{3,4}};",
    ".global .u32 a[] = {1,2,3};",
    ".global .v4 .f32 a = {1.0,2.0,3.0,4.0};",
    ".global .v2 .f32 a[2] = {{1.0,2.0},{3.0,4.0}};",
    ".global .f32 a[2] = {.05, 1e5};",
    ".global .b32 a = 0f3f800000; .global .b64 b = 0d3ff0000000000000;",
    ".global .u32 x; .global .u8 a[2] = {0xFF(generic(x)+4), 0xFF00(x+8)};",
    ".global .u32 x; .global .u64 a[2] = {0xFF(x), 0xFF00000000000000(x)};",
    ".global .u32 x[4]; .global .u64 a[2] = {x+4*2, generic(x)+(4+4)};",
    ".global .u8 a[3] = {256, -1, 1000};",
    ".global .u32 a = (1<<4)|3 ? 5 : (.s64)-6;",
    ".global .u32 a[3]= {017, 0b11, 0x1fU};",
    ".common .global .u32 x; .common .global .align 4 .b8 y[4];",
    ".weak .global .u32 x = 3; .visible .const .u32 y = 4;",
    ".extern .shared .align 16 .b8 s[]; .shared .u32 t; .entry k() { ret; }",
    ".entry k() { .reg .b32 %r<4>; mov .u32 %r1, 1; ret; }",
    ".entry k() { .reg .b32 %r<20>; mov.b32 %r02, 0; ret; }",
    ".entry k() { .reg .pred p; mov.pred p, 1; ret; }",
    ".entry k() { .reg .pred p, q; .reg .b32 a; mov.b32 a, 0; setp.eq.s32 p, a, 1;\n"
    "setp.eq.and.s32 p|q, a, 1, !p; setp.eq.s32 p|_, a, 1; @ ! p ret; ret; }",
    ".global .u32 a[4]; .entry k() { .reg .b32 %r<4>; ld.global.u32 %r1, a[2]; ret; }",
    ".global .u32 a[4]; .entry k() { .reg .b64 %r<4>; mov.u64 %r1, a[2]; ret; }",
    ".entry k() { L: { bra L; } ret; }",
    ".entry k() { { L: bra L; } { L: bra L; } ret; }",
    ".entry k() { {{{{ ret; }}}} }",
    ".entry k() { .reg .b32 a; mov.b32 a, 0; ts: .branchtargets L1, L2; brx.idx a, ts; L1: ret; "
    "L2: "
    "ret; }",
    ".entry k() { .reg .v4 .f32 b; .reg .b64 a; mov.b64 a, 0; ld.global.v4.f32 b, [a]; mov.f32 "
    "b.x, "
    "b.y; ret; }",
    ".entry k() { .reg .v4 .b32 r<4>; mov.b32 r1.x, 0; ret; }",
    ".entry k() { .reg .v4 .b32 a; mov.b32 a.a, 0; mov.b32 a.r, a.a; ret;}",
    ".entry k() { .reg .v4 .b32 a; .reg .b32 b; mov.v4.u32 a, %tid; mov.u32 b, %envreg3;\n"
    "mov.u32 b, WARP_SZ; mov.b32 b, %pm3; ret;}",
    ".entry k() { .reg .f32 a; mov.f32 a, -1.5; mov.f32 a, 1.0+2.0; ret;}",
    ".entry k() { .shared .u64 bar; .reg .b32 a; .reg .b64 b; mov.u32 a, bar; mov.u64 b, bar+8; "
    "ret; }",
    ".func (.reg .b32 r) f(.reg .b32 a) { mov.b32 r, a; ret; }",
    ".func f(.param .b32 a, .param .align 4 .b8 v[]) { ret; }",
    ".entry k(.param .b32 a); .entry k(.param .b32 a) { ret; }",
    ".func g(); .func f() { ret; } .alias g, f; .entry k() { call g; ret; }",
    ".entry k() { .reg .b64 f; .reg .b32 x,y; mov.b64 f, 0; mov.b32 y, 0;\n"
    "P: .callprototype (.reg .b32 _) _ (.reg .b32 _) ; call (x), f, (y), P; ret; }",
    ".func f() .noreturn { exit; } .entry k() { call.uni f; ret; }",
    ".func f() .abi_preserve 4 .abi_preserve_control 2 { ret; }",
    ".entry k() .reqntid 1,2,3 .maxnreg 32 .minnctapersm 1 { ret; }",
    ".entry k() .reqnctapercluster 2 .explicitcluster { ret; }",
    ".entry k() .maxclusterrank 4 .pragma \"nounroll\"; { ret; }",
    ".entry k() .reqnctapercluster 2 .reqntid 32 .blocksareclusters { ret; }",
    ".entry k(.param .u64 .ptr .global .align 16 p, .param .u64 .ptr .align 1 q) { ret; }",
    ".entry k() { .reg .b64 %r<4>;.reg .b32 a; mov.b64 %r1, 0; ld.global.u32 a, [%r1+2*4];\n"
    "ld.global.u32 a, [%r1+-4]; ret; }",
    ".entry k() { .loc 1 2 3\n ret; }\n.file 1 \"a.cu\", 123, 456",
};

constexpr std::string_view kRefused[] = {
    ".global .u32 a[2][2] = {1,2,3,4};",
    ".global .u32 a = {1};",
    ".global .u32 a[2] = {1,2,3};",
    ".global .v2 .f32 a[2] = {1.0,2.0,3.0,4.0};",
    ".global .f32 a = 1;",
    ".global .u32 a = 1.5;",
    ".global .u32 x; .global .u16 a[1] = {0xFFFF(x)};",
    ".global .u64 a = x; .global .u32 x;",
    ".global .u32 b = 09;",
    ".global .u32 a= 5u;",
    ".global .align 3 .u32 a;",
    ".shared .b32 a = 3;",
    ".local .b32 a[4];",
    ".const[2] .u32 x;",
    ".visible .weak .func f() { ret; }",
    ".entry k() { .reg .b32 a = 3; ret; }",
    ".entry k() { .reg .b32 %r<4>; .reg .b32 %r<6>; ret; }",
    ".entry k() { .reg .b32 %r<4>; .reg .b32 %r2; ret; }",
    ".entry k() { .reg .b32 a1<20>; mov.b32 a12, 0; ret; }",
    ".entry k() { .reg .b32 %r<4>; @%p1 mov.u32 %r1, 1; ret; }",
    ".entry k() { .reg .pred p; @p { ret; } }",
    ".entry k() { bra L; { L: ret; } }",
    ".entry k() { .reg .b32 L; bra L; L: ret; }",
    ".entry k() { .reg .b32 a; brx.idx a, ts; ts: .branchtargets L1;  L1: ret; }",
    ".entry k() { ; ret; }",
    ".entry k() { call f; ret; } .func f() { ret; }",
    ".entry k() { .reg .v8 .b32 a; ret; }",
    ".entry k() { .reg .f32 a; mov.f32 a, -0f3f800000; ret;}",
    ".extern .func f(.param .b32 a); .func f(.param .b64 a) { ret; }",
    ".func f() { ret; } .alias g, f;",
    ".entry k() { .loc 1 2 3\n ret; }\n.file 1 \"x\" 12",
    ".section .debug_x { .b8 1, 2 ",
};

INSTANTIATE_TEST_SUITE_P(Text, TakenByPtxas, ::testing::ValuesIn(kTaken));
INSTANTIATE_TEST_SUITE_P(Text, RefusedByPtxas, ::testing::ValuesIn(kRefused));

}  // namespace
}  // namespace assay::ptx
