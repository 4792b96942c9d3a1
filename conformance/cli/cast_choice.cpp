// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/cast_choice.hpp"

#include <algorithm>

#include <fmt/ranges.h>

namespace assay::cli {
namespace {

// parse_format and its like, for an option that may be left out.
template <typename T>
Status parse_given(const std::string& name, Result<T> (*parse)(std::string_view),
                   std::optional<T>& result) {
  if (name.empty()) return {};
  ASSAY_ASSIGN(result, parse(name));
  return {};
}

std::vector<std::string_view> policy_names(const std::vector<Cast>& casts) {
  std::vector<std::string_view> names;
  for (const Cast& cast : casts)
    names.push_back(cast_policy_name(cast.policy));
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

Result<std::vector<Cast>> CastChoice::casts() const {
  if (policy) {
    ASSAY_ASSIGN(const Cast cast, cast_from(from_or_f32()));
    return std::vector{cast};
  }
  std::vector<Cast> casts = casts_between(from_or_f32(), to);
  std::erase_if(casts, [&](const Cast& cast) { return rounding && cast.rounding != *rounding; });
  if (!casts.empty()) return casts;
  // The errors of make_cast tell unsuitable sources from missing destinations.
  ASSAY_TRY(make_cast(from_or_f32(), to, CastPolicy::cuda_satfinite, rounding));
  return fail(ErrorCode::internal, "a cast that casts_between does not list");
}

Result<Cast> CastChoice::cast_from(Format source) const {
  if (policy) return make_cast(source, to, *policy, rounding);
  return fail(ErrorCode::usage, "--policy is needed: one of {}",
              fmt::join(policy_names(casts_between(source, to)), ", "));
}

void CastChoiceOptions::add_to(CLI::App& verb) {
  verb.add_option("--from", from, "Source format: f32 (default), f16, bf16, f64");
  verb.add_option("--to", to, "Format of the codes (assay info formats)")->required();
  verb.add_option("--policy", policy, "Whose rules (default: all, side by side)");
  verb.add_option("--rounding", rounding, "rn, rna, rz or rp (default: the policy's own)");
}

Result<CastChoice> CastChoiceOptions::parse() const {
  CastChoice choice;
  ASSAY_TRY(parse_given(from, parse_format, choice.from));
  ASSAY_ASSIGN(choice.to, parse_format(to));
  ASSAY_TRY(parse_given(policy, parse_cast_policy, choice.policy));
  ASSAY_TRY(parse_given(rounding, parse_rounding, choice.rounding));
  return choice;
}

}  // namespace assay::cli
