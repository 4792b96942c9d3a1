// SPDX-License-Identifier: Apache-2.0
// Wrong versions of the other stacks' NVFP4 recipes, likewise (wrong_modelopt.hpp).
#pragma once

#include <cmath>
#include <limits>

#include "conformance/mutants/wrong_modelopt.hpp"
#include "reference/quantize/recipes/compressed_tensors.hpp"
#include "reference/quantize/recipes/cudnn_docs.hpp"
#include "reference/quantize/recipes/flashinfer_exact.hpp"
#include "reference/quantize/recipes/four_over_six.hpp"
#include "reference/quantize/recipes/llama_cpp.hpp"
#include "reference/quantize/recipes/tensorrt_sample.hpp"
#include "reference/quantize/recipes/torchao.hpp"
#include "reference/quantize/recipes/transformer_engine.hpp"
#include "reference/quantize/recipes/trtllm_fast.hpp"
#include "reference/quantize/recipes/vllm_emulation.hpp"

namespace assay::wrong_recipe {

struct OnnxScaleInOneStep : ModeloptOnnxLegacy {
  static float tensor_scale(float amax) { return Modelopt::tensor_scale(amax); }
};

struct SampleRoundedScale : TensorrtSample {
  static BlockStep block_step(float t, Nvfp4Block block, const Options& options) {
    return modelopt_step(t, TensorrtSample::block_step(t, block, options).scale);
  }
};

struct TeReassociated : TransformerEngine {
  static BlockStep block_step(float amax, Nvfp4Block block, const Options&) {
    const float encode_scale = TransformerEngine::encode_scale(amax);
    const std::uint8_t code = encode<kE4m3>(max_magnitude(block) * encode_scale * (1.0f / 6));
    const float decode_scale = decode<kE4m3>(code) * (1 / encode_scale);
    return {code, std::min(1 / decode_scale, std::numeric_limits<float>::max())};
  }
};

struct TeFastMath : TransformerEngine {
  static BlockStep block_step(float amax, Nvfp4Block block, const Options& options) {
    const std::uint8_t code = TransformerEngine::block_step(amax, block, options).scale;
    return {code, rounded_to_bf16(TransformerEngine::encode_scale(amax) / decode<kE4m3>(code))};
  }
};

struct FlashinferOneDivision : FlashinferExact {
  static BlockStep block_step(float encode_scale, Nvfp4Block block, const Options& options) {
    const BlockStep right = FlashinferExact::block_step(encode_scale, block, options);
    return {right.scale, right.step == 0 ? 0.0f : encode_scale / decode<kE4m3>(right.scale)};
  }
};

struct TrtllmDivision : TrtllmFast {
  static BlockStep block_step(float encode_scale, Nvfp4Block block, const Options& options) {
    const BlockStep right = TrtllmFast::block_step(encode_scale, block, options);
    return {right.scale, right.step == 0 ? 0.0f : encode_scale / decode<kE4m3>(right.scale)};
  }
};

struct VllmTorchTwin : VllmEmulation {
  static BlockStep block_step(float encode_scale, Nvfp4Block block, const Options& options) {
    const BlockStep right = VllmEmulation::block_step(encode_scale, block, options);
    const float decode_scale = decode<kE4m3>(right.scale) * (1 / encode_scale);
    return {right.scale, right.step == 0 ? 0.0f : 1 / decode_scale};
  }
};

struct CtZeroScaleIsSmallest : CompressedTensors {
  static BlockStep block_step(float encode_scale, Nvfp4Block block, const Options& options) {
    const float scale = encode_scale * (max_magnitude(block) / 6);
    if (encode<kE4m3>(scale) != 0)
      return CompressedTensors::block_step(encode_scale, block, options);
    return {1, decode<kE4m3>(1) / encode_scale};
  }
};

struct TorchaoSmallestScale : Torchao {
  static BlockStep block_step(float t, Nvfp4Block block, const Options&) {
    const float scale = max_magnitude(block) / 6 / t;
    const std::uint8_t code = encode<kE4m3>(std::clamp(scale, 0x1p-9f, kE4m3Max));
    return {code, 1 / t / decode<kE4m3>(code)};
  }
};

struct TorchaoOneReciprocal : Torchao {
  static BlockStep block_step(float t, Nvfp4Block block, const Options& options) {
    const std::uint8_t code = Torchao::block_step(t, block, options).scale;
    return {code, 1 / (t * decode<kE4m3>(code))};
  }
};

struct CudnnNearestScale : CudnnDocs {
  static BlockStep block_step(float, Nvfp4Block block, const Options&) {
    const std::uint8_t code = encode<kE4m3>(max_magnitude(block) / 6);
    return {code, decode<kE4m3>(code)};
  }
};

struct LlamaScaleTiesEven : LlamaCpp {
  static BlockStep block_step(float, Nvfp4Block block, const Options&) {
    const float scale = max_magnitude(block) / 6;
    const std::uint8_t code = scale >= 248 ? std::uint8_t{0x7E} : encode<kE4m3>(scale);
    return {code, block_scale(code) * 0.5f};
  }
};

struct LlamaWholeScaleRange : LlamaCpp {
  static BlockStep block_step(float t, Nvfp4Block block, const Options& options) {
    const float scale = max_magnitude(block) / 6;
    const std::uint8_t code =
        scale >= 248 ? encode<kE4m3>(scale) : LlamaCpp::block_step(t, block, options).scale;
    return {code, block_scale(code) * 0.5f};
  }
};

struct LlamaElementTiesEven : LlamaCpp {
  static std::uint8_t element(float x, float half_scale) {
    if (half_scale == 0) return 0;
    const std::uint8_t code = encode<kE2m1>(x / (2 * half_scale));
    return code == 8 ? std::uint8_t{0} : code;
  }
};

struct LlamaNegativeZero : LlamaCpp {
  static std::uint8_t element(float x, float half_scale) {
    const std::uint8_t code = LlamaCpp::element(x, half_scale);
    return code == 0 && x < 0 ? std::uint8_t{8} : code;
  }
};

struct FourOnTie : FourOverSix {
  static BlockStep block_step(float amax, Nvfp4Block block, const Options&) {
    const float sixth = max_magnitude(block) / 6;
    const float scale = sixth == 0 ? 0.0f : sixth * (1536 / amax);
    const BlockStep six = candidate(amax, scale), four = candidate(amax, scale * 1.5f);
    return squared_error(amax, block, four) <= squared_error(amax, block, six) ? four : six;
  }
};

struct AlwaysSix : FourOverSix {
  static BlockStep block_step(float amax, Nvfp4Block block, const Options&) {
    const float sixth = max_magnitude(block) / 6;
    return candidate(amax, sixth == 0 ? 0.0f : sixth * (1536 / amax));
  }
};

// The rule mae instead of mse.
struct AbsoluteError : FourOverSix {
  static float error(float amax, Nvfp4Block block, BlockStep candidate) {
    const float scale = block_scale(candidate.scale);
    float sum = 0;
    for (const float x : block)
      sum += std::fabs(dequantize(decode<kE2m1>(element(x, candidate.step)), scale, amax) - x);
    return sum;
  }
  static BlockStep block_step(float amax, Nvfp4Block block, const Options&) {
    const float sixth = max_magnitude(block) / 6;
    const float scale = sixth == 0 ? 0.0f : sixth * (1536 / amax);
    const BlockStep six = candidate(amax, scale), four = candidate(amax, scale * 1.5f);
    return error(amax, block, four) < error(amax, block, six) ? four : six;
  }
};

// Dequantization in another order of operations.
struct TeDivides : TransformerEngine {
  static float dequantize(float q, float s, float amax) { return q * (s * amax / 2688); }
};
struct CtMultiplies : CompressedTensors {
  static float dequantize(float q, float s, float S) { return q * (s * (1 / S)); }
};
struct TorchaoElementFirst : Torchao {
  static float dequantize(float q, float s, float t) { return q * t * s; }
};
struct LlamaNegativeZeroRead : LlamaCpp {
  static float dequantize(float q, float s, float) { return 2 * q * (s * 0.5f); }
};
}  // namespace assay::wrong_recipe
