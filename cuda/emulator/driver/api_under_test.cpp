// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {

const char* const kTestModule = R"(
.version 9.0
.target sm_100
.address_size 64
.visible .global .align 4 .u32 counter = 3;
.visible .global .align 8 .u64 pointer = counter;
.visible .const .align 4 .f32 table[4] = {0f3F800000, 0f40200000, 0fC0800000, 0f41000000};
.extern .shared .align 4 .b8 dynamic[];

.visible .entry scale(.param .u64 data, .param .f32 factor, .param .u32 count) {
  // data[i] *= factor, for i < count
  .reg .pred %p;
  .reg .b32 %i, %c, %n, %x;
  .reg .f32 %f, %v;
  .reg .b64 %a, %o;
  ld.param.u64 %a, [data];
  ld.param.f32 %f, [factor];
  ld.param.u32 %n, [count];
  mov.u32 %i, %tid.x;
  mov.u32 %c, %ctaid.x;
  mov.u32 %x, %ntid.x;
  mad.lo.s32 %i, %c, %x, %i;
  setp.ge.u32 %p, %i, %n;
  @%p bra done;
  mul.wide.u32 %o, %i, 4;
  add.s64 %a, %a, %o;
  ld.global.f32 %v, [%a];
  mul.rn.f32 %v, %v, %f;
  st.global.f32 [%a], %v;
done:
  ret;
}

.visible .entry take_all(.param .u64 out, .param .s8 a, .param .s16 b, .param .align 8 .b8 c[16],
                         .param .u64 d) {
  // out = {a, b, c's second half, d} as 64-bit numbers
  .reg .b16 %h;
  .reg .b64 %o, %v;
  ld.param.u64 %o, [out];
  ld.param.s8 %h, [a];
  cvt.s64.s16 %v, %h;
  st.global.u64 [%o], %v;
  ld.param.s16 %h, [b];
  cvt.s64.s16 %v, %h;
  st.global.u64 [%o+8], %v;
  ld.param.u64 %v, [c+8];
  st.global.u64 [%o+16], %v;
  ld.param.u64 %v, [d];
  st.global.u64 [%o+24], %v;
  ret;
}

.visible .entry bump(.param .u32 by) {
  // counter += by, by way of `pointer`
  .reg .b32 %r, %b;
  .reg .b64 %a;
  ld.param.u32 %b, [by];
  ld.global.u64 %a, [pointer];
  atom.global.add.u32 %r, [%a], %b;
  ret;
}

.visible .entry read_table(.param .u64 out) {
  // out[i] = table[i & 3]
  .reg .b32 %i, %j;
  .reg .b64 %a, %t, %o;
  .reg .f32 %f;
  ld.param.u64 %a, [out];
  mov.u32 %i, %tid.x;
  and.b32 %j, %i, 3;
  mul.wide.u32 %o, %j, 4;
  mov.u64 %t, table;
  add.s64 %t, %t, %o;
  ld.const.f32 %f, [%t];
  mul.wide.u32 %o, %i, 4;
  add.s64 %a, %a, %o;
  st.global.f32 [%a], %f;
  ret;
}

.visible .entry reverse(.param .u64 out) {
  // out[i] = n - 1 - i, through dynamic shared memory
  .reg .b32 %i, %n, %j, %s, %v;
  .reg .b64 %a, %o;
  ld.param.u64 %a, [out];
  mov.u32 %i, %tid.x;
  mov.u32 %n, %ntid.x;
  mov.u32 %s, dynamic;
  shl.b32 %j, %i, 2;
  add.s32 %j, %j, %s;
  st.shared.u32 [%j], %i;
  bar.sync 0;
  sub.s32 %j, %n, %i;
  sub.s32 %j, %j, 1;
  shl.b32 %j, %j, 2;
  add.s32 %j, %j, %s;
  ld.shared.u32 %v, [%j];
  mul.wide.u32 %o, %i, 4;
  add.s64 %a, %a, %o;
  st.global.u32 [%a], %v;
  ret;
}

.visible .entry store(.param .u64 address, .param .u32 value) {
  // *address = value
  .reg .b32 %v;
  .reg .b64 %a;
  ld.param.u64 %a, [address];
  ld.param.u32 %v, [value];
  st.global.u32 [%a], %v;
  ret;
}

.visible .entry trapped() {
  trap;
}

.visible .entry spin() {
  // for ever
again:
  bra again;
}

.visible .entry bounded() .maxntid 64, 1, 1 {
  ret;
}

.visible .entry static_shared() {
  .shared .align 4 .b8 box[40000];
  .reg .b32 %r;
  mov.u32 %r, box;
  ret;
}
)";

}  // namespace assay::emulator
