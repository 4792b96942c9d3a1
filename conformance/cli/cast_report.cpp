// SPDX-License-Identifier: Apache-2.0
// The report on one value as text and as JSON.
#include <cmath>

#include <fmt/ranges.h>

#include "conformance/cli/cast_value.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/value_text.hpp"

namespace assay::cli {
namespace {

std::string code_or_none(Format format, std::optional<std::uint64_t> code) {
  return code ? code_text(format, *code) : "none";
}

nlohmann::json code_or_null(Format format, std::optional<std::uint64_t> code) {
  return code ? code_json(format, *code) : nlohmann::json();
}

// "rn cuda_satfinite, ocp_saturate; rz cuda_satfinite".
std::string casts_text(const std::vector<Cast>& casts) {
  std::string text;
  for (const Rounding rounding : {Rounding::rn, Rounding::rna, Rounding::rz, Rounding::rp}) {
    std::vector<std::string_view> policies;
    for (const Cast& cast : casts)
      if (cast.rounding == rounding) policies.push_back(cast_policy_name(cast.policy));
    if (policies.empty()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", rounding_name(rounding),
                        fmt::join(policies, ", "));
  }
  return text;
}

std::string distance(const CastResult& result) {
  if (result.distance_ulp.empty()) return "";
  return fmt::format("{} ulp{}", result.distance_ulp, result.is_saturated ? ", saturated" : "");
}

nlohmann::json to_json(Format to, const CastResult& result) {
  nlohmann::json object = code_json(to, result.code);
  object["saturated"] = result.is_saturated;
  object["nan"] = std::isnan(result.value);
  object["distance_ulp"] = nullptr;
  if (!result.distance_ulp.empty()) object["distance_ulp"] = result.distance_ulp;
  for (const Cast& cast : result.casts)
    object["casts"].push_back(
        {{"policy", cast_policy_name(cast.policy)}, {"rounding", rounding_name(cast.rounding)}});
  return object;
}

}  // namespace

void CastReport::print() const {
  const Format from = results.front().casts.front().from;
  write_out("{}{}\n", code_text(from, source.bits),
            source.is_rounded
                ? fmt::format(", the {} nearest to {}", format_info(from).name, source.text)
                : "");
  if (neighbours) {
    write_out("  lower     {}\n", code_or_none(to, neighbours->lower));
    write_out("  upper     {}\n", code_or_none(to, neighbours->upper));
    if (neighbours->midpoint)
      write_out("  midpoint  {}{}\n", readable_value(*neighbours->midpoint),
                neighbours->is_tie ? ", a tie" : "");
  }
  std::size_t code_width = 0, distance_width = 0;
  for (const CastResult& result : results) {
    code_width = std::max(code_width, code_text(to, result.code).size());
    distance_width = std::max(distance_width, distance(result).size());
  }
  for (const CastResult& result : results)
    write_out("  result    {:<{}}  {:<{}}  {}\n", code_text(to, result.code), code_width,
              distance(result), distance_width, casts_text(result.casts));
}

nlohmann::json CastReport::json() const {
  const Format from = results.front().casts.front().from;
  nlohmann::json object = {{"input", source.text},
                           {"source", code_hex(from, source.bits)},
                           {"value", value_text(source.value)},
                           {"rounded", source.is_rounded},
                           {"lower", nullptr},
                           {"upper", nullptr},
                           {"midpoint", nullptr},
                           {"tie", false},
                           {"results", nlohmann::json::array()}};
  if (neighbours) {
    object["lower"] = code_or_null(to, neighbours->lower);
    object["upper"] = code_or_null(to, neighbours->upper);
    if (neighbours->midpoint) object["midpoint"] = value_text(*neighbours->midpoint);
    object["tie"] = neighbours->is_tie;
  }
  for (const CastResult& result : results)
    object["results"].push_back(to_json(to, result));
  return object;
}

}  // namespace assay::cli
