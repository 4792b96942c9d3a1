// SPDX-License-Identifier: Apache-2.0
// Groups and inputs of the operator `cast`. A cast's bits follow from one rounding of one value, so
// its class is A: no order of operations is involved.
#include <algorithm>
#include <cstring>
#include <optional>

#include "vectors/generate/case_kind.hpp"
#include "vectors/generate/cast_values.hpp"
#include "vectors/generate/group_fields.hpp"
#include "vectors/io/cast_tensors.hpp"

namespace assay {
namespace {

using nlohmann::json;

// A name that the library refuses breaks the suite, not the command line.
template <typename T>
Result<T> in_group(Result<T> parsed, const std::string& where) {
  if (parsed) return parsed;
  return fail(ErrorCode::invalid_vectors, "{}: {}", where, parsed.error().message);
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const FormatInfo& info : formats())
    names.emplace_back(info.name);
  return names;
}

template <typename T, typename Parse>
Result<std::vector<T>> parse_names(const json& field, const std::vector<std::string>& all,
                                   Parse parse, const std::string& where) {
  std::vector<T> values;
  for (const std::string& name : names_of(field, all)) {
    ASSAY_ASSIGN(values.emplace_back(), in_group(parse(name), where));
  }
  return values;
}

// What a group asks for, between two formats.
struct Wanted {
  std::vector<CastPolicy> policies;                // empty: every policy that has such a cast
  std::vector<std::optional<Rounding>> roundings;  // none: each policy's default
  bool every_rounding = false;
};

Result<Wanted> read_wanted(const json& group, const std::string& where) {
  Wanted wanted;
  if (group["policy"] != "all") {
    ASSAY_ASSIGN(wanted.policies,
                 parse_names<CastPolicy>(group["policy"], {}, parse_cast_policy, where));
  }
  const json rounding = group.value("rounding", json());
  wanted.every_rounding = rounding == "all";
  if (rounding.is_null()) wanted.roundings.emplace_back();
  if (!rounding.is_null() && !wanted.every_rounding) {
    ASSAY_ASSIGN(const auto named, parse_names<Rounding>(rounding, {}, parse_rounding, where));
    wanted.roundings.assign(named.begin(), named.end());
  }
  return wanted;
}

bool is_wanted(const Wanted& wanted, const Cast& cast, bool is_default_rounding) {
  if (!wanted.policies.empty() &&
      std::ranges::find(wanted.policies, cast.policy) == wanted.policies.end())
    return false;
  if (wanted.every_rounding) return true;
  return std::ranges::any_of(wanted.roundings, [&](const std::optional<Rounding>& rounding) {
    return rounding ? *rounding == cast.rounding : is_default_rounding;
  });
}

// casts_between names each policy's default rounding first.
std::vector<Cast> wanted_casts(const Wanted& wanted, Format from, Format to) {
  std::vector<Cast> casts;
  std::optional<CastPolicy> last;
  for (const Cast& cast : casts_between(from, to)) {
    if (is_wanted(wanted, cast, last != cast.policy)) casts.push_back(cast);
    last = cast.policy;
  }
  return casts;
}

// A cast that is asked for by name must exist.
Status check_named(const Wanted& wanted, Format from, Format to, const std::string& where) {
  for (const CastPolicy policy : wanted.policies)
    for (const auto& rounding : wanted.roundings)
      ASSAY_TRY(in_group(make_cast(from, to, policy, rounding), where));
  if (wanted_casts(wanted, from, to).empty())
    return fail(ErrorCode::invalid_vectors, "{}: no policy casts {} to {} like that", where,
                format_info(from).name, format_info(to).name);
  return {};
}

Result<std::vector<Cast>> read_casts(const json& group, const std::string& where) {
  ASSAY_ASSIGN(const auto sources, parse_names<Format>(group["from"], {"f32", "f16", "bf16", "f64"},
                                                       parse_format, where));
  ASSAY_ASSIGN(const auto destinations,
               parse_names<Format>(group["to"], format_names(), parse_format, where));
  ASSAY_ASSIGN(const Wanted wanted, read_wanted(group, where));
  std::vector<Cast> casts;
  for (const Format from : sources) {
    for (const Format to : destinations) {
      if (group["to"] != "all") ASSAY_TRY(check_named(wanted, from, to, where));
      const std::vector<Cast> between = wanted_casts(wanted, from, to);
      casts.insert(casts.end(), between.begin(), between.end());
    }
  }
  return casts;
}

Result<CastRecipe> read_values(const json& values, const Cast& cast, const std::string& where) {
  const CastRecipe recipe{cast, values["distribution"], values.value("count", std::int64_t{0})};
  const bool is_random = recipe.distribution == "random_bits";
  if (is_random != values.contains("count"))
    return fail(ErrorCode::invalid_vectors, "{}: values: distribution \"{}\" {} field \"count\"",
                where, recipe.distribution, is_random ? "needs" : "has no");
  if (recipe.distribution == "all" && format_bytes(cast.from) > 2)
    return fail(ErrorCode::invalid_vectors,
                "{}: values: distribution \"all\" is for sources of 16 bits, {} has more", where,
                format_info(cast.from).name);
  return recipe;
}

Result<std::vector<Variant>> expand(const json& group, const std::string& where) {
  ASSAY_ASSIGN(const std::vector<Cast> casts, read_casts(group, where));
  std::vector<Variant> variants;
  for (const Cast& cast : casts) {
    Variant& variant = variants.emplace_back();
    variant.recipe.attributes = cast_attributes(cast);
    ASSAY_ASSIGN(variant.recipe.inputs, read_values(group["values"], cast, where));
    const Attributes& attributes = variant.recipe.attributes;
    variant.name = fmt::format("{}_{}_{}_{}", attributes.at("from"), attributes.at("to"),
                               attributes.at("policy"), attributes.at("rounding"));
  }
  return variants;
}

Status add_inputs(const CaseRecipe& recipe, const std::filesystem::path&, Tensors& tensors) {
  const auto& cast = std::get<CastRecipe>(recipe.inputs);
  const std::vector<std::uint64_t> sources = cast_sources(cast, recipe.seed);
  Tensor& values = tensors["values"] = Tensor(format_dtype(cast.cast.from), {std::ssize(sources)});
  const auto bytes = static_cast<std::size_t>(format_bytes(cast.cast.from));
  for (std::size_t i = 0; i < sources.size(); ++i)
    std::memcpy(&values.as<std::byte>()[i * bytes], &sources[i], bytes);
  return {};
}

Result<std::string> classify(const CaseRecipe&, const Tensors&) {
  return "A";
}

}  // namespace

CaseKind cast_case_kind() {
  return {"cast", expand, add_inputs, classify};
}

}  // namespace assay
