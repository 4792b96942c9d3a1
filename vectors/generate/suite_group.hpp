// SPDX-License-Identifier: Apache-2.0
// From one group of a suite file to its case recipes: each combination of its lists, as often as it
// is repeated.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "vectors/generate/suite.hpp"

namespace assay {

// `group` is valid by suite.schema.json; `where` (file and group) starts each error message.
// Ids are prefix/variant#n; the variant names the fields that vary, n counts repetitions from 1.
Result<std::vector<CaseRecipe>> expand_group(const nlohmann::json& group, const std::string& prefix,
                                             const std::string& where);

}  // namespace assay
