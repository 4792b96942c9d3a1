// SPDX-License-Identifier: Apache-2.0
// Instructions without a CUDA function, as macros: a finding then names the line of the kernel that
// uses one, where an inline function would have a line of its own.
#pragma once

__device__ inline unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

#define COPY_ASYNC(to, from) \
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(to), "l"(from) : "memory")
#define COPY_COMMIT() asm volatile("cp.async.commit_group;" ::: "memory")
#define COPY_WAIT(pending) asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory")

#define LOAD_MATRIX(fragment, row)                                    \
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];" \
               : "=r"(fragment)                                       \
               : "r"(row)                                             \
               : "memory")

#define BARRIER_SYNC(name, threads) \
  asm volatile("bar.sync %0, %1;" ::"n"(name), "n"(threads) : "memory")

#define MBARRIER_INIT(barrier, count) \
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory")
#define MBARRIER_ARRIVE(barrier) \
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory")
#define MBARRIER_EXPECT(barrier, bytes)                                                            \
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) \
               : "memory")
// Waits until the phase of this parity has completed.
#define MBARRIER_WAIT(barrier, parity)                                                      \
  asm volatile(                                                                             \
      "{ .reg .pred done; again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1; " \
      "@!done bra again; }" ::"r"(barrier),                                                 \
      "r"(parity)                                                                           \
      : "memory")
#define FENCE_PROXY_ASYNC() asm volatile("fence.proxy.async.shared::cta;" ::: "memory")
#define BULK_COPY(to, from, bytes, barrier)                                                        \
  asm volatile(                                                                                    \
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" :: \
          "r"(to),                                                                                 \
      "l"(from), "r"(bytes), "r"(barrier)                                                          \
      : "memory")

#define MMA_F16(d, first, second, b)                                                           \
  asm volatile(                                                                                \
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %4, %5, %5}, " \
      "{%6, %6}, {%0, %1, %2, %3};"                                                            \
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                                         \
      : "r"(first), "r"(second), "r"(b))
#define ADD_TO_MISSING(sum, value) \
  asm volatile("{ .reg .b32 missing; add.s32 %0, missing, %1; }" : "=r"(sum) : "r"(value))
#define STORE_GENERIC(address, value) \
  asm volatile("st.u32 [%0], %1;" ::"l"(address), "r"(value) : "memory")
#define LOAD_SHARED(value, address) \
  asm volatile("ld.shared.u32 %0, [%1];" : "=r"(value) : "r"(address))
