// SPDX-License-Identifier: Apache-2.0
// Every atomic that nvcc emits for global memory: integers of 32 and 64 bits, compare-and-swap of
// 16 to 128 bits, floating-point sums (also packed and vectors), scopes. Sums are of small
// integers, so no order of arrival changes them; where the old value is not used the compiler makes
// `red`.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

using Wide = unsigned long long;

extern "C" __global__ void atomics_u32(const unsigned* in, unsigned* cells, int* signed_cells) {
  const unsigned value = in[blockIdx.x * blockDim.x + threadIdx.x];
  atomicAdd(&cells[0], value);
  atomicSub(&cells[1], value);
  atomicMin(&cells[2], value);
  atomicMax(&cells[3], value);
  atomicAnd(&cells[4], value | 0x10u);
  atomicOr(&cells[5], value & 0xF0F0u);
  atomicXor(&cells[6], value);
  atomicInc(&cells[7], 6u);
  atomicDec(&cells[8], 9u);
  atomicAdd_block(&cells[9 + blockIdx.x], value);
  atomicAdd_system(&cells[11], value);
  atomicMin(&signed_cells[0], static_cast<int>(value));
  atomicMax(&signed_cells[1], static_cast<int>(value));
  atomicAdd(&signed_cells[2], static_cast<int>(value));
}

extern "C" __global__ void atomics_u64(const Wide* in, Wide* cells, long long* signed_cells) {
  const Wide value = in[blockIdx.x * blockDim.x + threadIdx.x];
  atomicAdd(&cells[0], value);
  atomicMin(&cells[1], value);
  atomicMax(&cells[2], value);
  atomicAnd(&cells[3], value | 0x10u);
  atomicOr(&cells[4], value & 0xF0F0F0F0F0u);
  atomicXor(&cells[5], value);
  atomicMin(&signed_cells[0], static_cast<long long>(value));
  atomicMax(&signed_cells[1], static_cast<long long>(value));
}

// Old values: tickets are 0 .. n - 1, each once; exchanged values form a chain.
extern "C" __global__ void atomics_old(unsigned* counters, unsigned* tickets, unsigned* wrapped,
                                       unsigned* chain, Wide* wide_tickets, Wide* wide_counter) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  tickets[i] = atomicAdd(&counters[0], 1u);
  wrapped[i] = atomicInc(&counters[1], 6u);
  chain[i] = atomicExch(&counters[2], i + 1);
  wide_tickets[i] = atomicAdd(wide_counter, 1ull << 33);
}

extern "C" __global__ void atomics_cas(unsigned short* half, unsigned* word, Wide* wide,
                                       ulonglong2* quad) {
  for (unsigned short seen = *static_cast<volatile unsigned short*>(half);;) {
    const unsigned short old = atomicCAS(half, seen, static_cast<unsigned short>(seen + 3));
    if (old == seen) break;
    seen = old;
  }
  for (unsigned seen = *static_cast<volatile unsigned*>(word);;) {
    const unsigned old = atomicCAS(word, seen, seen * 5 + 1);
    if (old == seen) break;
    seen = old;
  }
  for (Wide seen = *static_cast<volatile Wide*>(wide);;) {
    const Wide old = atomicCAS(wide, seen, seen * 7 + 1);
    if (old == seen) break;
    seen = old;
  }
  for (ulonglong2 seen = {0, 0};;) {
    const ulonglong2 next = {seen.x + 1, seen.y + seen.x};
    const ulonglong2 old = atomicCAS(quad, seen, next);
    if (old.x == seen.x && old.y == seen.y) break;
    seen = old;
  }
}

extern "C" __global__ void atomics_float(const int* in, float* single, double* twice, __half* half,
                                         __nv_bfloat16* brain, __half2* halves,
                                         __nv_bfloat162* brains, float2* pair, float4* four) {
  const int i = in[blockIdx.x * blockDim.x + threadIdx.x];
  const float value = static_cast<float>(i);
  atomicAdd(single, value);
  atomicAdd(twice, static_cast<double>(value));
  atomicAdd(half, __float2half_rn(value));
  atomicAdd(brain, __float2bfloat16_rn(value));
  atomicAdd(halves, __floats2half2_rn(value, -value));
  atomicAdd(brains, __floats2bfloat162_rn(value, -value));
  atomicAdd(pair, make_float2(value, 2 * value));
  atomicAdd(four, make_float4(value, -value, 4 * value, 1.0f));
}
