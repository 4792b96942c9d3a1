// SPDX-License-Identifier: Apache-2.0
// Finds and reads suite files; suite_group.cpp expands their groups.
#include "vectors/generate/suite.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "vectors/generate/names.hpp"
#include "vectors/generate/suite_group.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

bool is_path(const std::string& name_or_path) {
  return name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".json");
}

Result<fs::path> find_suite(const std::string& name_or_path) {
  if (is_path(name_or_path)) return fs::path(name_or_path);
  ASSAY_TRY(check_name("suite", name_or_path, suite_names(), ErrorCode::usage));
  return vectors_root() / "suites" / (name_or_path + ".json");
}

}  // namespace

Result<Suite> load_suite(const std::string& name_or_path) {
  ASSAY_ASSIGN(const fs::path path, find_suite(name_or_path));
  ASSAY_ASSIGN(const nlohmann::json file, read_json(path, Schema::suite));
  Suite suite{.name = file["name"], .description = file["description"], .cases = {}};
  std::set<std::string> ids;
  for (const nlohmann::json& group : file["groups"]) {
    const std::string name = group["name"];
    const std::string where = fmt::format("{}: group {}", path.string(), name);
    ASSAY_ASSIGN(const auto cases, expand_group(group, suite.name + "/" + name, where));
    for (const CaseRecipe& recipe : cases)
      if (!ids.insert(recipe.id).second)
        return fail(ErrorCode::invalid_vectors, "{}: duplicate case id {}", where, recipe.id);
    suite.cases.insert(suite.cases.end(), cases.begin(), cases.end());
  }
  return suite;
}

std::vector<std::string> suite_names() {
  std::vector<std::string> names;
  std::error_code error;  // a folder that is missing or cannot be read has no suites
  fs::directory_iterator entry(vectors_root() / "suites", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ".json") names.push_back(entry->path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

fs::path vectors_root() {
  if (const char* folder = std::getenv("ASSAY_VECTORS"); folder != nullptr && *folder != '\0')
    return folder;
  std::error_code ignored;  // no /proc: the source tree it is
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path installed = program.parent_path().parent_path() / "share" / "assay" / "vectors";
  return fs::is_directory(installed, ignored) ? installed : fs::path(ASSAY_SOURCE_VECTORS);
}

}  // namespace assay
