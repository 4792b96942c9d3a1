// SPDX-License-Identifier: Apache-2.0
// Groups and inputs of the operator `dequantize`: every element code under every block scale that
// is a number, or random ones of both in a matrix of a stated size, times a tensor scale of 24
// random bits. Class B, as quantize.
#include <array>
#include <cmath>

#include "vectors/generate/case_kind.hpp"
#include "vectors/generate/group_fields.hpp"
#include "vectors/generate/philox.hpp"
#include "vectors/generate/recipe_field.hpp"
#include "vectors/io/quantize_tensors.hpp"

namespace assay {
namespace {

constexpr std::array kAxes{Axis{"recipe", "", true}, Axis{"rows", "r"}, Axis{"columns", "c"}};

constexpr double kMaxElements = 0x1p36;
constexpr std::uint32_t kE8m0Numbers = 0xFF, kE4m3Numbers = 0x7F;  // codes from 0 on

std::uint32_t scale_numbers(const RecipeInfo& recipe) {
  return recipe.block_scale == Format::e8m0 ? kE8m0Numbers : kE4m3Numbers;
}

// Without a stated size: a row for each scale; in it, each code.
Status set_extents(const nlohmann::json& group, const std::string& where,
                   DequantizeRecipe& recipe) {
  const RecipeInfo& info = *recipe.recipe;
  if (group.contains("rows") != group.contains("columns"))
    return fail(ErrorCode::invalid_vectors, "{}: rows and columns: both or none", where);
  recipe.rows = group.value("rows", std::int64_t{0});
  recipe.columns = group.value("columns", std::int64_t{0});
  if (static_cast<double>(recipe.rows) * static_cast<double>(recipe.columns) > kMaxElements)
    return fail(ErrorCode::invalid_vectors, "{}: rows {}, columns {}: more than 2^36 values", where,
                recipe.rows, recipe.columns);
  if (recipe.columns % info.block_size == 0) return {};
  return fail(ErrorCode::invalid_vectors, "{}: columns {} is no multiple of the blocks of {}, {}",
              where, recipe.columns, info.name, info.block_size);
}

Result<std::vector<Variant>> expand(const nlohmann::json& group, const std::string& where) {
  ASSAY_ASSIGN(const auto all, combinations(with_all_recipes(group), kAxes, where));
  std::vector<Variant> variants;
  for (const auto& [each, name] : all) {
    CaseRecipe recipe;
    recipe.attributes = {{"recipe", each["recipe"].get<std::string>()}};
    const auto info = dequantize_recipe_of(recipe.attributes);
    if (!info) return fail(ErrorCode::invalid_vectors, "{}: {}", where, info.error().message);
    DequantizeRecipe inputs{*info};
    ASSAY_TRY(set_extents(each, where, inputs));
    recipe.inputs = inputs;
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

void fill_with_every_code(const RecipeInfo& info, const QuantizedDst& dst) {
  const std::int64_t rows = scale_numbers(info), bytes = std::ssize(dst.codes) / rows,
                     blocks = std::ssize(dst.block_scales) / rows;
  for (std::int64_t i = 0; i < std::ssize(dst.codes); ++i)
    dst.codes[static_cast<std::size_t>(i)] = code_byte(info, i / bytes, i % bytes);
  for (std::int64_t i = 0; i < std::ssize(dst.block_scales); ++i)
    dst.block_scales[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i / blocks);
}

void fill_at_random(const RecipeInfo& info, std::uint64_t seed, const QuantizedDst& dst) {
  const RandomStream codes(seed, "codes"), scales(seed, "block_scale");
  for (std::size_t i = 0; i < dst.codes.size(); ++i)
    dst.codes[i] = static_cast<std::uint8_t>(codes.word(i));
  for (std::size_t i = 0; i < dst.block_scales.size(); ++i)
    dst.block_scales[i] = static_cast<std::uint8_t>(scales.below(i, scale_numbers(info)));
}

Status add_inputs(const CaseRecipe& recipe, const std::filesystem::path&, Tensors& tensors) {
  const auto& inputs = std::get<DequantizeRecipe>(recipe.inputs);
  const RecipeInfo& info = *inputs.recipe;
  const bool is_every_code = inputs.rows == 0;
  const std::int64_t all_codes = info.element == Format::e2m1 ? info.block_size : 256;
  Tensors quantized = is_every_code ? quantized_tensors(info, scale_numbers(info), all_codes)
                                    : quantized_tensors(info, inputs.rows, inputs.columns);
  const QuantizedDst dst = quantized_dst(info, quantized);
  is_every_code ? fill_with_every_code(info, dst) : fill_at_random(info, recipe.seed, dst);
  float* const tensor_scale = dst.tensor_scale;
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
