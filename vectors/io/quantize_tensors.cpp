// SPDX-License-Identifier: Apache-2.0
// Both operators share their rules: what one writes is what the other reads.
#include "vectors/io/quantize_tensors.hpp"

#include <array>
#include <cmath>

#include "vectors/io/attributes.hpp"
#include "vectors/io/json_file.hpp"
#include "vectors/io/weakness.hpp"

namespace assay {
namespace {

// "-1", "0", "1"; which of them a recipe has, `quantize` knows.
Result<int> parse_ulp(const std::string& text) {
  for (const int ulp : {-1, 0, 1})
    if (text == std::to_string(ulp)) return ulp;
  return fail(ErrorCode::invalid_vectors, "attribute reciprocal_ulp: {} is not -1, 0 or 1",
              quoted(text));
}

Result<const RecipeInfo*> recipe_of(const Attributes& attributes) {
  auto recipe = find_recipe(attributes.at("recipe"));
  if (recipe) return recipe;
  return fail(ErrorCode::invalid_vectors, "attribute recipe: {}", recipe.error().message);
}

struct Extents {
  std::int64_t rows, columns;
};

// Of the named tensor, whose rows hold `elements_each` elements an entry.
Result<Extents> extents_of(const RecipeInfo& recipe, const TensorViews& inputs,
                           const std::string& name, std::int64_t elements_each) {
  const auto tensor = inputs.find(name);
  if (tensor == inputs.end()) return fail(ErrorCode::invalid_vectors, "{}: missing", name);
  const Shape& shape = tensor->second.shape;
  if (shape.size() != 2)
    return fail(ErrorCode::invalid_vectors, "{}: has shape {}, expected two extents", name,
                shape_text(shape));
  if (shape[0] <= 0 || shape[1] <= 0 || shape[1] * elements_each % recipe.block_size != 0)
    return fail(ErrorCode::invalid_vectors,
                "{}: has shape {}, not rows of blocks of {} elements ({})", name, shape_text(shape),
                recipe.block_size, recipe.name);
  return Extents{shape[0], shape[1] * elements_each};
}

bool has_tensor_scale(const RecipeInfo& recipe) {
  return recipe.tensor_scale != TensorScale::none;
}

// Codes and scales under the names of one side.
std::vector<TensorRule> quantized_rules(const RecipeInfo& recipe, const Extents& extents,
                                        const std::string& codes, const std::string& block_scale,
                                        const std::string& tensor_scale, bool stages_may_lack) {
  const auto [rows, columns] = extents;
  std::vector<TensorRule> rules{
      {codes, {codes_dtype(recipe)}, {codes_shape(recipe, rows, columns)}},
      {block_scale,
       {format_dtype(recipe.block_scale == Format::ue4m3 ? Format::e4m3 : recipe.block_scale)},
       {block_scales_shape(recipe, rows, columns)},
       stages_may_lack}};
  if (has_tensor_scale(recipe))
    rules.push_back({tensor_scale, {Dtype::f32}, {{}}, stages_may_lack});
  return rules;
}

std::vector<TensorRule> result_rules(const RecipeInfo& recipe, const Extents& extents) {
  return quantized_rules(recipe, extents, kOutputTensor, kBlockScaleStage, kTensorScaleStage, true);
}

std::vector<std::string> quantize_results() {
  return {kTensorScaleStage, kBlockScaleStage, kOutputTensor};
}

Result<Extents> bind_values(const RecipeInfo& recipe, const TensorViews& inputs) {
  ASSAY_ASSIGN(const Extents extents, extents_of(recipe, inputs, "values", 1));
  ASSAY_TRY(check_tensors(inputs, {{"values", {Dtype::f32}, {{extents.rows, extents.columns}}}},
                          "tensor"));
  return extents;
}

Status check_quantize(const CaseDescription& description, const TensorViews& tensors) {
  ASSAY_ASSIGN(const QuantizeRule rule, quantize_rule_of(description.attributes));
  ASSAY_ASSIGN(const Extents extents, bind_values(*rule.recipe, inputs_of(tensors)));
  return check_tensors(expected_of(tensors), result_rules(*rule.recipe, extents), "stage");
}

Result<Tensors> run_quantize(const CaseDescription& description, const TensorViews& tensors,
                             bool with_stages) {
  ASSAY_ASSIGN(const QuantizeRule rule, quantize_rule_of(description.attributes));
  const TensorViews inputs = inputs_of(tensors);
  ASSAY_ASSIGN(const Extents extents, bind_values(*rule.recipe, inputs));
  Tensors results = quantized_tensors(*rule.recipe, extents.rows, extents.columns);
  ASSAY_TRY(quantize(*rule.recipe, rule.options, "values", inputs.at("values").as<float>(),
                     extents.columns, quantized_dst(*rule.recipe, results)));
  if (!with_stages)
    std::erase_if(results, [](const auto& result) { return result.first != kOutputTensor; });
  return results;
}

bool is_zero_or_max_e2m1(std::uint8_t nibble) {
  return (nibble & 7) == 0 || (nibble & 7) == 7;
}

std::string quantize_weakness(const CaseDescription& description, const TensorViews& expected) {
  const auto rule = quantize_rule_of(description.attributes);
  if (!rule) return "";
  if (rule->recipe->element != Format::e2m1)
    return mostly<std::uint8_t>(
        expected, kOutputTensor, "zero or saturated",
        [](std::uint8_t code) { return (code & 0x7F) == 0 || (code & 0x7F) >= 0x7E; });
  // A byte counts only where both of its codes say little.
  return mostly<std::uint8_t>(
      expected, kOutputTensor, "pairs of zero or saturated codes", [](std::uint8_t byte) {
        return is_zero_or_max_e2m1(byte & 0xF) && is_zero_or_max_e2m1(byte >> 4);
      });
}

Result<Extents> bind_quantized(const RecipeInfo& recipe, const TensorViews& inputs) {
  const std::int64_t each = recipe.element == Format::e2m1 ? 2 : 1;
  ASSAY_ASSIGN(const Extents extents, extents_of(recipe, inputs, "codes", each));
  ASSAY_TRY(check_tensors(
      inputs, quantized_rules(recipe, extents, "codes", "block_scale", "tensor_scale", false),
      "tensor"));
  return extents;
}

std::vector<std::string> dequantize_results() {
  return {kOutputTensor};
}

Status check_dequantize(const CaseDescription& description, const TensorViews& tensors) {
  ASSAY_ASSIGN(const RecipeInfo* const recipe, dequantize_recipe_of(description.attributes));
  ASSAY_ASSIGN(const Extents extents, bind_quantized(*recipe, inputs_of(tensors)));
  return check_tensors(expected_of(tensors),
                       {{kOutputTensor, {Dtype::f32}, {{extents.rows, extents.columns}}}}, "stage");
}

Result<Tensors> run_dequantize(const CaseDescription& description, const TensorViews& tensors,
                               bool) {
  ASSAY_ASSIGN(const RecipeInfo* const recipe, dequantize_recipe_of(description.attributes));
  const TensorViews inputs = inputs_of(tensors);
  ASSAY_ASSIGN(const Extents extents, bind_quantized(*recipe, inputs));
  const QuantizedSrc src{
      .codes = inputs.at("codes").as<std::uint8_t>(),
      .block_scales = inputs.at("block_scale").as<std::uint8_t>(),
      .tensor_scale = has_tensor_scale(*recipe) ? inputs.at("tensor_scale").as<float>()[0] : 1.0f};
  Tensors results;
  Tensor& output = results[kOutputTensor] = Tensor(Dtype::f32, {extents.rows, extents.columns});
  ASSAY_TRY(dequantize(*recipe, "codes", src, extents.columns, output.as<float>()));
  return results;
}

std::string dequantize_weakness(const CaseDescription&, const TensorViews& expected) {
  return mostly<float>(expected, kOutputTensor, "zero or not finite",
                       [](float value) { return value == 0 || !std::isfinite(value); });
}

}  // namespace

Result<QuantizeRule> quantize_rule_of(const Attributes& attributes) {
  ASSAY_TRY(check_attributes(attributes, {"recipe"}, {"reciprocal_ulp"}));
  QuantizeRule rule;
  ASSAY_ASSIGN(rule.recipe, recipe_of(attributes));
  const auto ulp = attributes.find("reciprocal_ulp");
  if (ulp == attributes.end()) return rule;
  if (!rule.recipe->has_reciprocals)
    return fail(ErrorCode::invalid_vectors, "attribute reciprocal_ulp: the recipe {} has none",
                rule.recipe->name);
  ASSAY_ASSIGN(rule.options.reciprocal_ulp, parse_ulp(ulp->second));
  return rule;
}

Result<const RecipeInfo*> dequantize_recipe_of(const Attributes& attributes) {
  ASSAY_TRY(check_attributes(attributes, {"recipe"}));
  return recipe_of(attributes);
}

Dtype codes_dtype(const RecipeInfo& recipe) {
  return format_dtype(recipe.element);
}

Shape codes_shape(const RecipeInfo& recipe, std::int64_t rows, std::int64_t columns) {
  return {rows, code_bytes(recipe, columns)};
}

Shape block_scales_shape(const RecipeInfo& recipe, std::int64_t rows, std::int64_t columns) {
  return {rows, columns / recipe.block_size};
}

Tensors quantized_tensors(const RecipeInfo& recipe, std::int64_t rows, std::int64_t columns) {
  Tensors results;
  for (const TensorRule& rule : result_rules(recipe, {rows, columns}))
    results[rule.name] = Tensor(rule.dtypes[0], rule.shapes[0]);
  return results;
}

QuantizedDst quantized_dst(const RecipeInfo& recipe, Tensors& results) {
  return {results[kOutputTensor].as<std::uint8_t>(), results[kBlockScaleStage].as<std::uint8_t>(),
          has_tensor_scale(recipe) ? results[kTensorScaleStage].as<float>().data() : nullptr};
}

Operator quantize_operator() {
  return {"quantize", false, quantize_results, check_quantize, run_quantize, quantize_weakness};
}

Operator dequantize_operator() {
  return {"dequantize",     false,          dequantize_results,
          check_dequantize, run_dequantize, dequantize_weakness};
}

}  // namespace assay
