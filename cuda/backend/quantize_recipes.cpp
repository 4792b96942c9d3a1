// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/quantize_recipes.hpp"

#include <algorithm>
#include <array>

namespace assay::cuda {
namespace {

constexpr BlockRecipe nvfp4(std::string_view name, const char* dequantize_kernel) {
  return {name, "quantize_nvfp4", dequantize_kernel, 16, 2, true};
}

constexpr BlockRecipe mxfp4(std::string_view name) {
  return {name, "quantize_mx", "dequantize_mxfp4", 32, 2, false};
}

constexpr BlockRecipe mxfp8(std::string_view name) {
  return {name, "quantize_mx", "dequantize_mxfp8", 32, 1, false};
}

constexpr std::array kRecipes{nvfp4("modelopt", "dequantize_nvfp4_decode"),
                              nvfp4("transformer_engine", "dequantize_nvfp4_amax"),
                              nvfp4("flashinfer_exact", "dequantize_nvfp4_encode"),
                              nvfp4("tensorrt_sample", "dequantize_nvfp4_decode"),
                              mxfp4("mxfp4_floor"),
                              mxfp4("mxfp4_ceil"),
                              mxfp4("mxfp4_even"),
                              mxfp4("mxfp4_rceil"),
                              mxfp8("mxfp8_floor"),
                              mxfp8("mxfp8_ceil"),
                              mxfp8("mxfp8_even"),
                              mxfp8("mxfp8_rceil")};

}  // namespace

std::span<const BlockRecipe> block_recipes() {
  return kRecipes;
}

const BlockRecipe* find_block_recipe(std::string_view name) {
  const auto found = std::ranges::find(kRecipes, name, &BlockRecipe::name);
  return found == kRecipes.end() ? nullptr : &*found;
}

}  // namespace assay::cuda
