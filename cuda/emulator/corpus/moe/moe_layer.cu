// SPDX-License-Identifier: Apache-2.0
// A whole MoE layer of NVFP4 weights and E4M3 activations: routing, gate and up projection, SwiGLU
// and requantization, down projection, combination. Every floating-point operation is named, so the
// layer has one result: exact sums of 16, fused multiply-adds in the order of groups and of slots.
#include "cuda/emulator/corpus/moe/narrow.cuh"

// exp(x) for |x| <= 80 by range reduction and a polynomial; not the correctly rounded one, but one.
__device__ float exp_polynomial(float x) {
  const float n = rintf(__fmul_rn(x, 1.44269504f));
  const float r = __fmaf_rn(n, -1.42860677e-6f, __fmaf_rn(n, -0.693145752f, x));
  float p = 1.38888889e-3f;
  p = __fmaf_rn(p, r, 8.33333333e-3f);
  p = __fmaf_rn(p, r, 4.16666667e-2f);
  p = __fmaf_rn(p, r, 0.166666667f);
  p = __fmaf_rn(p, r, 0.5f);
  p = __fmaf_rn(p, r, 1.0f);
  p = __fmaf_rn(p, r, 1.0f);
  return __int_as_float(__float_as_int(p) + (static_cast<int>(n) << 23));
}

// A thread a token: the k best experts, ties to the lower index, and their softmax.
extern "C" __global__ void moe_route(const float* logits, int tokens, int experts, int k,
                                     int* chosen, float* weights) {
  const int token = blockIdx.x * blockDim.x + threadIdx.x;
  if (token >= tokens) return;
  unsigned taken = 0;
  float best = 0.0f, sum = 0.0f;
  for (int slot = 0; slot < k; ++slot) {
    int expert = -1;
    for (int e = 0; e < experts; ++e)
      if (!(taken >> e & 1) &&
          (expert < 0 || logits[token * experts + e] > logits[token * experts + expert]))
        expert = e;
    taken |= 1u << expert;
    const float logit = logits[token * experts + expert];
    if (slot == 0) best = logit;
    const float weight = exp_polynomial(__fsub_rn(logit, best));
    sum = __fadd_rn(sum, weight);
    chosen[token * k + slot] = expert;
    weights[token * k + slot] = weight;
  }
  for (int slot = 0; slot < k; ++slot)
    weights[token * k + slot] = __fdiv_rn(weights[token * k + slot], sum);
}

// A warp an expert: the slots (token * k + slot) that go to it, in ascending order, by ballots.
extern "C" __global__ void moe_group(const int* chosen, int slots, int* list, int* counts) {
  const int expert = threadIdx.y, lane = threadIdx.x;
  int count = 0;
  for (int start = 0; start < slots; start += 32) {
    const bool mine = start + lane < slots && chosen[start + lane] == expert;
    const unsigned votes = __ballot_sync(0xFFFFFFFFu, mine);
    if (mine) list[expert * slots + count + __popc(votes & ((1u << lane) - 1))] = start + lane;
    count += __popc(votes);
  }
  if (lane == 0) counts[expert] = count;
}

// out[slot][row] for the slots of expert blockIdx.y, eight slots at a time (blockIdx.z), 16 rows a
// warp. Activations of slot s are row s / divisor; they go through shared memory by cp.async.
extern "C" __global__ void moe_gemm(const std::uint8_t* codes, const std::uint8_t* scales,
                                    const std::uint8_t* activation, const int* list,
                                    const int* counts, int slots, int divisor, int rows, int depth,
                                    float* out) {
  extern __shared__ __align__(16) std::uint8_t tile[];
  const int expert = blockIdx.y, first = blockIdx.z * 8, pitch = depth + 16;
  const int count = min(counts[expert] - first, 8);
  if (count <= 0) return;
  for (int i = threadIdx.x; i < 8 * depth / 16; i += blockDim.x) {
    const int n = i / (depth / 16), at = i % (depth / 16) * 16;
    const int slot = n < count ? list[expert * slots + first + n] : 0;
    cp_async<16>(tile + n * pitch + at, activation + slot / divisor * depth + at,
                 n < count ? 16 : 0);
  }
  cp_async_commit();
  cp_async_wait<0>();
  __syncthreads();
  const int lane = threadIdx.x % 32, g = lane / 4, place = lane % 4;
  const int row = (blockIdx.x * blockDim.x / 32 + threadIdx.x / 32) * 16 + g;
  const std::size_t low = static_cast<std::size_t>(expert) * rows + row;
  float sums[4] = {};
  for (int group = 0; group < depth / 16; ++group) {
    const uint2 code_low = __ldg(reinterpret_cast<const uint2*>(codes + low * (depth / 2)) + group);
    const uint2 code_high =
        __ldg(reinterpret_cast<const uint2*>(codes + (low + 8) * (depth / 2)) + group);
    const std::uint32_t a[4] = {
        weights(code_low.x >> 8 * place & 0xFF), weights(code_high.x >> 8 * place & 0xFF),
        weights(code_low.y >> 8 * place & 0xFF), weights(code_high.y >> 8 * place & 0xFF)};
    const std::uint8_t* const token = tile + g * pitch + group * 16 + place * 2;
    add_group(sums, a, activations(*reinterpret_cast<const std::uint16_t*>(token)),
              activations(*reinterpret_cast<const std::uint16_t*>(token + 8)),
              scale(scales[low * (depth / 16) + group]),
              scale(scales[(low + 8) * (depth / 16) + group]));
  }
  for (int r = 0; r < 4; ++r) {
    const int n = place * 2 + r % 2;
    if (n < count) out[list[expert * slots + first + n] * rows + row + r / 2 * 8] = sums[r];
  }
}

// E4M3 of silu(gate) * up / step, gate being the first half of a row of `gate_up`.
extern "C" __global__ void moe_swiglu(const float* gate_up, int inner, float inverse_step,
                                      std::uint8_t* out) {
  const int slot = blockIdx.y, i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= inner) return;
  const float gate = gate_up[slot * 2 * inner + i], up = gate_up[(slot * 2 + 1) * inner + i];
  const float bounded = fminf(fmaxf(gate, -80.0f), 80.0f);
  const float silu = __fdiv_rn(gate, __fadd_rn(1.0f, exp_polynomial(-bounded)));
  const float value = __fmul_rn(__fmul_rn(silu, up), inverse_step);
  out[slot * inner + i] = __nv_cvt_float_to_fp8(value, __NV_SATFINITE, __NV_E4M3);
}

extern "C" __global__ void moe_combine(const float* down, const float* weights, int k, int hidden,
                                       float* out) {
  const int token = blockIdx.y, i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= hidden) return;
  float sum = 0.0f;
  for (int slot = 0; slot < k; ++slot)
    sum = __fmaf_rn(weights[token * k + slot], down[(token * k + slot) * hidden + i], sum);
  out[token * hidden + i] = sum;
}
