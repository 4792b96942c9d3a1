// SPDX-License-Identifier: Apache-2.0
// The rows of the target table.
#include <array>

#include "cuda/audit/target_table.hpp"

namespace assay::audit {
namespace {

constexpr std::string_view kSpecific =
    "100a 100f 103a 103f 110a 110f 120a 120f 121a 121f";  // architecture- or family-specific
constexpr std::string_view kTensorMemory = "100a 100f 103a 103f 110a 110f";
constexpr std::string_view kTensorMemoryArchitecture = "100a 103a 110a";  // not of the family
constexpr std::string_view kStochastic = "100a 103a";
constexpr std::string_view kConsumer = "120a 120f 121a 121f";

constexpr auto kForms = std::to_array<FormRow>({
    // Conversions.
    {"cvt e4m3x2", "89+", "cvt.rn.satfinite.e4m3x2.f32 h0,f0,f1;"},
    {"cvt e5m2x2", "89+", "cvt.rn.f16x2.e5m2x2 r0,h0;"},
    {"cvt e2m1x2", kSpecific, "cvt.rn.satfinite.e2m1x2.f32 c0,f0,f1;"},
    {"cvt e2m3x2", kSpecific, "cvt.rn.satfinite.e2m3x2.f32 h0,f0,f1;"},
    {"cvt e3m2x2", kSpecific, "cvt.rn.f16x2.e3m2x2 r0,h0;"},
    {"cvt ue8m0x2", kSpecific, "cvt.rz.satfinite.ue8m0x2.f32 h0,f0,f1;"},
    {"cvt rs", kStochastic, "cvt.rs.satfinite.e2m1x4.f32 h0,{f0,f1,f2,f3},r0;"},
    {"cvt tf32", "80+", "cvt.rna.tf32.f32 r0,f0;"},
    {"cvt rn tf32", "90+", "cvt.rn.tf32.f32 r0,f0;"},
    {"cvt rn satfinite tf32", "100+", "cvt.rn.satfinite.tf32.f32 r0,f0;"},
    {"cvt bf16", "80+", "cvt.rn.bf16.f32 h0,f0;"},
    {"cvt bf16x2", "80+", "cvt.rn.bf16x2.f32 r0,f0,f1;"},
    {"cvt f16x2 f32", "80+", "cvt.rn.f16x2.f32 r0,f0,f1;"},
    {"cvt bf16 s32", "90+", "cvt.rn.bf16.s32 h0,r0;"},
    // Arithmetic.
    {"add f32x2", "100+", "add.rn.f32x2 d0,d1,d2;"},
    {"sub f32x2", "100+", "sub.rn.f32x2 d0,d1,d2;"},
    {"mul f32x2", "100+", "mul.rn.f32x2 d0,d1,d2;"},
    {"fma f32x2", "100+", "fma.rn.f32x2 d0,d1,d2,d3;"},
    {"add f32 f16", "100+", "add.f32.f16 f0,h0,f1;"},
    {"sub f32 bf16", "100+", "sub.f32.bf16 f0,h0,f1;"},
    {"fma f32 bf16", "100+", "fma.rn.f32.bf16 f0,h0,h1,f1;"},
    {"max f32", "100+", "max.f32 f0,f1,f2,f3;", 4},
    {"min f32", "100+", "min.f32 f0,f1,f2,f3;", 4},
    {"max NaN", "80+", "max.NaN.f32 f0,f1,f2;"},
    {"min xorsign", "86+", "min.xorsign.abs.f32 f0,f1,f2;"},
    {"add u16x2", "90+", "add.u16x2 r0,r1,r2;"},
    {"max relu", "90+", "max.s16x2.relu r0,r1,r2;"},
    {"add bf16", "90+", "add.bf16 h0,h1,h2;"},
    {"mul bf16x2", "90+", "mul.bf16x2 r0,r1,r2;"},
    {"fma bf16", "80+", "fma.rn.bf16 h0,h1,h2,h3;"},
    {"fma oob", "90+", "fma.rn.oob.f16 h0,h1,h2,h3;"},
    {"tanh bf16", "90+", "tanh.approx.bf16 h0,h1;"},
    {"ex2 bf16", "90+", "ex2.approx.ftz.bf16 h0,h1;"},
    // Memory and atomics.
    {"ld v8", "100+", "ld.global.v8.b32 {r0,r1,r2,r3,r4,r5,r6,r7},[d0];"},
    {"st v8", "100+", "st.global.v8.f32 [d0],{f0,f1,f2,f3,f4,f5,f6,f7};"},
    {"ld global v4 b64", "100+", "ld.global.v4.b64 {d1,d2,d3,d4},[d0];"},
    {"st global v4 u64", "100+", "st.global.v4.u64 [d0],{d1,d2,d3,d4};"},
    {"* shared::cluster", "90+", "ld.shared::cluster.u32 r0,[r1];"},
    {"* cluster", "90+", "fence.acq_rel.cluster;"},
    {"* L2::cache_hint", "80+", "ld.global.L2::cache_hint.u32 r0,[d0],d1;"},
    {"* L2::256B", "80+", "ld.global.L2::256B.u32 r0,[d0];"},
    {"atom bf16x2", "90+", "atom.global.add.noftz.bf16x2 r0,[d0],r1;"},
    {"atom v4", "90+", "atom.global.add.v4.f32 {f0,f1,f2,f3},[d0],{f4,f5,f6,f7};"},
    {"red v2", "90+", "red.global.add.v2.f32 [d0],{f4,f5};"},
    {"atom b128", "90+", "atom.global.cas.b128 q0,[d0],q1,q2;"},
    {"multimem", "90+", "multimem.ld_reduce.relaxed.sys.global.add.u32 r0,[d0];"},
    // Warps.
    {"redux", "80+", "redux.sync.add.s32 r0,r1,-1;"},
    {"redux f32", "100a 100f 103a 103f", "redux.sync.max.f32 f0,f1,-1;"},
    {"elect", "90+", "elect.sync _|p0,-1;"},
    {"setmaxnreg", "90a 100a 100f 103a 103f 110a 110f 120a 120f 121a 121f",
     "setmaxnreg.inc.sync.aligned.u32 128;"},
    // Matrices.
    {"mma m16n8k16", "80+",
     "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
     "{f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};"},
    {"mma bf16", "80+",
     "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 "
     "{f0,f1,f2,f3},{r0,r1},{r4},{f0,f1,f2,f3};"},
    {"mma tf32", "80+",
     "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
     "{f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};"},
    {"mma m8n8k4 f64", "80+",
     "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {g0,g1},{g2},{g3},{g0,g1};"},
    {"mma m16n8k8 f64", "90+",
     "mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64 "
     "{g0,g1,g2,g3},{g4,g5,g6,g7},{g8,g9},{g0,g1,g2,g3};"},
    {"mma e4m3", "89+",
     "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 "
     "{f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};"},
    {"mma e5m2", "89+",
     "mma.sync.aligned.m16n8k16.row.col.f32.e5m2.e5m2.f32 "
     "{f0,f1,f2,f3},{r0,r1},{r4},{f0,f1,f2,f3};"},
    {"mma kind::f8f6f4", kConsumer,
     "mma.sync.aligned.m16n8k32.row.col.kind::f8f6f4.f32.e4m3.e2m1.f32 "
     "{f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};"},
    {"mma kind::mxf8f6f4", kConsumer,
     "mma.sync.aligned.m16n8k32.row.col.kind::mxf8f6f4.block_scale.scale_vec::1X.f32.e4m3.e2m1.f32"
     ".ue8m0 {f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3},r6,{0,0},r7,{0,0};"},
    {"mma kind::mxf4", kConsumer,
     "mma.sync.aligned.m16n8k64.row.col.kind::mxf4.block_scale.scale_vec::2X.f32.e2m1.e2m1.f32"
     ".ue8m0 {f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3},r6,{0,0},r7,{0,0};"},
    {"mma kind::mxf4nvf4", kConsumer,
     "mma.sync.aligned.m16n8k64.row.col.kind::mxf4nvf4.block_scale.scale_vec::4X.f32.e2m1.e2m1.f32"
     ".ue4m3 {f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3},r6,{0,0},r7,{0,0};"},
    {"ldmatrix m16n16", kSpecific, "ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {r0,r1},[r4];"},
    {"ldmatrix m8n16", kSpecific,
     "ldmatrix.sync.aligned.m8n16.x1.shared.b8x16.b4x16_p64 {r0},[r4];"},
    {"stmatrix", "90+", "stmatrix.sync.aligned.m8n8.x4.shared.b16 [r4],{r0,r1,r2,r3};"},
    {"stmatrix b8", kSpecific, "stmatrix.sync.aligned.m16n8.x1.trans.shared.b8 [r4],{r0};"},
    {"wgmma", "90a", "wgmma.fence.sync.aligned;"},
    // Asynchronous copies and barriers.
    {"cp async", "80+", "cp.async.ca.shared.global [r0],[d0],16;"},
    {"cp async bulk", "90+", "cp.async.bulk.global.shared::cta.bulk_group [d0],[r0],r1;"},
    {"cp reduce async bulk", "90+",
     "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.s32 [d0],[r0],r1;"},
    {"cp cp_mask", "100+", "cp.async.bulk.global.shared::cta.bulk_group.cp_mask [d0],[r0],r1,h0;"},
    {"cp tile::gather4", "100+",
     "cp.async.bulk.tensor.2d.shared::cta.global.tile::gather4.mbarrier::complete_tx::bytes "
     "[r0],[d0,{r1,r2,r3,r4,r5}],[r6];"},
    {"cp shared::cluster tile::gather4", kTensorMemory,
     "cp.async.bulk.tensor.2d.shared::cluster.global.tile::gather4.mbarrier::complete_tx::bytes "
     "[r0],[d0,{r1,r2,r3,r4,r5}],[r6];"},
    {"cp tile::scatter4", kTensorMemory,
     "cp.async.bulk.tensor.2d.global.shared::cta.tile::scatter4.bulk_group "
     "[d0,{r1,r2,r3,r4,r5}],[r6];"},
    {"cp cta_group::1", kTensorMemory,
     "cp.async.bulk.tensor.2d.cta_group::1.shared::cluster.global.mbarrier::complete_tx::bytes "
     "[r0],[d0,{r1,r2}],[r3];"},
    {"cp cta_group::2", kTensorMemory,
     "cp.async.bulk.tensor.2d.cta_group::2.shared::cluster.global.mbarrier::complete_tx::bytes "
     "[r0],[d0,{r1,r2}],[r3];"},
    {"cp im2col::w", "100+",
     "cp.async.bulk.tensor.3d.shared::cta.global.im2col::w.mbarrier::complete_tx::bytes "
     "[r0],[d0,{r1,r2,r3}],[r4],{h0,h1};"},
    {"tensormap", "90a 100a 100f 103a 103f 110a 110f 120a 120f 121a 121f",
     "tensormap.replace.tile.global_address.global.b1024.b64 [d0],d1;"},
    {"mbarrier", "80+", "mbarrier.init.shared.b64 [r0],1;"},
    {"mbarrier try_wait", "90+", "mbarrier.try_wait.shared.b64 p0,[r0],d0;"},
    {"mbarrier expect_tx", "90+", "mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [r0],r1;"},
    {"fence proxy", "90+", "fence.proxy.tensormap::generic.acquire.gpu [d0],128;"},
    {"clusterlaunchcontrol", "100+",
     "clusterlaunchcontrol.try_cancel.async.shared::cta.mbarrier::complete_tx::bytes.b128 "
     "[r0],[r1];"},
    {"mapa", "90+", "mapa.shared::cluster.u32 r0,r1,r2;"},
    {"griddepcontrol", "90+", "griddepcontrol.wait;"},
    {"st bulk", "100+", "st.bulk.weak.shared::cta [r0],d0,0;"},
    {"st async", "90+",
     "st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.u32 [r0],r1,[r2];"},
    // Tensor memory.
    {"tcgen05", kTensorMemory, "tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [r1],32;"},
    {"tcgen05 shift", kTensorMemoryArchitecture, "tcgen05.shift.cta_group::1.down [r1];"},
    {"tcgen05 ld red", "103a 103f 110a 110f",
     "tcgen05.ld.red.sync.aligned.32x32b.x2.max.f32 {r2,r3},r4,[r1];"},
    {"tcgen05 kind::i8", "100a 110a", "tcgen05.mma.cta_group::1.kind::i8 [r1],d1,d2,r2,p0;"},
    {"tcgen05 scale_vec::1X", kTensorMemoryArchitecture,
     "tcgen05.mma.cta_group::1.kind::mxf8f6f4.block_scale.scale_vec::1X "
     "[r1],d1,d2,r2,[r3],[r4],p0;"},
    {"tcgen05 scale_vec::2X", kTensorMemoryArchitecture,
     "tcgen05.mma.cta_group::1.kind::mxf4.block_scale.scale_vec::2X [r1],d1,d2,r2,[r3],[r4],p0;"},
    {"tcgen05 scale_vec::4X", kTensorMemoryArchitecture,
     "tcgen05.mma.cta_group::1.kind::mxf4nvf4.block_scale.scale_vec::4X "
     "[r1],d1,d2,r2,[r3],[r4],p0;"},
    {"tcgen05 block16", kTensorMemory,
     "tcgen05.mma.cta_group::1.kind::mxf4nvf4.block_scale.block16 [r1],d1,d2,r2,[r3],[r4],p0;"},
    {"tcgen05 kind::mxf8f6f4 block16", "",
     "tcgen05.mma.cta_group::1.kind::mxf8f6f4.block_scale.block16 [r1],d1,d2,r2,[r3],[r4],p0;"},
});

constexpr std::string_view kFp8Native = "89 120 120a 120f 121 121a 121f";
constexpr std::string_view kFp8Consequence =
    "two f16 HMMA of half the depth (binary32 results are added by FADD, which rounds to nearest): "
    "no faster than f16, and other bits than where the instruction exists";
constexpr std::string_view kIntegerConsequence = "a subroutine of wider products, much slower";
constexpr std::string_view kBeforeHopper = "75 80 86 87 88 89";

constexpr std::string_view kScalarConsequence =
    "binary32 FFMA and FADD, without the tensor core: much slower";

constexpr auto kExpansions = std::to_array<ExpansionRow>({
    {{"mma e4m3", kFp8Native,
      "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 "
      "{f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3}; st.global.f32 [d0],f0;"},
     "QMMA",
     kFp8Consequence},
    {{"mma e5m2", kFp8Native,
      "mma.sync.aligned.m16n8k16.row.col.f32.e5m2.e5m2.f32 "
      "{f0,f1,f2,f3},{r0,r1},{r4},{f0,f1,f2,f3}; st.global.f32 [d0],f0;"},
     "QMMA",
     kFp8Consequence},
    {{"mma s4", kBeforeHopper,
      "mma.sync.aligned.m8n8k32.row.col.s32.s4.s4.s32 {r0,r1},{r2},{r3},{r0,r1}; "
      "st.global.u32 [d0],r0;"},
     "IMMA",
     kIntegerConsequence},
    {{"mma u4", kBeforeHopper,
      "mma.sync.aligned.m8n8k32.row.col.s32.u4.u4.s32 {r0,r1},{r2},{r3},{r0,r1}; "
      "st.global.u32 [d0],r0;"},
     "IMMA",
     kIntegerConsequence},
    {{"mma m8n8k4 f16", "75",
      "mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 "
      "{f8,f9,f10,f11,f12,f13,f14,f15},{r0,r1},{r2,r3},{f0,f1,f2,f3,f0,f1,f2,f3}; "
      "st.global.v2.f32 [d0],{f8,f15};"},
     "HMMA",
     kScalarConsequence},
    {{"mma b1 xor", kBeforeHopper,
      "mma.sync.aligned.m8n8k128.row.col.s32.b1.b1.s32.xor.popc {r0,r1},{r2},{r3},{r0,r1}; "
      "st.global.u32 [d0],r0;"},
     "BMMA",
     kIntegerConsequence},
    {{"mma b1 and", "80 86 87 88 89 90 90a",
      "mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc "
      "{r0,r1,r2,r3},{r0,r1,r2,r3},{r4,r5},{r0,r1,r2,r3}; st.global.u32 [d0],r0;"},
     "BMMA",
     kIntegerConsequence},
});

}  // namespace

std::span<const FormRow> form_rows() {
  return kForms;
}
std::span<const ExpansionRow> expansion_rows() {
  return kExpansions;
}

}  // namespace assay::audit
