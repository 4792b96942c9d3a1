// SPDX-License-Identifier: Apache-2.0
// From codes and block scales back to values (docs/recipes.md, docs/quantization.md): one factor a
// block, one rounded product an element. The lanes share work as in quantize_blocks.cuh.
#include "cuda/kernels/quantize_blocks.cuh"

namespace assay::cuda {
namespace {

constexpr float kPerAmax = 1.0f / 2688.0f;

// The three things that NVFP4 recipes store for the tensor, and what they make of a block's scale.
struct Decode {
  static __device__ float factor(float s, float t) { return __fmul_rn(s, t); }
};

struct Encode {
  static __device__ float factor(float s, float t) { return __fmul_rn(s, __frcp_rn(t)); }
};

struct Amax {
  static __device__ float factor(float s, float t) { return __fmul_rn(__fmul_rn(s, t), kPerAmax); }
};

template <class TensorScale>
struct Nvfp4 {
  using Codes = E2m1Codes;
  static constexpr int kBlockSize = 16;
  float tensor_scale;

  static __device__ bool is_invalid(std::uint32_t code) { return code >= 0x7F; }
  __device__ float factor(std::uint32_t code) const {
    return TensorScale::factor(e4m3_value(code), tensor_scale);
  }
};

template <class Element>
struct Mx {
  using Codes = Element;
  static constexpr int kBlockSize = 32;

  static __device__ bool is_invalid(std::uint32_t code) { return code == 0xFF; }
  static __device__ float factor(std::uint32_t code) {
    const __nv_bfloat16_raw high = __nv_cvt_e8m0_to_bf16raw(static_cast<__nv_fp8_storage_t>(code));
    return __uint_as_float(static_cast<std::uint32_t>(high.x) << 16);
  }
};

template <class Recipe>
__device__ void dequantize_blocks(const BlocksCall& call, const Recipe& recipe) {
  using Codes = typename Recipe::Codes;
  const WarpBlocks<Recipe::kBlockSize> warp;
  if (warp.first >= call.blocks) return;
  float own = 0.0f;
  if (warp.own_block() < call.blocks) {
    const std::uint32_t code = call.block_scales[warp.own_block()];
    if (recipe.is_invalid(code)) report_invalid(call.status, warp.own_block());
    own = recipe.factor(code);
  }
#pragma unroll
  for (int round = 0; round < warp.kLanes; ++round) {
    const float factor = warp.of_owner(own, round);
    if (warp.block(round) >= call.blocks) continue;
    const float4 q =
        Codes::decode(reinterpret_cast<const typename Codes::Word*>(call.codes)[warp.quad(round)]);
    reinterpret_cast<float4*>(call.values)[warp.quad(round)] = {
        __fmul_rn(q.x, factor), __fmul_rn(q.y, factor), __fmul_rn(q.z, factor),
        __fmul_rn(q.w, factor)};
  }
}

// A stored amax may be zero: the tensor was.
template <class TensorScale, bool may_be_zero>
__device__ void dequantize_nvfp4(const BlocksCall& call) {
  const float scale = *call.tensor_scale;
  const bool is_valid =
      scale < __uint_as_float(kInfinityBits) && (scale > 0.0f || (may_be_zero && scale == 0.0f));
  if (blockIdx.x == 0 && threadIdx.x == 0 && !is_valid) call.status->is_tensor_scale_invalid = 1;
  dequantize_blocks(call, Nvfp4<TensorScale>{scale});
}

}  // namespace
}  // namespace assay::cuda

#define ASSAY_DEQUANTIZE(name, body)                                            \
  extern "C" __global__ void __launch_bounds__(assay::cuda::kQuantizeThreads)   \
      dequantize_##name(const __grid_constant__ assay::cuda::BlocksCall call) { \
    using namespace assay::cuda;                                                \
    body;                                                                       \
  }

ASSAY_DEQUANTIZE(nvfp4_decode, (dequantize_nvfp4<Decode, false>(call)))
ASSAY_DEQUANTIZE(nvfp4_encode, (dequantize_nvfp4<Encode, false>(call)))
ASSAY_DEQUANTIZE(nvfp4_amax, (dequantize_nvfp4<Amax, true>(call)))
ASSAY_DEQUANTIZE(mxfp4, dequantize_blocks(call, Mx<E2m1Codes>{}))
ASSAY_DEQUANTIZE(mxfp8, dequantize_blocks(call, Mx<E4m3Codes>{}))
