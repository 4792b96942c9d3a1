// SPDX-License-Identifier: Apache-2.0
// Oracles: PTX ISA 9.0 on mul and add without rounding modifiers; and ptxas: what it fuses must be
// found. (What it could fuse and does not is found, too.)
#include "cuda/audit/contraction.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/test_ptxas.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

struct Case {
  std::string body;
  int pairs = 0;
};

#define F32(LINE) LINE " st.global.f32 [d0+128],f9;"
#define U32(LINE) LINE " st.global.u32 [d0+128],r9;"
#define U16(LINE) LINE " st.global.u16 [d0+128],h9;"
#define F64(LINE) LINE " st.global.f64 [d0+128],g9;"
#define U64(LINE) LINE " st.global.u64 [d0+128],d9;"

const std::vector<Case> kCases{
    {F32("mul.f32 f8,f0,f1; add.f32 f9,f8,f2;"), 1},
    {F32("mul.f32 f8,f0,f1; sub.f32 f9,f2,f8;"), 1},
    {F32("mul.rn.f32 f8,f0,f1; add.f32 f9,f8,f2;"), 0},
    {F32("mul.f32 f8,f0,f1; add.rn.f32 f9,f8,f2;"), 0},
    {F32("mul.rn.f32 f8,f0,f1; add.rn.f32 f9,f8,f2;"), 0},
    {F32("mul.rz.f32 f8,f0,f1; add.rz.f32 f9,f8,f2;"), 0},
    {F32("mul.ftz.f32 f8,f0,f1; add.ftz.f32 f9,f8,f2;"), 1},
    {F32("mul.ftz.f32 f8,f0,f1; add.f32 f9,f8,f2;"), 0},
    {F32("mul.sat.f32 f8,f0,f1; add.f32 f9,f8,f2;"), 0},
    {F32("mul.f32 f8,f0,f1; add.sat.f32 f9,f8,f2;"), 1},
    {F32("mul.f32 f8,f0,f1; mov.f32 f7,f8; add.f32 f9,f7,f2;"), 1},
    {F32("mul.f32 f8,f0,f1; neg.f32 f7,f8; add.f32 f9,f7,f2;"), 1},
    {F32("mul.f32 f8,f0,f1; abs.f32 f7,f8; add.f32 f9,f7,f2;"), 0},
    {F32("mul.f32 r8,f0,f1; mov.b32 r9,r8; add.f32 f9,r9,f2;"), 1},
    {F32("mul.f32 f8,f0,f1; mov.b64 d9,{f8,f2}; mov.b64 {f6,f7},d9; add.f32 f9,f6,f7;"), 1},
    {F32("mul.f32 f8,f0,f1; mov.f32 f8,f3; add.f32 f9,f8,f2;"), 0},
    {F32("mov.f32 f8,f3; @p0 mul.f32 f8,f0,f1; add.f32 f9,f8,f2;"), 1},
    {F32("mul.f32 f8,f0,f1; mov.f32 f9,f2; @p0 add.f32 f9,f8,f2;"), 1},
    {F32("mul.f32 f8,f0,f1; @p0 bra L; mul.f32 f8,f2,f1; L: add.f32 f9,f8,f2;"), 2},
    {U32("mul.f16x2 r8,r0,r1; add.f16x2 r9,r8,r2;"), 1},
    {U32("mul.rn.f16x2 r8,r0,r1; add.rn.f16x2 r9,r8,r2;"), 0},
    {U32("mul.bf16x2 r8,r0,r1; sub.bf16x2 r9,r8,r2;"), 1},
    {U32("mul.bf16x2 r8,r0,r1; add.rn.bf16x2 r9,r8,r2;"), 0},
    {U16("mul.f16 h8,h0,h1; add.f16 h9,h8,h2;"), 1},
    {U16("mul.bf16 h8,h0,h1; add.bf16 h9,h8,h2;"), 1},
    {U16("mul.rn.bf16 h8,h0,h1; add.bf16 h9,h8,h2;"), 0},
    {F64("mul.f64 g8,g1,g2; add.f64 g9,g8,g1;"), 1},
    {F64("mul.rn.f64 g8,g1,g2; add.rn.f64 g9,g8,g1;"), 0},
    {U64("mul.f32x2 d8,d1,d2; add.f32x2 d9,d8,d3;"), 1},
    {U64("mul.rn.f32x2 d8,d1,d2; add.rn.f32x2 d9,d8,d3;"), 1},
    {U64("mul.rn.f32x2 d8,d1,d2; sub.rn.f32x2 d9,d8,d3;"), 1},
    {U64("mul.rz.f32x2 d8,d1,d2; add.rz.f32x2 d9,d8,d3;"), 1},
    {U64("mul.rn.f32x2 d8,d1,d2; add.rz.f32x2 d9,d8,d3;"), 0},
    {U64("mul.rn.ftz.f32x2 d8,d1,d2; add.rn.f32x2 d9,d8,d3;"), 0},
    {F32("mul.rn.f32x2 d8,d1,d2; mov.b64 {f6,f7},d8; add.f32 f8,f6,f2; add.rn.f32 f9,f8,f7;"), 1},
    {U64("mov.b64 {f6,f7},d1; mul.f32 f6,f6,f2; mul.f32 f7,f7,f2; mov.b64 d8,{f6,f7};"
         " add.rn.f32x2 d9,d8,d3;"),
     2},
    {U64("mov.b64 {f6,f7},d1; mul.rn.f32 f6,f6,f2; mul.rn.f32 f7,f7,f2; mov.b64 d8,{f6,f7};"
         " add.rn.f32x2 d9,d8,d3;"),
     0},
};

