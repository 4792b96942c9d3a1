// SPDX-License-Identifier: Apache-2.0
// Groups and inputs of the operator `dequantize`: every element code under every block scale that
// is a number, times a tensor scale of 24 random bits. Class B, as quantize.
#include <array>
#include <cmath>

#include "vectors/generate/case_kind.hpp"
#include "vectors/generate/group_fields.hpp"
#include "vectors/generate/philox.hpp"
#include "vectors/generate/recipe_field.hpp"
#include "vectors/io/quantize_tensors.hpp"

namespace assay {
namespace {

constexpr std::array kAxes{Axis{"recipe", "", true}};

// A row for each scale; in it, each code.
struct Extents {
  std::int64_t rows, columns;
};

Extents extents_of(const RecipeInfo& recipe) {
  constexpr std::int64_t kE8m0Numbers = 0xFF, kE4m3Numbers = 0x7F;
  return {recipe.block_scale == Format::e8m0 ? kE8m0Numbers : kE4m3Numbers,
          recipe.element == Format::e2m1 ? recipe.block_size : 256};
}

Result<std::vector<Variant>> expand(const nlohmann::json& group, const std::string& where) {
  ASSAY_ASSIGN(const auto all, combinations(with_all_recipes(group), kAxes, where));
  std::vector<Variant> variants;
  for (const auto& [each, name] : all) {
    CaseRecipe recipe;
    recipe.attributes = {{"recipe", name}};
    const auto info = dequantize_recipe_of(recipe.attributes);
    if (!info) return fail(ErrorCode::invalid_vectors, "{}: {}", where, info.error().message);
    recipe.inputs = DequantizeRecipe{*info};
    variants.push_back({name, std::move(recipe)});
  }
  return variants;
}

// Rows start at different codes, so that a code is not tied to its place in the block.
std::uint8_t code_byte(const RecipeInfo& recipe, std::int64_t row, std::int64_t byte) {
  if (recipe.element != Format::e2m1) return static_cast<std::uint8_t>(byte + row);
  const std::int64_t low = 2 * byte + row;
  return static_cast<std::uint8_t>((low & 15) | ((low + 1) & 15) << 4);
}

Status add_inputs(const CaseRecipe& recipe, const std::filesystem::path&, Tensors& tensors) {
  const RecipeInfo& info = *std::get<DequantizeRecipe>(recipe.inputs).recipe;
  const auto [rows, columns] = extents_of(info);
  Tensors quantized = quantized_tensors(info, rows, columns);
  const auto [codes, block_scales, tensor_scale] = quantized_dst(info, quantized);
  const std::int64_t bytes = std::ssize(codes) / rows, blocks = std::ssize(block_scales) / rows;
  for (std::int64_t i = 0; i < std::ssize(codes); ++i)
    codes[static_cast<std::size_t>(i)] = code_byte(info, i / bytes, i % bytes);
  for (std::int64_t i = 0; i < std::ssize(block_scales); ++i)
    block_scales[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i / blocks);
  tensors["codes"] = std::move(quantized[kOutputTensor]);
  tensors["block_scale"] = std::move(quantized[kBlockScaleStage]);
  if (tensor_scale == nullptr) return {};
  const RandomStream stream(recipe.seed, "tensor_scale");
  *tensor_scale = std::ldexp(static_cast<float>((stream.word(0) >> 9) | (1u << 23)),
                             static_cast<int>(stream.below(1, 40)) - 20 - 23);
  tensors["tensor_scale"] = std::move(quantized[kTensorScaleStage]);
  return {};
}

Result<std::string> classify(const CaseRecipe&, const Tensors&) {
  return "B";
}

}  // namespace

CaseKind dequantize_case_kind() {
  return {"dequantize", expand, add_inputs, classify};
}

}  // namespace assay
