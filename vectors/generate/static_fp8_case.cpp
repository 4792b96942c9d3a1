// SPDX-License-Identifier: Apache-2.0
// Groups and inputs of the operators `quantize_fp8` and `dequantize_fp8`. The first rounds twice, a
// quotient and then its code, in the order that TensorRT specifies: its class is B. The second
// rounds one product: A.
#include <array>
#include <cmath>

#include "vectors/generate/case_kind.hpp"
#include "vectors/generate/group_fields.hpp"
#include "vectors/generate/philox.hpp"
#include "vectors/generate/static_fp8_values.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr std::array kAxes{Axis{"scale", "s", false, "", true}, Axis{"rows", "r"},
                           Axis{"columns", "c"}};

constexpr double kMaxElements = 0x1p36;
// Every code, and three of them again: the count is no multiple of 4.
constexpr std::int64_t kEveryCodeRows = 7, kEveryCodeColumns = 37;

Status read_scale(const json& group, const std::string& where, StaticFp8Recipe& recipe) {
  recipe.scale = group["scale"].get<float>();
  if (std::isfinite(recipe.scale) && recipe.scale > 0) return {};
  return fail(ErrorCode::invalid_vectors, "{}: scale: {} is not positive and finite in binary32",
              where, group["scale"].dump());
}

// Directed inputs bring their own extents; others need them.
Status read_extents(const json& group, const std::string& where, const std::string& directed,
                    bool is_directed, StaticFp8Recipe& recipe) {
  if (group.contains("rows") != group.contains("columns"))
    return fail(ErrorCode::invalid_vectors, "{}: rows and columns: both or none", where);
  if (is_directed == group.contains("rows"))
    return fail(ErrorCode::invalid_vectors, "{}: {} {} rows and columns", where, directed,
                is_directed ? "has its own" : "needs");
  recipe.rows = group.value("rows", std::int64_t{0});
  recipe.columns = group.value("columns", std::int64_t{0});
  if (static_cast<double>(recipe.rows) * static_cast<double>(recipe.columns) <= kMaxElements)
    return {};
  return fail(ErrorCode::invalid_vectors, "{}: rows {}, columns {}: more than 2^36 values", where,
              recipe.rows, recipe.columns);
}

Status read_values(const json& values, const std::string& where, StaticFp8Recipe& recipe) {
  recipe.distribution = values["distribution"];
  ASSAY_TRY(
      check_name(where + ": distribution", recipe.distribution, static_fp8_distribution_names()));
  if (!values.contains("scale")) return {};
  if (find_static_fp8_distribution(recipe.distribution).on_grid)
    return fail(ErrorCode::invalid_vectors,
                "{}: distribution \"{}\" has no field \"scale\": it is drawn at the group's", where,
                recipe.distribution);
  recipe.values_scale = values["scale"].get<float>();
  const bool may_be_any = recipe.distribution == "constant";
  if (std::isfinite(recipe.values_scale * recipe.scale) && (may_be_any || recipe.values_scale > 0))
    return {};
  return fail(ErrorCode::invalid_vectors,
              "{}: scale: {} is not positive, or its product with the group's not finite", where,
              values["scale"].dump());
}

Result<StaticFp8Recipe> read_quantize(const json& group, const std::string& where) {
  StaticFp8Recipe recipe;
  ASSAY_TRY(read_scale(group, where, recipe));
  ASSAY_TRY(read_values(group["values"], where + ": values", recipe));
  const std::string name = fmt::format("distribution \"{}\"", recipe.distribution);
  ASSAY_TRY(read_extents(group, where, name, recipe.distribution == kBoundaries, recipe));
  return recipe;
}

Result<StaticFp8Recipe> read_dequantize(const json& group, const std::string& where) {
  StaticFp8Recipe recipe;
  ASSAY_TRY(read_scale(group, where, recipe));
  ASSAY_TRY(read_extents(group, where, "", !group.contains("rows"), recipe));
  return recipe;
}

template <typename Read>
Result<std::vector<Variant>> expand(const json& group, const std::string& where, Read read) {
  ASSAY_ASSIGN(const auto all, combinations(group, kAxes, where));
  std::vector<Variant> variants;
  for (const auto& [each, name] : all) {
    Variant& variant = variants.emplace_back();
    variant.name = name;
    ASSAY_ASSIGN(variant.recipe.inputs, read(each, where));
  }
  return variants;
}

Result<std::vector<Variant>> expand_quantize(const json& group, const std::string& where) {
  return expand(group, where, read_quantize);
}

Result<std::vector<Variant>> expand_dequantize(const json& group, const std::string& where) {
  return expand(group, where, read_dequantize);
}

void add_scale(float scale, Tensors& tensors) {
  (tensors["scale"] = Tensor(Dtype::f32, {})).as<float>()[0] = scale;
}

Status add_values(const CaseRecipe& recipe, const std::filesystem::path&, Tensors& tensors) {
  const auto& inputs = std::get<StaticFp8Recipe>(recipe.inputs);
  const bool is_directed = inputs.rows == 0;
  const std::int64_t rows = is_directed ? kBoundaryRows : inputs.rows;
  const std::int64_t columns = is_directed ? kBoundaryColumns : inputs.columns;
  Tensor& values = tensors["values"] = Tensor(Dtype::f32, {rows, columns});
  find_static_fp8_distribution(inputs.distribution)
      .draw(
          {recipe.seed, "values", inputs.scale * inputs.values_scale, columns, values.as<float>()});
  add_scale(inputs.scale, tensors);
  return {};
}

Status add_codes(const CaseRecipe& recipe, const std::filesystem::path&, Tensors& tensors) {
  const auto& inputs = std::get<StaticFp8Recipe>(recipe.inputs);
  const bool is_every_code = inputs.rows == 0;
  Tensor& tensor = tensors["codes"] =
      is_every_code ? Tensor(Dtype::f8_e4m3, {kEveryCodeRows, kEveryCodeColumns})
                    : Tensor(Dtype::f8_e4m3, {inputs.rows, inputs.columns});
  const auto codes = tensor.as<std::uint8_t>();
  const RandomStream stream(recipe.seed, "codes");
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = static_cast<std::uint8_t>(is_every_code ? i : stream.word(i));
  add_scale(inputs.scale, tensors);
  return {};
}

Result<std::string> classify_quantize(const CaseRecipe&, const Tensors&) {
  return "B";
}

Result<std::string> classify_dequantize(const CaseRecipe&, const Tensors&) {
  return "A";
}

}  // namespace

CaseKind quantize_fp8_case_kind() {
  return {"quantize_fp8", expand_quantize, add_values, classify_quantize};
}

CaseKind dequantize_fp8_case_kind() {
  return {"dequantize_fp8", expand_dequantize, add_codes, classify_dequantize};
}

}  // namespace assay
