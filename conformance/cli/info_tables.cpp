// SPDX-License-Identifier: Apache-2.0
// assay info formats, recipes, models: what the tables of the reference hold.
#include <cmath>
#include <memory>

#include <fmt/ranges.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/value_text.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "reference/arithmetic/tensor_core.hpp"
#include "reference/format/cast.hpp"
#include "vectors/io/quantized_file.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

json code_or_null(const FormatInfo& info, bool exists, std::uint64_t code) {
  return exists ? code_json(info.format, code << info.layout.padding_bits) : json();
}

// The NaN codes: one, or the first and last of a run, for each sign.
json nan_codes(const FormatInfo& info) {
  const FloatFormat& layout = info.layout;
  json runs = json::array();
  if (!layout.has_nan()) return runs;
  const std::uint64_t first =
      layout.has_infinity() ? layout.infinity_code() + 1 : layout.magnitude_mask();
  for (std::uint64_t sign = 0; sign <= (layout.has_sign ? 1u : 0u); ++sign) {
    const auto hex = [&](std::uint64_t magnitude) {
      const std::uint64_t code = magnitude | sign << layout.sign_shift();
      return code_hex(info.format, code << layout.padding_bits);
    };
    json run = {hex(first)};
    if (first != layout.magnitude_mask()) run.push_back(hex(layout.magnitude_mask()));
    runs.push_back(std::move(run));
  }
  return runs;
}

// {"cuda_satfinite": ["rn", "rz"], ...}: the casts from binary32, the default rounding first.
json policies(Format format) {
  json result = json::object();
  for (const Cast& cast : casts_between(Format::f32, format))
    result[std::string(cast_policy_name(cast.policy))].push_back(rounding_name(cast.rounding));
  return result;
}

json format_json(const FormatInfo& info) {
  const FloatFormat& layout = info.layout;
  return {{"name", info.name},
          {"title", info.title},
          {"standard", info.standard},
          {"bits", layout.bits()},
          {"bytes", format_bytes(info.format)},
          {"exponent_bits", layout.exponent_bits},
          {"fraction_bits", layout.fraction_bits},
          {"bias", layout.bias},
          {"signed", layout.has_sign},
          {"has_zero", layout.has_zero},
          {"infinity", code_or_null(info, layout.has_infinity(), layout.infinity_code())},
          {"nan", nan_codes(info)},
          {"max", code_or_null(info, true, layout.max_code())},
          {"min_normal", code_or_null(info, true, layout.min_normal_code())},
          {"min_subnormal", code_or_null(info, layout.has_zero && layout.fraction_bits > 0, 1)},
          {"policies", policies(info.format)}};
}

json recipe_json(const RecipeInfo& recipe) {
  return {{"name", recipe.name},
          {"element", format_info(recipe.element).name},
          {"block_scale", format_info(recipe.block_scale).name},
          {"block_size", recipe.block_size},
          {"tensor_scale", tensor_scale_kind(recipe.tensor_scale)},
          {"tensor_scale_formula", recipe.tensor_scale_formula},
          {"block_scale_formula", recipe.block_scale_formula},
          {"zero_rule", recipe.zero_rule},
          {"element_formula", recipe.element_formula},
          {"dequantize_formula", recipe.dequantize_formula},
          {"source", recipe.source}};
}

void print_formats() {
  write_out("{:<6} {:<15} {:>4}  {:<7}  {:<33} {:<33} {}\n", "name", "title", "bits", "layout",
            "largest", "smallest normal", "policies from f32");
  for (const FormatInfo& info : formats()) {
    const FloatFormat& layout = info.layout;
    const auto text = [&](std::uint64_t code) {
      return fmt::format("{} = {:.6g}", code_hex(info.format, code << layout.padding_bits),
                         decode(info.format, code << layout.padding_bits));
    };
    std::vector<std::string> names;
    const json policies_of_format = policies(info.format);
    for (const auto& [name, unused] : policies_of_format.items())
      names.push_back(name);
    write_out("{:<6} {:<15} {:>4}  {:<7}  {:<33} {:<33} {}\n", info.name, info.title, layout.bits(),
              fmt::format("{}-{}-{}", layout.has_sign ? 1 : 0, layout.exponent_bits,
                          layout.fraction_bits),
              text(layout.max_code()), text(layout.min_normal_code()), fmt::join(names, " "));
  }
}

