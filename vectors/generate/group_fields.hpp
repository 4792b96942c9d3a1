// SPDX-License-Identifier: Apache-2.0
// Fields of a group that may be lists, and the combinations that they make.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "reference/result.hpp"

namespace assay {

// A field that may be a list.
struct Axis {
  std::string_view field;
  std::string_view letter;  // before its value in ids
  // In the id even where it does not vary: adding a value to its list changes no other case's id.
  bool is_always_named = false;
  std::string_view family = "";  // a prefix of all its values, which tells cases apart nowhere
  bool is_real = false;          // binary32, in its shortest digits
};

// Each combination as a group without lists, with the part of the id that names it.
using Combination = std::pair<nlohmann::json, std::string>;

// Error (invalid_vectors): lists and `repeat` make more cases than anyone waits for.
Result<std::vector<Combination>> combinations(const nlohmann::json& group,
                                              std::span<const Axis> axes, const std::string& where);

// Such a field's values: the list, the one value, or `all` where the field is "all".
std::vector<std::string> names_of(const nlohmann::json& field, const std::vector<std::string>& all);

}  // namespace assay
