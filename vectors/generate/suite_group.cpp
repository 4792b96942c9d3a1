// SPDX-License-Identifier: Apache-2.0
// A group is expanded as JSON first: each combination of its lists is a group without lists, and
// that becomes a recipe. Case n of a repeated group draws from seed + n - 1.
#include "vectors/generate/suite_group.hpp"

#include <algorithm>
#include <array>

#include "vectors/generate/names.hpp"
#include "vectors/generate/routing.hpp"
#include "vectors/generate/value_recipe.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

using nlohmann::json;

// A field that may be a list, and the letter before its value in ids.
struct Axis {
  const char* field;
  const char* letter;
};

constexpr std::array<Axis, 9> kAxes{{{"profile", ""},
                                     {"routing", ""},
                                     {"scores", ""},
                                     {"batch", "b"},
                                     {"sequence_length", "t"},
                                     {"hidden_size", "h"},
                                     {"intermediate_size", "i"},
                                     {"num_experts", "e"},
                                     {"top_k", "k"}}};

// More than these is a typing error: no machine holds such a case, nobody waits for so many.
constexpr double kMaxElements = 0x1p36;  // weights, or values of one stage
constexpr double kMaxSlots = 0x1p24;     // tokens * top_k
constexpr double kMaxCases = 100'000;    // of a group

struct Variant {
  json group;
  std::string name;
};

std::string axis_text(const Axis& axis, const json& value) {
  if (value.is_number()) return fmt::format("{}{}", axis.letter, value.get<std::int64_t>());
  const auto text = value.get<std::string>();
  const std::string family = "tensorrt_";  // every profile's, so it tells cases apart nowhere
  return text.starts_with(family) ? text.substr(family.size()) : text;
}

std::vector<Variant> cross_product(const json& group) {
  std::vector<Variant> variants{{group, ""}};
  for (const Axis& axis : kAxes) {
    if (!group.contains(axis.field) || !group[axis.field].is_array()) continue;
    std::vector<Variant> wider;
    for (const Variant& variant : variants) {
      for (const json& value : group[axis.field]) {
        wider.push_back(variant);
        wider.back().group[axis.field] = value;
        if (group[axis.field].size() == 1) continue;
        std::string& name = wider.back().name;
        name += fmt::format("{}{}", name.empty() ? "" : "_", axis_text(axis, value));
      }
    }
    variants = std::move(wider);
  }
  return variants;
}

Status check_count(const json& group, std::uint64_t repeat, const std::string& where) {
  double cases = static_cast<double>(repeat);
  for (const Axis& axis : kAxes)
    if (group.contains(axis.field) && group[axis.field].is_array())
      cases *= static_cast<double>(group[axis.field].size());
  if (cases <= kMaxCases) return {};
  return fail(ErrorCode::invalid_vectors,
              "{}: lists and repeat make {:.6g} cases, the limit is {:.6g}", where, cases,
              kMaxCases);
}

MoeShape shape_of(const json& group) {
  return {.batch = group.value("batch", std::int64_t{1}),
          .sequence_length = group["sequence_length"],
          .hidden_size = group["hidden_size"],
          .intermediate_size = group["intermediate_size"],
          .num_experts = group["num_experts"],
          .top_k = group["top_k"]};
}

Status check_shape(const CaseRecipe& recipe, const std::string& where) {
  const MoeShape& shape = recipe.shape;
  const double hidden = static_cast<double>(shape.hidden_size);
  const double intermediate = static_cast<double>(shape.intermediate_size);
  const double weights = 3 * hidden * intermediate * static_cast<double>(shape.num_experts);
  const double slots = static_cast<double>(shape.batch) *
                       static_cast<double>(shape.sequence_length) *
                       static_cast<double>(shape.top_k);
  const double stage = std::max(hidden, intermediate) * slots;
  if (weights > kMaxElements)
    return fail(ErrorCode::invalid_vectors,
                "{}: num_experts {}, hidden_size {}, intermediate_size {}: {:.3g} weights exceed "
                "the limit of 2^36",
                where, shape.num_experts, hidden, intermediate, weights);
  if (slots > kMaxSlots)
    return fail(ErrorCode::invalid_vectors,
                "{}: batch {}, sequence_length {}, top_k {}: {:.3g} slots exceed the limit of 2^24",
                where, shape.batch, shape.sequence_length, shape.top_k, slots);
  if (stage > kMaxElements)
    return fail(ErrorCode::invalid_vectors,
                "{}: hidden_size {}, intermediate_size {}: {:.3g} values of one stage exceed the "
                "limit of 2^36",
                where, hidden, intermediate, stage);
  if (const Status status = check_routing(recipe.routing, shape); !status)
    return fail(ErrorCode::invalid_vectors, "{}: {}", where, status.error().message);
  return {};
}

Result<CaseRecipe> to_recipe(const json& group, const std::string& where) {
  CaseRecipe recipe;
  recipe.notes = group["notes"];
  recipe.degenerate = group.value("degenerate", "");
  recipe.required_class = group.value("class", "");
  recipe.biases = group.value("biases", false);
  ASSAY_TRY(check_seed(group["seed"], where + ": seed"));
  recipe.seed = group["seed"];
  recipe.shape = shape_of(group);
  recipe.routing = group["routing"];
  recipe.scores = group["scores"];
  ASSAY_TRY(check_name(where + ": routing", recipe.routing, routing_names()));
  ASSAY_TRY(check_name(where + ": scores", recipe.scores, score_names()));
  ASSAY_TRY(check_shape(recipe, where));
  if (auto profile = find_profile(group["profile"]))
    recipe.profile = *profile;
  else
    return fail(ErrorCode::invalid_vectors, "{}: {}", where, profile.error().message);
  ASSAY_TRY(read_value_recipes(group, recipe, where));
  return recipe;
}

}  // namespace

Result<std::vector<CaseRecipe>> expand_group(const json& group, const std::string& prefix,
                                             const std::string& where) {
  const std::uint64_t repeat = group.value("repeat", std::uint64_t{1});
  ASSAY_TRY(check_count(group, repeat, where));
  std::vector<CaseRecipe> cases;
  for (const Variant& variant : cross_product(group)) {
    ASSAY_ASSIGN(const CaseRecipe recipe, to_recipe(variant.group, where));
    const std::string name = variant.name.empty() ? "case" : variant.name;
    for (std::uint64_t n = 1; n <= repeat; ++n) {
      cases.push_back(recipe);
      cases.back().id = fmt::format("{}/{}#{}", prefix, name, n);
      cases.back().seed += n - 1;
    }
  }
  return cases;
}

}  // namespace assay