void print_recipes() {
  for (const RecipeInfo& recipe : recipes()) {
    write_out("{}\n", recipe.name);
    const json object = recipe_json(recipe);
    for (const auto* field :
         {"tensor_scale", "tensor_scale_formula", "block_scale", "block_scale_formula", "zero_rule",
          "element", "element_formula", "dequantize_formula", "block_size", "source"}) {
      const json& value = object[field];
      write_out("  {:<21} {}\n", field,
                value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

// A parameter and how it is known.
template <typename T>
json known(const T& value, Evidence evidence) {
  return {{"value", value}, {"evidence", evidence_name(evidence)}};
}

json model_json(const TensorCoreModel& model) {
  json object = {{"name", model.name},
                 {"target", model.target},
                 {"instruction", mma_instruction_name(model.instruction)},
                 {"operands", model.operands},
                 {"accumulator", format_info(model.accumulator).name},
                 {"lowering", mma_lowering_name(model.lowering)},
                 {"source", model.source}};
  if (model.lowering == MmaLowering::fma_chain) return object;
  object["products"] = known(model.step.products, model.products);
  if (model.step.group > 1) object["group"] = known(model.step.group, model.products);
  object["fraction_bits"] = known(model.step.fraction_bits, model.fraction_bits);
  object["zero_exponent"] = known(model.step.zero_exponent, model.zero_exponent);
  object["rounding"] = known(sum_rounding_name(model.step.rounding), model.rounding);
  return object;
}

// Ordinary operations have no parameters.
void print_models() {
  constexpr const char* kRow = "{:<28} {:<13} {:<13} {:<13} {:<15} {:<19} {}\n";
  write_out(kRow, "model", "lowering", "L", "F", "exponent of 0", "rounding", "source");
  for (const TensorCoreModel& model : tensor_core_models()) {
    const bool is_chain = model.lowering == MmaLowering::fma_chain;
    const auto text = [&](const auto& value, Evidence evidence) {
      return is_chain ? "-" : fmt::format("{} {}", value, evidence_name(evidence));
    };
    write_out(kRow, model.name, mma_lowering_name(model.lowering),
              text(model.step.products, model.products),
              text(model.step.fraction_bits, model.fraction_bits),
              text(model.step.zero_exponent, model.zero_exponent),
              text(sum_rounding_name(model.step.rounding), model.rounding), model.source);
  }
}

template <typename Items, typename ToJson>
void print_json(const Items& items, ToJson to_json) {
  json array = json::array();
  for (const auto& item : items)
    array.push_back(to_json(item));
  write_text(stdout, json_text(array));
}

void show_formats(bool as_json) {
  if (as_json) return print_json(formats(), format_json);
  print_formats();
}

void show_recipes(bool as_json) {
  if (as_json) return print_json(recipes(), recipe_json);
  print_recipes();
}

void show_models(bool as_json) {
  if (as_json) return print_json(tensor_core_models(), model_json);
  print_models();
}

void add_table(CLI::App& info, const std::string& name, const std::string& title,
               void (*show)(bool as_json), int& exit_code) {
  CLI::App* table = info.add_subcommand(name, title);
  const auto as_json = std::make_shared<bool>(false);
  table->add_flag("--json", *as_json, "Print a JSON list");
  table->footer(fmt::format("Examples:\n  assay info {0}\n  assay info {0} --json", name));
  table->callback([as_json, show, &exit_code] {
    show(*as_json);
    exit_code = kPass;
  });
}

}  // namespace

void add_info_tables(CLI::App& info, int& exit_code) {
  add_table(info, "formats", "The number formats and their policies", show_formats, exit_code);
  add_table(info, "recipes", "The quantization recipes", show_recipes, exit_code);
  add_table(info, "models", "Tensor-core arithmetic, and how each parameter is known", show_models,
            exit_code);
}

}  // namespace assay::cli
