// SPDX-License-Identifier: Apache-2.0
// For tests: bodies of a probe (test_ptxas.hpp), and how many pairs in them may be fused.
#pragma once

#include <string>
#include <vector>

namespace assay::audit {

struct ContractionCase {
  std::string body;
  int pairs = 0;
};

#define F32(LINE) LINE " st.global.f32 [d0+128],f9;"
#define U32(LINE) LINE " st.global.u32 [d0+128],r9;"
#define U16(LINE) LINE " st.global.u16 [d0+128],h9;"
#define F64(LINE) LINE " st.global.f64 [d0+128],g9;"
#define U64(LINE) LINE " st.global.u64 [d0+128],d9;"

inline const std::vector<ContractionCase> kContractionCases{
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
    {F32("mul.f32 f8,f0,f1; @p0 mov.f32 f8,f3; add.f32 f9,f8,f2;"), 1},
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

#undef F32
#undef U32
#undef U16
#undef F64
#undef U64

}  // namespace assay::audit
