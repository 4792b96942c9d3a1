// SPDX-License-Identifier: Apache-2.0
// Block quantization by the name of a recipe: the exact order of operations of one software stack,
// from binary32 values to E2M1 or E4M3 codes, one scale a block, and (for most) one scale a tensor.
// docs/recipes.md has a row for each: formulas, clamp, zero and element rules, source and commit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reference/format/format.hpp"
#include "reference/result.hpp"

namespace assay {

// What a recipe stores for a whole tensor: nothing, the factor that dequantizes, its reciprocal, or
// the tensor's amax itself.
enum class TensorScale : std::uint8_t { none, decode, encode, amax };

struct RecipeInfo {
  std::string_view name;
  Format element;           // e2m1 (two codes a byte, low nibble first) or e4m3 (a byte each)
  Format block_scale;       // e4m3, ue4m3 or e8m0
  std::int64_t block_size;  // along the row: 16 or 32
  TensorScale tensor_scale;
  // The row of docs/recipes.md. Notation: amax of the tensor, b = amax of the block, s the decoded
  // block scale, x an element; every operation rounds to binary32 unless stated.
  std::string_view tensor_scale_formula, block_scale_formula, zero_rule, element_formula,
      dequantize_formula;
  std::string_view source;       // repository, file, commit
  bool has_reciprocals = false;  // RecipeOptions::reciprocal_ulp applies
};

// What the recipe leaves to the machine.
struct RecipeOptions {
  // trtllm_fast: every reciprocal is the correctly rounded one moved by so many ulp, -1, 0 or 1
  // (PTX's rcp.approx.ftz.f32 is within 1 ulp). Others take only 0.
  int reciprocal_ulp = 0;
};

struct QuantizedDst {
  std::span<std::uint8_t> codes;  // rows * columns / 2 bytes for e2m1, rows * columns for e4m3
  std::span<std::uint8_t> block_scales;  // rows * columns / block_size
  float* tensor_scale;                   // one; left alone where the recipe has none
};

struct QuantizedSrc {
  std::span<const std::uint8_t> codes;
  std::span<const std::uint8_t> block_scales;
  float tensor_scale = 1;
};

std::span<const RecipeInfo> recipes();  // in the order of docs/recipes.md
// Error (usage): unknown, with the nearest name and all of them.
Result<const RecipeInfo*> find_recipe(std::string_view name);

// The bytes of the codes of so many elements.
std::int64_t code_bytes(const RecipeInfo& recipe, std::int64_t elements);

// Quantizes a row-major matrix; `tensor` names it in errors. Errors: a row length that is no
// positive multiple of the block size, a NaN or infinite value with its index (invalid_vectors), an
// option that the recipe does not have (usage).
Status quantize(const RecipeInfo& recipe, const RecipeOptions& options, const std::string& tensor,
                std::span<const float> values, std::int64_t columns, const QuantizedDst& dst);

// The recipe's own way back, each operation rounded to binary32. Errors (invalid_vectors, with
// tensor and index): a row length as above, a block scale that is NaN or (where the format has a
// sign that the recipe does not write) negative, a tensor scale that is not finite or not > 0 (an
// amax may be 0: the tensor was).
Status dequantize(const RecipeInfo& recipe, const std::string& tensor, const QuantizedSrc& src,
                  std::int64_t columns, std::span<float> values);

}  // namespace assay
