// SPDX-License-Identifier: Apache-2.0
// Names that suites use (distributions, routings, scores, suites): the check that one is known.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "reference/result.hpp"
#include "reference/suggest.hpp"

namespace assay {

using Names = std::vector<std::string>;

inline bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The error lists the known names and points at the nearest one.
inline Status check_name(const std::string& what, const std::string& name, const Names& known,
                         ErrorCode code = ErrorCode::invalid_vectors) {
  if (contains(known, name)) return {};
  std::string list;
  for (const std::string& each : known)
    list.append(list.empty() ? "" : ", ").append(each);
  return fail(code, "{} \"{}\" is unknown{}; known: {}", what, name, did_you_mean(name, known),
              list);
}

}  // namespace assay
