// SPDX-License-Identifier: Apache-2.0
// MX block quantization: blocks of 32 share 2^e, an E8M0 scale, by one of four modes; no scale of
// the tensor (docs/quantization.md, section 3).
#include "cuda/kernels/quantize_blocks.cuh"

namespace assay::cuda {
namespace {

enum class Mode { floor, ceil, even, rceil };

struct E2m1 : E2m1Codes {
  static constexpr float kMax = 6.0f;
  static constexpr int kMaxExponent = 2, kFractionBits = 1;
};

struct E4m3 : E4m3Codes {
  static constexpr float kMax = 448.0f;
  static constexpr int kMaxExponent = 8, kFractionBits = 3;
};

// What carries into the exponent field of b before it is read.
template <Mode mode, class Element>
constexpr std::uint32_t kCarry = mode == Mode::floor  ? 0
                                 : mode == Mode::ceil ? (1u << 23) - 1
                                                      : 1u << (22 - Element::kFractionBits);

template <Mode mode, class Element>
struct Mx {
  using Codes = Element;
  static constexpr int kBlockSize = 32;

  // The scale's code c stands for 2^(c - 127); no finite amax gives more than 253, so the step
  // 2^(127 - c) is a normal number.
  __device__ BlockStep block(std::uint32_t amax_bits) const {
    int code;
    if constexpr (mode == Mode::rceil)
      code = __nv_cvt_float_to_e8m0(__fdiv_rn(__uint_as_float(amax_bits), Element::kMax),
                                    __NV_SATFINITE, cudaRoundPosInf);
    else
      code = max(
          static_cast<int>((amax_bits + kCarry<mode, Element>) >> 23) - Element::kMaxExponent, 0);
    return {static_cast<std::uint32_t>(code),
            __uint_as_float(static_cast<std::uint32_t>(254 - code) << 23)};
  }

  __device__ float4 elements(const float4& x, float step) const {
    return {__fmul_rn(x.x, step), __fmul_rn(x.y, step), __fmul_rn(x.z, step), __fmul_rn(x.w, step)};
  }
};

}  // namespace
}  // namespace assay::cuda

#define ASSAY_QUANTIZE(recipe, mode, Element)                                            \
  extern "C" __global__ void __launch_bounds__(assay::cuda::kQuantizeThreads)            \
      quantize_##recipe##_##mode(const __grid_constant__ assay::cuda::BlocksCall call) { \
    assay::cuda::quantize_blocks(                                                        \
        call, assay::cuda::Mx<assay::cuda::Mode::mode, assay::cuda::Element>{});         \
  }

ASSAY_QUANTIZE(mxfp4, floor, E2m1)
ASSAY_QUANTIZE(mxfp4, ceil, E2m1)
ASSAY_QUANTIZE(mxfp4, even, E2m1)
ASSAY_QUANTIZE(mxfp4, rceil, E2m1)
ASSAY_QUANTIZE(mxfp8, floor, E4m3)
ASSAY_QUANTIZE(mxfp8, ceil, E4m3)
ASSAY_QUANTIZE(mxfp8, even, E4m3)
ASSAY_QUANTIZE(mxfp8, rceil, E4m3)
