// SPDX-License-Identifier: Apache-2.0
// cp.async: 16 bytes from global to shared memory past the registers (PTX ISA, "cp.async").
#pragma once

#include <cstdint>

// With `valid` false the 16 bytes become zero and the source is not read.
__device__ inline void copy_async(void* shared, const void* global, bool valid = true) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(
                   static_cast<std::uint32_t>(__cvta_generic_to_shared(shared))),
               "l"(global), "r"(valid ? 16 : 0)
               : "memory");
}

__device__ inline void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Until at most `Pending` of this thread's latest groups are under way.
template <int Pending>
__device__ void await_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}
