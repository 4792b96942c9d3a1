// SPDX-License-Identifier: Apache-2.0
// NVFP4 block quantization: blocks of 16, E4M3 scales, one binary32 scale a tensor
// (docs/recipes.md). Each recipe is a struct with that page's row as device code; its constructor
// takes the tensor's amax. Every operation rounds once, to nearest even, and subnormals stay.
#include "cuda/kernels/quantize_blocks.cuh"

namespace assay::cuda {
namespace {

constexpr float kLargest = 3.402823466e+38f;  // of binary32
constexpr float kSixth = 1.0f / 6.0f;

struct Nvfp4 {
  using Codes = E2m1Codes;
  static constexpr int kBlockSize = 16;
};

__device__ float4 divide(const float4& x, float step) {
  return {__fdiv_rn(x.x, step), __fdiv_rn(x.y, step), __fdiv_rn(x.z, step), __fdiv_rn(x.w, step)};
}

__device__ float4 multiply(const float4& x, float step) {
  return {__fmul_rn(x.x, step), __fmul_rn(x.y, step), __fmul_rn(x.z, step), __fmul_rn(x.w, step)};
}

__device__ float one_if_zero(float value) {
  return value == 0.0f ? 1.0f : value;
}

// ModelOpt takes the sign of an element from x < 0.
__device__ float without_negative_zero(float value) {
  return value == 0.0f ? 0.0f : value;
}

struct Modelopt : Nvfp4 {
  float tensor_scale, six_tensor_scales;

  explicit __device__ Modelopt(float amax)
      : tensor_scale(one_if_zero(__fdiv_rn(amax, 2688.0f))),
        six_tensor_scales(__fmul_rn(6.0f, tensor_scale)) {}

  __device__ BlockStep block(std::uint32_t amax_bits) const {
    const float ratio = one_if_zero(__fdiv_rn(__uint_as_float(amax_bits), six_tensor_scales));
    const std::uint32_t code = e4m3_of(fminf(fmaxf(ratio, 0x1p-9f), 448.0f));
    return {code, __fmul_rn(e4m3_value(code), tensor_scale)};
  }

  __device__ float4 elements(const float4& x, float step) const {
    const float4 q = divide(x, step);
    return {without_negative_zero(q.x), without_negative_zero(q.y), without_negative_zero(q.z),
            without_negative_zero(q.w)};
  }
};

// The elements' step is made of the ratio before it is rounded to E4M3.
struct TensorrtSample : Nvfp4 {
  float tensor_scale, six_tensor_scales;

  explicit __device__ TensorrtSample(float amax)
      : tensor_scale(one_if_zero(__fdiv_rn(amax, 2688.0f))),
        six_tensor_scales(__fmul_rn(6.0f, tensor_scale)) {}

  __device__ BlockStep block(std::uint32_t amax_bits) const {
    const float ratio = one_if_zero(__fdiv_rn(__uint_as_float(amax_bits), six_tensor_scales));
    return {e4m3_of(ratio), __fmul_rn(ratio, tensor_scale)};
  }

  __device__ float4 elements(const float4& x, float step) const { return divide(x, step); }
};

// What transformer_engine and flashinfer_exact share: scales that multiply.
struct EncodeScale : Nvfp4 {
  float encode_scale;

  explicit __device__ EncodeScale(float scale) : encode_scale(scale) {}

  __device__ BlockStep block(std::uint32_t amax_bits) const {
    const std::uint32_t code =
        e4m3_of(__fmul_rn(__uint_as_float(amax_bits), __fmul_rn(encode_scale, kSixth)));
    const float decode_scale = __fmul_rn(e4m3_value(code), __frcp_rn(encode_scale));
    return {code, fminf(__frcp_rn(decode_scale), kLargest)};
  }

  __device__ float4 elements(const float4& x, float step) const { return multiply(x, step); }
};

// What it stores for the tensor is the amax.
struct TransformerEngine : EncodeScale {
  float tensor_scale;

  explicit __device__ TransformerEngine(float amax)
      : EncodeScale(fminf(__fdiv_rn(2688.0f, amax), kLargest)), tensor_scale(amax) {}
};

// Its scale is infinite where amax is below 2688 / FLT_MAX, and a block of zeros has the step 0.
struct FlashinferExact : EncodeScale {
  float tensor_scale;

  explicit __device__ FlashinferExact(float amax)
      : EncodeScale(amax == 0.0f ? kLargest : __fdiv_rn(2688.0f, amax)),
        tensor_scale(encode_scale) {}

  __device__ BlockStep block(std::uint32_t amax_bits) const {
    return amax_bits == 0 ? BlockStep{0, 0.0f} : EncodeScale::block(amax_bits);
  }
};

template <class Recipe>
__device__ void quantize_nvfp4(const BlocksCall& call) {
  const Recipe recipe(__uint_as_float(call.status->amax_bits));
  if (blockIdx.x == 0 && threadIdx.x == 0) *call.tensor_scale = recipe.tensor_scale;
  quantize_blocks(call, recipe);
}

}  // namespace
}  // namespace assay::cuda

#define ASSAY_QUANTIZE(recipe, Recipe)                                          \
  extern "C" __global__ void __launch_bounds__(assay::cuda::kQuantizeThreads)   \
      quantize_##recipe(const __grid_constant__ assay::cuda::BlocksCall call) { \
    assay::cuda::quantize_nvfp4<assay::cuda::Recipe>(call);                     \
  }

ASSAY_QUANTIZE(modelopt, Modelopt)
ASSAY_QUANTIZE(transformer_engine, TransformerEngine)
ASSAY_QUANTIZE(flashinfer_exact, FlashinferExact)
ASSAY_QUANTIZE(tensorrt_sample, TensorrtSample)
