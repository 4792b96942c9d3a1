// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/quantize_against.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "conformance/cli/output.hpp"
#include "conformance/cli/value_text.hpp"

namespace assay::cli {
namespace {

Against::First first_in_block(const RecipeInfo& recipe, const QuantizedTensor& a,
                              const QuantizedTensor& b, std::span<const float> values,
                              std::int64_t block) {
  Against::First first;
  first.block = block;
  const auto at = static_cast<std::size_t>(block);
  first.scales[0] = a.block_scales[at];
  first.scales[1] = b.block_scales[at];
  const std::int64_t begin = block * recipe.block_size;
  for (std::int64_t i = begin; i < begin + recipe.block_size; ++i) {
    const float value = values[static_cast<std::size_t>(i)];
    first.amax = std::max(first.amax, std::fabs(value));
    const std::uint8_t codes[] = {code_at(recipe, a, i), code_at(recipe, b, i)};
    if (first.element >= 0 || codes[0] == codes[1]) continue;
    first.element = i;
    first.value = value;
    std::ranges::copy(codes, first.codes);
  }
  return first;
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string position(std::int64_t index, std::int64_t columns) {
  return fmt::format("[{}, {}]", index / columns, index % columns);
}

}  // namespace

Status check_comparable(const RecipeInfo& a, const RecipeInfo& b) {
  if (a.element == b.element && a.block_size == b.block_size) return {};
  const auto text = [](const RecipeInfo& recipe) {
    return fmt::format("{} makes {} codes in blocks of {}", recipe.name,
                       format_info(recipe.element).name, recipe.block_size);
  };
  return fail(ErrorCode::usage, "--against: {}, {}: nothing to compare", text(a), text(b));
}

Against compare_quantized(const RecipeInfo& a_recipe, const RecipeInfo& b_recipe,
                          const QuantizedTensor& a, const QuantizedTensor& b,
                          std::span<const float> values) {
  Against result;
  result.elements = a.elements();
  result.blocks = result.elements / a_recipe.block_size;
  for (std::int64_t block = 0; block < result.blocks; ++block) {
    const auto at = static_cast<std::size_t>(block);
    const bool scales_differ = a.block_scales[at] != b.block_scales[at];
    std::int64_t codes = 0;
    for (std::int64_t i = block * a_recipe.block_size; i < (block + 1) * a_recipe.block_size; ++i)
      codes += code_at(a_recipe, a, i) != code_at(a_recipe, b, i) ? 1 : 0;
    result.differing_scales += scales_differ ? 1 : 0;
    result.differing_codes += codes;
    if (!result.first && (scales_differ || codes > 0))
      result.first = first_in_block(a_recipe, a, b, values, block);
  }
  if (a_recipe.tensor_scale == b_recipe.tensor_scale)
    result.same_tensor_scale = std::bit_cast<std::uint32_t>(a.tensor_scale) ==
                               std::bit_cast<std::uint32_t>(b.tensor_scale);
  return result;
}

void AgainstReport::print() const {
  const auto& [a, b] = recipes;
  if (result.equal()) {
    write_out("{}: EQUAL, {} block scales and {} codes\n", tensor, result.blocks, result.elements);
    return;
  }
  write_out("{}: DIFFERENT\n", tensor);
  write_out("  block scales  {} of {} ({:.4g} %)\n", result.differing_scales, result.blocks,
            percent(result.differing_scales, result.blocks));
  write_out("  codes         {} of {} ({:.4g} %)\n", result.differing_codes, result.elements,
            percent(result.differing_codes, result.elements));
  if (result.same_tensor_scale == false) write_out("  tensor scale  differs\n");
  if (!result.first) return;
  const Against::First& first = *result.first;
  write_out("  first block   {}, amax {}\n", position(first.block, columns / a->block_size),
            readable_value(first.amax));
  const auto width = static_cast<int>(std::max(a->name.size(), b->name.size()));
  for (int i = 0; i < 2; ++i)
    write_out("    {:<{}}  scale {}\n", recipes[i]->name, width,
              code_text(recipes[i]->block_scale, first.scales[i]));
  if (first.element < 0) return;
  write_out("  first element {}, {:#010x} = {}\n", position(first.element, columns),
            std::bit_cast<std::uint32_t>(first.value), readable_value(first.value));
  for (int i = 0; i < 2; ++i)
    write_out("    {:<{}}  code {}\n", recipes[i]->name, width,
              code_text(recipes[i]->element, first.codes[i]));
}

nlohmann::json AgainstReport::json() const {
  nlohmann::json object = {
      {"recipe", recipes[1]->name},  {"equal", result.equal()},
      {"blocks", result.blocks},     {"differing_block_scales", result.differing_scales},
      {"elements", result.elements}, {"differing_codes", result.differing_codes},
      {"same_tensor_scale", nullptr}};
  if (result.same_tensor_scale) object["same_tensor_scale"] = *result.same_tensor_scale;
  if (!result.first) return object;
  const Against::First& first = *result.first;
  const auto both = [&](const std::uint8_t(&codes)[2], Format RecipeInfo::*format) {
    return nlohmann::json{code_json(recipes[0]->*format, codes[0]),
                          code_json(recipes[1]->*format, codes[1])};
  };
  object["first"] = {{"block", first.block},
                     {"amax", value_text(first.amax)},
                     {"block_scales", both(first.scales, &RecipeInfo::block_scale)}};
  if (first.element >= 0)
    object["first"]["element"] = {
        {"index", first.element},
        {"bits", fmt::format("{:#010x}", std::bit_cast<std::uint32_t>(first.value))},
        {"value", value_text(first.value)},
        {"codes", both(first.codes, &RecipeInfo::element)}};
  return object;
}

}  // namespace assay::cli
