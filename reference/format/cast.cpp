// SPDX-License-Identifier: Apache-2.0
// Names and the choice of rules; cast_array.cpp applies them.
#include "reference/format/cast.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "reference/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 9> kPolicyNames{
    "cuda_satfinite",  "cuda_nosat", "ocp_saturate", "ocp_nosat", "onnx_saturate",
    "onnx_nosaturate", "ml_dtypes",  "pytorch",      "cutlass"};
constexpr std::array<std::string_view, 4> kRoundingNames{"rn", "rna", "rz", "rp"};

// What the names of a kind have in common: an enumeration in the order of the names.
template <typename Enum>
Result<Enum> parse(const char* kind, std::string_view name,
                   std::span<const std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Enum>(found - names.begin());
  return fail(ErrorCode::usage, "unknown {} \"{}\"{}: known are {}", kind, name,
              did_you_mean(name, {names.begin(), names.end()}), fmt::join(names, ", "));
}

bool is_source(Format format) {
  return format == Format::f32 || format == Format::f16 || format == Format::bf16 ||
         format == Format::f64;
}

bool applies(const PolicyRules& row, Format from) {
  return std::find(row.sources.begin(), row.sources.end(), from) != row.sources.end();
}

const PolicyRules* find_row(const Cast& cast) {
  for (const PolicyRules& row : all_policy_rules()) {
    if (row.policy == cast.policy && row.to == cast.to && applies(row, cast.from) &&
        row.rules.rounding == cast.rounding)
      return &row;
  }
  return nullptr;
}

std::vector<Cast> casts_of_policy(Format from, Format to, CastPolicy policy) {
  std::vector<Cast> casts;
  for (const PolicyRules& row : all_policy_rules()) {
    if (row.policy == policy && row.to == to && applies(row, from))
      casts.push_back({from, to, policy, row.rules.rounding});
  }
  return casts;
}

tl::unexpected<Error> no_destination(Format from, Format to, CastPolicy policy) {
  std::vector<std::string_view> destinations;
  for (const PolicyRules& row : all_policy_rules()) {
    const std::string_view name = format_info(row.to).name;
    if (row.policy == policy && applies(row, from) &&
        (destinations.empty() || destinations.back() != name))
      destinations.push_back(name);
  }
  return fail(ErrorCode::usage, "policy {} has no cast from {} to {}: from {} it has {}",
              cast_policy_name(policy), format_info(from).name, format_info(to).name,
              format_info(from).name, fmt::join(destinations, ", "));
}

tl::unexpected<Error> no_rounding(const std::vector<Cast>& casts, Rounding rounding) {
  std::vector<std::string_view> roundings;
  for (const Cast& cast : casts)
    roundings.push_back(rounding_name(cast.rounding));
  return fail(ErrorCode::usage, "policy {} has no rounding {} to {}: it has {}",
              cast_policy_name(casts.front().policy), rounding_name(rounding),
              format_info(casts.front().to).name, fmt::join(roundings, ", "));
}

}  // namespace

std::span<const std::string_view> cast_policy_names() {
  return kPolicyNames;
}

std::string_view cast_policy_name(CastPolicy policy) {
  return kPolicyNames[static_cast<std::size_t>(policy)];
}

std::string_view rounding_name(Rounding rounding) {
  return kRoundingNames[static_cast<std::size_t>(rounding)];
}

Result<CastPolicy> parse_cast_policy(std::string_view name) {
  return parse<CastPolicy>("policy", name, kPolicyNames);
}

Result<Rounding> parse_rounding(std::string_view name) {
  return parse<Rounding>("rounding", name, kRoundingNames);
}

Result<Cast> make_cast(Format from, Format to, CastPolicy policy,
                       std::optional<Rounding> rounding) {
  if (!is_source(from)) {
    return fail(ErrorCode::usage, "no casts from {}: sources are f32, f16, bf16 and f64",
                format_info(from).name);
  }
  const std::vector<Cast> casts = casts_of_policy(from, to, policy);
  if (casts.empty()) return no_destination(from, to, policy);
  if (!rounding) return casts.front();
  for (const Cast& cast : casts) {
    if (cast.rounding == *rounding) return cast;
  }
  return no_rounding(casts, *rounding);
}

std::vector<Cast> casts_between(Format from, Format to) {
  std::vector<Cast> casts;
  for (std::size_t i = 0; i < kPolicyNames.size(); ++i) {
    const std::vector<Cast> more = casts_of_policy(from, to, static_cast<CastPolicy>(i));
    casts.insert(casts.end(), more.begin(), more.end());
  }
  return casts;
}

CastRules cast_rules(const Cast& cast) {
  CastRules rules = find_row(cast)->rules;
  if (cast.from != Format::f64) rules.binary64_via_binary32 = false;
  // binary16 lies within the range of E8M0: no value overflows, none is as small as the lowest.
  if (cast.from == Format::f16 && cast.to == Format::e8m0) {
    rules.overflow = rules.infinity;
    rules.lowest_is_exact = true;
  }
  if (rules.rounding != Rounding::rp) rules.lowest_is_exact = false;
  return rules;
}

Cast canonical_cast(const Cast& cast) {
  const CastRules rules = cast_rules(cast);
  for (const Cast& other : casts_between(cast.from, cast.to)) {
    if (cast_rules(other) == rules) return other;
  }
  return cast;
}

}  // namespace assay
