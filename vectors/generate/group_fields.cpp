// SPDX-License-Identifier: Apache-2.0
#include "vectors/generate/group_fields.hpp"

#include <cstdint>

namespace assay {
namespace {

using nlohmann::json;

constexpr double kMaxCases = 100'000;  // of a group

std::string axis_text(const Axis& axis, const json& value) {
  if (axis.is_real) {
    std::string text = fmt::format("{}{}", axis.letter, value.get<float>());
    std::erase(text, '+');  // no id has one
    return text;
  }
  if (value.is_number()) return fmt::format("{}{}", axis.letter, value.get<std::int64_t>());
  const auto text = value.get<std::string>();
  return text.starts_with(axis.family) ? text.substr(axis.family.size()) : text;
}

Status check_count(const json& group, std::span<const Axis> axes, const std::string& where) {
  double cases = static_cast<double>(group.value("repeat", std::uint64_t{1}));
  for (const Axis& axis : axes)
    if (group.contains(axis.field) && group[axis.field].is_array())
      cases *= static_cast<double>(group[axis.field].size());
  if (cases <= kMaxCases) return {};
  return fail(ErrorCode::invalid_vectors,
              "{}: lists and repeat make {:.6g} cases, the limit is {:.6g}", where, cases,
              kMaxCases);
}

}  // namespace

Result<std::vector<Combination>> combinations(const json& group, std::span<const Axis> axes,
                                              const std::string& where) {
  ASSAY_TRY(check_count(group, axes, where));
  std::vector<Combination> all{{group, ""}};
  for (const Axis& axis : axes) {
    if (!group.contains(axis.field)) continue;
    const json& field = group[axis.field];
    const json values = field.is_array() ? field : json::array({field});
    std::vector<Combination> wider;
    for (const Combination& combination : all) {
      for (const json& value : values) {
        auto& [each, name] = wider.emplace_back(combination);
        each[axis.field] = value;
        if (values.size() > 1 || axis.is_always_named)
          name += (name.empty() ? "" : "_") + axis_text(axis, value);
      }
    }
    all = std::move(wider);
  }
  return all;
}

std::vector<std::string> names_of(const json& field, const std::vector<std::string>& all) {
  if (field == "all") return all;
  if (field.is_string()) return {field.get<std::string>()};
  return field.get<std::vector<std::string>>();
}

}  // namespace assay
