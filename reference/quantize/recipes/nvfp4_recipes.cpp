// SPDX-License-Identifier: Apache-2.0
// The NVFP4 recipes as a table, in the order of docs/recipes.md.
#include <array>

#include "reference/quantize/nvfp4.hpp"
#include "reference/quantize/recipe_entry.hpp"
#include "reference/quantize/recipes/compressed_tensors.hpp"
#include "reference/quantize/recipes/cudnn_docs.hpp"
#include "reference/quantize/recipes/flashinfer_exact.hpp"
#include "reference/quantize/recipes/four_over_six.hpp"
#include "reference/quantize/recipes/llama_cpp.hpp"
#include "reference/quantize/recipes/modelopt.hpp"
#include "reference/quantize/recipes/modelopt_onnx_legacy.hpp"
#include "reference/quantize/recipes/tensorrt_sample.hpp"
#include "reference/quantize/recipes/torchao.hpp"
#include "reference/quantize/recipes/transformer_engine.hpp"
#include "reference/quantize/recipes/trtllm_fast.hpp"
#include "reference/quantize/recipes/vllm_emulation.hpp"

namespace assay {
namespace {

// The recipe of the MoE layer's weights has vectorized functions of its own.
void quantize_modelopt(const RecipeOptions&, std::span<const float> values,
                       const QuantizedDst& dst) {
  const Nvfp4MatrixDst matrix{dst.codes, dst.block_scales, dst.tensor_scale};
  const Status status = quantize_nvfp4_modelopt("", values, kNvfp4BlockSize, matrix);
  assert(status);
  static_cast<void>(status);
}

void dequantize_modelopt(const QuantizedSrc& src, std::span<float> values) {
  dequantize_nvfp4(src.codes, src.block_scales, src.tensor_scale, values);
}

template <class Recipe>
constexpr RecipeEntry entry() {
  return {Recipe::info, &quantize_matrix<Recipe>, &dequantize_matrix<Recipe>};
}

}  // namespace

std::span<const RecipeEntry> nvfp4_recipes() {
  static constexpr std::array kEntries{
      RecipeEntry{Modelopt::info, &quantize_modelopt, &dequantize_modelopt},
      entry<ModeloptOnnxLegacy>(),
      entry<TransformerEngine>(),
      entry<FlashinferExact>(),
      entry<TrtllmFast>(),
      entry<VllmEmulation>(),
      entry<CompressedTensors>(),
      entry<Torchao>(),
      entry<LlamaCpp>(),
      entry<FourOverSix>(),
      entry<CudnnDocs>(),
      entry<TensorrtSample>(),
  };
  return kEntries;
}

}  // namespace assay