std::uint64_t floating_operations(const KernelSass& kernel) {
  std::uint64_t count = 0;
  for (const char* name : {"FADD", "FMUL", "DADD", "DMUL", "HADD2", "HMUL2", "FADD2", "FMUL2"})
    count += kernel.count(name);
  return count;
}

TEST(Contraction, FindsTheProductsThatReachAnAddition) {
  for (const Case& a_case : kCases) {
    const auto module = ptx::parse(probe_module("sm_110a", kProbeInputs + a_case.body), "probe");
    ASSERT_TRUE(module) << module.error().message;
    EXPECT_EQ(contractible_pairs(module->functions.at(0)).size(), a_case.pairs) << a_case.body;
  }
}

TEST(Contraction, NamesBothSides) {
  const auto module = ptx::parse(
      probe_module("sm_110a", "mul.f32 f8,f0,f1;\nmul.f32 f7,f2,f3;\nsub.f32 f9,f8,f7;"), "probe");
  ASSERT_TRUE(module) << module.error().message;
  const auto pairs = contractible_pairs(module->functions.at(0));
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].multiply->line + 2, pairs[0].add->line);
  EXPECT_EQ(pairs[1].multiply->line + 1, pairs[1].add->line);
  EXPECT_EQ(pairs[0].add->opcode, "sub");
}

// An fma in the machine code of a probe that has none must have been found. HFMA2 also does
// additions and multiplications alone: for f16 the number of operations decides.
TEST(Contraction, PtxasFusesNothingThatIsNotFound) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  for (const Case& a_case : kCases) {
    for (const char* target : {"sm_90a", "sm_100a", "sm_103a", "sm_110a", "sm_120a"}) {
      const auto cubin = assemble(target, probe_module(target, kProbeInputs + a_case.body));
      if (!cubin) continue;  // f32x2 before sm_100
      const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
      ASSERT_TRUE(histogram);
      const KernelSass& kernel = histogram->kernels.at(0);
      const std::uint64_t half = kernel.count("HFMA2") + kernel.count("HFMA2.MMA");
      const bool fused = kernel.count("FFMA") + kernel.count("FFMA2") + kernel.count("DFMA") > 0 ||
                         (half > 0 && half + floating_operations(kernel) < 2);
      if (fused) {
        EXPECT_GT(a_case.pairs, 0) << target << ": " << a_case.body;
      }
    }
  }
}

// The reason for the rule on f32x2: neither modifiers nor -fmad=false keep two roundings.
TEST(Contraction, PtxasFusesPackedF32DespiteModifiersAndOptions) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  const std::string body = U64("mul.rn.f32x2 d8,d1,d2; add.rn.f32x2 d9,d8,d3;");
  for (const auto& [target, opcode, count] :
       {std::tuple{"sm_100a", "FFMA2", 1}, {"sm_103a", "FFMA2", 1}, {"sm_110a", "FFMA", 2}}) {
    const auto cubin = assemble(target, probe_module(target, kProbeInputs + body), " -fmad=false");
    ASSERT_TRUE(cubin);
    const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
    ASSERT_TRUE(histogram);
    EXPECT_EQ(histogram->kernels.at(0).count(opcode), count) << target;
  }
}

}  // namespace
}  // namespace assay::audit
