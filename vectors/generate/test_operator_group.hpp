// SPDX-License-Identifier: Apache-2.0
// For tests of groups of any operator: the ids of a group's cases, and what is wrong with it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "vectors/generate/generate.hpp"
#include "vectors/generate/suite_group.hpp"
#include "vectors/io/atomic_file.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {

inline std::vector<std::string> ids_of(const nlohmann::json& group) {
  std::vector<std::string> ids;
  const auto cases = expand_group(group, "s/g", "w");
  EXPECT_TRUE(cases) << error_of(cases);
  if (cases)
    for (const CaseRecipe& recipe : *cases)
      ids.push_back(recipe.id);
  return ids;
}

inline std::string error_in(const nlohmann::json& group) {
  return error_of(expand_group(group, "s/g", "w"));
}

// Of a suite file with this group, which the schema judges first.
inline std::string schema_error(const nlohmann::json& group) {
  const TemporaryFolder folder = test_folder();
  const std::string path = folder / "suite.json";
  const nlohmann::json suite = {
      {"schema", "assay.suite/1"}, {"name", "s"}, {"description", "d"}, {"groups", {group}}};
  EXPECT_TRUE(write_file(path, suite.dump()));
  return error_of(load_suite(path));
}

}  // namespace assay
