// SPDX-License-Identifier: Apache-2.0
// Calibration: PTX of known meaning through ptxas, and the names that its machine code then has.
// Skipped where ptxas is not installed.
#include "cuda/audit/sass_opcodes.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/test_ptxas.hpp"

namespace assay::audit {
namespace {

struct Probe {
  const char* target;
  const char* body;
  const char* name;
  int count = 1;
};

#define TO_U32(REGISTER) " st.global.u32 [d0+128]," REGISTER ";"
#define TO_F32(REGISTER) " st.global.f32 [d0+128]," REGISTER ";"
#define TO_U64(REGISTER) " st.global.u64 [d0+128]," REGISTER ";"

const std::vector<Probe> kProbes{
    {"sm_110a", "mul.rn.f32 f9,f0,f1;" TO_F32("f9"), "FMUL"},
    {"sm_110a", "mul.rn.f32 f9,f0,0f40490FDB;" TO_F32("f9"), "FMUL"},
    {"sm_110a", "add.rn.f32 f9,f0,f1;" TO_F32("f9"), "FADD"},
    {"sm_110a", "fma.rn.f32 f9,f0,f1,f2;" TO_F32("f9"), "FFMA"},
    {"sm_110a", "fma.rn.f32 f9,f0,0f40490FDB,f2;" TO_F32("f9"), "FFMA"},
    {"sm_110a", "fma.rn.f32 f9,f0,f1,0f40490FDB;" TO_F32("f9"), "FFMA"},
    {"sm_100a", "fma.rn.f32x2 d9,d1,d2,d3;" TO_U64("d9"), "FFMA2"},
    {"sm_103a", "mul.rn.f32x2 d9,d1,d2;" TO_U64("d9"), "FMUL2"},
    {"sm_100a", "add.rn.f32x2 d9,d1,d2;" TO_U64("d9"), "FADD2"},
    {"sm_110a", "fma.rn.f32x2 d9,d1,d2,d3;" TO_U64("d9"), "FFMA", 2},
    {"sm_110a", "max.f32 f9,f0,f1;" TO_F32("f9"), "FMNMX"},
    {"sm_110a", "max.f32 f9,f0,f1,f2;" TO_F32("f9"), "FMNMX3"},
    {"sm_110a", "ex2.approx.f32 f9,f0;" TO_F32("f9"), "MUFU"},
    {"sm_110a", "tanh.approx.f32 f9,f0;" TO_F32("f9"), "MUFU"},
    {"sm_110a", "add.rn.f64 g9,g1,g2; st.global.f64 [d0+128],g9;", "DADD"},
    {"sm_110a", "mul.rn.f64 g9,g1,g2; st.global.f64 [d0+128],g9;", "DMUL"},
    {"sm_110a", "fma.rn.f64 g9,g1,g2,g1; st.global.f64 [d0+128],g9;", "DFMA"},
    {"sm_110a", "add.rn.f16 h9,h0,h1; st.global.u16 [d0+128],h9;", "HADD2"},
    {"sm_110a", "mul.rn.f16 h9,h0,h1; st.global.u16 [d0+128],h9;", "HMUL2"},
    {"sm_110a", "fma.rn.f16x2 r9,r0,r1,r2;" TO_U32("r9"), "HFMA2"},
    {"sm_110a", "max.f16x2 r9,r0,r1;" TO_U32("r9"), "HMNMX2"},
    {"sm_110a", "cvt.rn.f16x2.f32 r9,f0,f1;" TO_U32("r9"), "F2FP"},
    {"sm_110a", "cvt.rn.f16x2.e4m3x2 r9,h0;" TO_U32("r9"), "F2FP"},
    {"sm_110a", "cvt.rni.s32.f32 r9,f0;" TO_U32("r9"), "F2I"},
    {"sm_110a", "cvt.rn.f32.s32 f9,r0;" TO_F32("f9"), "I2FP"},
    {"sm_110a", "cvt.rn.f32.s64 f9,d1;" TO_F32("f9"), "I2F"},
    {"sm_110a", "cvt.rn.f32.f64 f9,g1;" TO_F32("f9"), "F2F"},
    {"sm_110a", "cvt.rni.f32.f32 f9,f0;" TO_F32("f9"), "FRND"},
    {"sm_110a", "mul.lo.s32 r9,r0,r1;" TO_U32("r9"), "IMAD"},
    {"sm_110a", "mul.wide.s32 d9,r0,r1;" TO_U64("d9"), "IMAD.WIDE"},
    {"sm_110a", "mul.hi.s32 r9,r0,r1;" TO_U32("r9"), "IMAD.HI"},
    {"sm_110a", "lop3.b32 r9,r0,r1,r2,0x96;" TO_U32("r9"), "LOP3"},
    {"sm_110a", "prmt.b32 r9,r0,r1,r2;" TO_U32("r9"), "PRMT"},
    {"sm_110a", "shf.l.wrap.b32 r9,r0,r1,r2;" TO_U32("r9"), "SHF"},
    {"sm_110a", "popc.b32 r9,r0;" TO_U32("r9"), "POPC"},
    {"sm_110a", "brev.b32 r9,r0;" TO_U32("r9"), "BREV"},
    {"sm_110a", "bfind.u32 r9,r0;" TO_U32("r9"), "FLO"},
    {"sm_110a", "dp4a.s32.s32 r9,r0,r1,r2;" TO_U32("r9"), "IDP"},
    {"sm_110a", "min.s32 r9,r0,r1;" TO_U32("r9"), "IMNMX"},
    {"sm_100a", "min.s32 r9,r0,r1;" TO_U32("r9"), "VIMNMX"},
    {"sm_110a", "cvt.pack.sat.s8.s32.b32 r9,r0,r1,r2;" TO_U32("r9"), "I2IP"},
    {"sm_110a", "mov.u32 r9,%clock;" TO_U32("r9"), "CS2R"},
    {"sm_110a", "ld.shared.u32 r9,[r0];" TO_U32("r9"), "LDS"},
    {"sm_110a", "st.shared.u32 [r0],r1;", "STS"},
    {"sm_110a", "ld.u32 r9,[d1];" TO_U32("r9"), "LD"},
    {"sm_110a", "st.u32 [d1],r1;", "ST"},
    {"sm_110a", "st.global.u32 [d1],r1;", "STG"},
    {"sm_110a", "st.global.v8.b32 [d0],{r0,r1,r2,r3,r4,r5,r6,r7};", "STG"},
    {"sm_110a", ".local .b32 a[32]; mov.u32 r9,a; add.u32 r9,r9,r0; st.local.u32 [r9],r1;", "STL"},
    {"sm_110a",
     ".local .b32 a[32]; mov.u32 r9,a; add.u32 r9,r9,r0; ld.local.u32 r8,[r9];" TO_U32("r8"),
     "LDL"},
    {"sm_110a", "atom.global.add.f32 f9,[d1],f0;" TO_F32("f9"), "ATOMG"},
    {"sm_110a", "atom.global.cas.b32 r9,[d1],r0,r1;" TO_U32("r9"), "ATOMG"},
    {"sm_110a", "atom.shared.exch.b32 r9,[r0],r1;" TO_U32("r9"), "ATOMS"},
    {"sm_110a", "red.global.add.f32 [d1],f0;", "REDG"},
    {"sm_110a", "mov.u32 r8,%tid.x; shfl.sync.idx.b32 r9,r8,r1,31,-1;" TO_U32("r9"), "SHFL"},
    {"sm_110a", "vote.sync.ballot.b32 r9,p0,-1;" TO_U32("r9"), "VOTE"},
    {"sm_110a", "match.any.sync.b32 r9,r0,-1;" TO_U32("r9"), "MATCH"},
    {"sm_110a", "redux.sync.add.s32 r9,r0,-1;" TO_U32("r9"), "REDUX"},
    {"sm_100a", "redux.sync.max.f32 f9,f0,-1;" TO_F32("f9"), "CREDUX"},
    {"sm_110a", "elect.sync _|p1,-1; @p1 st.global.u32 [d0+128],r0;", "ELECT"},
    {"sm_110a", "bar.sync 0;", "BAR"},
    {"sm_110a", "fence.sc.gpu;", "MEMBAR"},
    {"sm_110a", "cp.async.ca.shared.global [r0],[d1],16;", "LDGSTS"},
    {"sm_110a", "cp.async.mbarrier.arrive.noinc.shared.b64 [r0];", "ARRIVES"},
    {"sm_110a", "mbarrier.arrive.shared.b64 d9,[r0];" TO_U64("d9"), "SYNCS"},
    {"sm_110a", "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {r8,r9,r10,r11},[r0];" TO_U32("r9"),
     "LDSM"},
    {"sm_110a", "stmatrix.sync.aligned.m8n8.x4.shared.b16 [r0],{r1,r2,r3,r4};", "STSM"},
    {"sm_110a", "movmatrix.sync.aligned.m8n8.trans.b16 r9,r0;" TO_U32("r9"), "MOVM"},
    {"sm_110a",
     "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
     "{f8,f9,f10,f11},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};" TO_F32("f9"),
     "HMMA"},
    {"sm_110a",
     "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 "
     "{f8,f9,f10,f11},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};" TO_F32("f9"),
     "HMMA", 2},
    {"sm_120a",
     "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 "
     "{f8,f9,f10,f11},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};" TO_F32("f9"),
     "QMMA"},
    {"sm_110a",
     "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
     "{r8,r9,r10,r11},{r0,r1,r2,r3},{r4,r5},{r0,r1,r2,r3};" TO_U32("r9"),
     "IMMA"},
    {"sm_110a",
     "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {g8,g9},{g1},{g2},{g1,g2};"
     " st.global.f64 [d0+128],g8;",
     "DMMA"},
    {"sm_110a", "tcgen05.mma.cta_group::1.kind::f16 [r1],d1,d2,r2,p0;", "UTCMMA"},
    {"sm_110a", "tcgen05.ld.sync.aligned.32x32b.x1.b32 {r9},[r1];" TO_U32("r9"), "LDTM"},
    {"sm_110a", "tcgen05.st.sync.aligned.32x32b.x1.b32 [r1],{r2};", "STTM"},
    {"sm_110a", "tcgen05.cp.cta_group::1.128x256b [r1],d1;", "UTCCP"},
    {"sm_110a", "tcgen05.commit.cta_group::1.mbarrier::arrive::one.b64 [d1];", "UTCBAR"},
    {"sm_110a",
     "cp.async.bulk.tensor.2d.shared::cta.global.mbarrier::complete_tx::bytes "
     "[r1],[d1,{r2,r3}],[r4];",
     "UTMALDG"},
    {"sm_110a", "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [d1,{r2,r3}],[r4];",
     "UTMASTG"},
    {"sm_110a", "cp.async.bulk.global.shared::cta.bulk_group [d1],[r1],r2;", "UBLKCP"},
    {"sm_110a", "isspacep.shared p1,d1; @p1 st.global.u32 [d0+128],r0;", "QSPC"},
    {"sm_110a", "griddepcontrol.wait;", "ACQBULK"},
    {"sm_110a", "griddepcontrol.launch_dependents;", "PREEXIT"},
    {"sm_110a", "nanosleep.u32 100;", "NANOSLEEP"},
    {"sm_110a", "trap;", "BPT"},
};

KernelSass compile(const char* target, const std::string& body) {
  const auto cubin = assemble(target, probe_module(target, kProbeInputs + body));
  EXPECT_TRUE(cubin) << body;
  if (!cubin) return {};
  const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
  EXPECT_TRUE(histogram) << histogram.error().message;
  return histogram ? histogram->kernels.at(0) : KernelSass{};
}

// The probe's name occurs as often as it should beyond what loading its inputs takes, and nothing
// in the kernel is without a name.
TEST(SassOpcodes, AreCalibratedWithPtxas) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  for (const Probe& probe : kProbes) {
    const KernelSass kernel = compile(probe.target, probe.body);
    EXPECT_EQ(kernel.count(probe.name), probe.count) << probe.target << ": " << probe.body;
    for (const auto& [name, count] : kernel.counts)
      EXPECT_FALSE(name.starts_with("0x")) << name << " in " << probe.body;
  }
}

TEST(SassOpcodes, RegistersAndStackAreRead) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  const KernelSass kernel = compile(
      "sm_110a", ".local .b32 a[32]; mov.u32 r9,a; add.u32 r9,r9,r0; st.local.u32 [r9],r1;");
  EXPECT_EQ(kernel.stack_bytes, 128U);
  ASSERT_TRUE(kernel.registers);
  EXPECT_GE(*kernel.registers, 3U);
  EXPECT_LE(*kernel.registers, 32U);
  EXPECT_EQ(kernel.local_accesses(), 1U);
}

}  // namespace
}  // namespace assay::audit
