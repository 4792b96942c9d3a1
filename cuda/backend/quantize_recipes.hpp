// SPDX-License-Identifier: Apache-2.0
// The block recipes that there are kernels for, under the names of docs/recipes.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cuda/backend/error.hpp"

namespace assay::cuda {

struct BlockRecipe {
  std::string_view name;
  const char* family;             // of its kernel, which is called quantize_<name>
  const char* dequantize_kernel;  // of the family dequantize_blocks
  std::int64_t block_size;        // values, along the row
  std::int64_t values_per_byte;   // of codes: 2 for E2M1, 1 for E4M3
  bool has_tensor_scale;

  std::string quantize_kernel() const { return "quantize_" + std::string(name); }
  // Of a matrix of so many values, each a multiple of block_size in a row.
  std::int64_t code_bytes(std::int64_t values) const { return values / values_per_byte; }
  std::int64_t blocks(std::int64_t values) const { return values / block_size; }
};

std::span<const BlockRecipe> block_recipes();
// Null where there is no kernel.
const BlockRecipe* find_block_recipe(std::string_view name);

}  // namespace assay::cuda
