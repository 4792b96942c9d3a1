// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/case_set.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "vectors/generate/generate.hpp"
#include "vectors/generate/suite.hpp"

namespace assay::cli {
namespace {

Result<CaseFile> open_file(const CaseLocation& location, const Seals& seals) {
  ASSAY_ASSIGN(CaseFile file, read_case(location.path));
  if (seals.contains(location.id)) ASSAY_TRY(check_seal(seals, location.id, file.file.sha256()));
  return file;
}

// The case goes through a file, so that the judge sees the very bytes that `assay generate` writes.
Result<CaseFile> expand(const CaseRecipe& recipe, const CaseSetOptions& options,
                        const Seals& seals) {
  const auto path = options.work_dir / "cases" / (recipe.id + ".safetensors");
  {
    ASSAY_ASSIGN(const GeneratedCase generated, generate_case(recipe, options.data_dir));
    ASSAY_ASSIGN(const std::string sha256,
                 write_case(path, generated.description, views_of(generated.tensors)));
    ASSAY_TRY(check_seal(seals, recipe.id, sha256));
  }
  Result<CaseFile> file = read_case(path);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return file;
}

Result<std::vector<NamedCase>> folder_cases(const std::string& folder,
                                            const CaseSetOptions& options,
                                            const std::shared_ptr<const Seals>& seals) {
  ASSAY_ASSIGN(auto found, find_cases(folder));
  ASSAY_ASSIGN(const auto selected, select_cases(std::move(found), options.selection));
  std::vector<NamedCase> cases;
  for (const CaseLocation& location : selected)
    cases.push_back(
        {location.id, seals->contains(location.id), [=] { return open_file(location, *seals); }});
  return cases;
}

Result<std::vector<NamedCase>> suite_cases(const std::string& name, const CaseSetOptions& options,
                                           const std::shared_ptr<const Seals>& seals) {
  ASSAY_ASSIGN(Suite suite, load_suite(name));
  ASSAY_ASSIGN(const auto selected, select_cases(std::move(suite.cases), options.selection));
  std::vector<NamedCase> cases;
  for (const CaseRecipe& recipe : selected)
    cases.push_back(
        {recipe.id, seals->contains(recipe.id), [=] { return expand(recipe, options, *seals); }});
  return cases;
}

bool is_folder_or_case_file(const std::string& source) {
  if (std::filesystem::path(source).extension() == ".safetensors") return true;
  const std::vector<std::string> suites = suite_names();
  if (std::ranges::find(suites, source) != suites.end()) return false;
  std::error_code ignored;
  return std::filesystem::is_directory(source, ignored);
}

}  // namespace

Result<Manifest> load_manifest() {
  const auto path = vectors_root() / "MANIFEST.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Manifest{};
  return read_manifest(path);
}

Seals seals_of(const Manifest& manifest) {
  Seals seals;
  for (const auto& [suite, cases] : manifest)
    seals.insert(cases.begin(), cases.end());
  return seals;
}

Status check_seal(const Seals& seals, const std::string& id, const std::string& sha256) {
  const auto seal = seals.find(id);
  if (seal == seals.end() || seal->second == sha256) return {};
  return fail(ErrorCode::invalid_vectors,
              "{}: SHA-256 is {}, the manifest records {} (--unsealed goes on all the same)", id,
              sha256, seal->second);
}

Result<std::vector<NamedCase>> find_case_set(const std::string& source,
                                             const CaseSetOptions& options) {
  auto seals = std::make_shared<const Seals>();
  if (options.check_seals) {
    ASSAY_ASSIGN(const Manifest manifest, load_manifest());
    seals = std::make_shared<const Seals>(seals_of(manifest));
  }
  if (is_folder_or_case_file(source)) return folder_cases(source, options, seals);
  return suite_cases(source, options, seals);
}

}  // namespace assay::cli
