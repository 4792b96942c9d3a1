// SPDX-License-Identifier: Apache-2.0
// assay verify: SHA-256 of case files, or of a suite expanded anew, against vectors/MANIFEST.json.
#include <algorithm>
#include <iterator>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "conformance/cli/case_set.hpp"
#include "conformance/cli/options.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/progress.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/interrupt.hpp"
#include "vectors/generate/suite.hpp"
#include "vectors/io/temporary_folder.hpp"

namespace assay::cli {
namespace {

struct VerifyOptions {
  std::string source;
  SelectionOptions selection;
  WorkOptions work;
  bool seal = false, json = false;
};

struct VerifiedCase {
  std::string id, sha256;
  std::string_view state;  // "sealed", "different", "unknown", "missing"
};

Result<std::vector<VerifiedCase>> hash_cases(const VerifyOptions& options, const Seals& seals,
                                             const std::vector<NamedCase>& cases) {
  std::vector<VerifiedCase> verified(cases.size());
  Progress progress("verify " + options.source, cases.size(), options.work.quiet);
  ASSAY_TRY(for_each_case(cases.size(), options.work.jobs, [&](std::size_t i) -> Status {
    const std::string& id = cases[i].id;
    ASSAY_ASSIGN(const CaseFile file, cases[i].open());
    const std::string sha256 = file.file.sha256();
    const bool known = seals.contains(id);
    const bool equal = known && check_seal(seals, id, sha256).has_value();
    verified[i] = {id, sha256, equal ? "sealed" : known ? "different" : "unknown"};
    progress.step(id, known && !equal);
    return {};
  }));
  std::erase_if(verified, [](const VerifiedCase& each) { return each.id.empty(); });
  return verified;
}

// The sealed cases of every suite that `verified` has cases of, without those: a whole folder or
// suite should hold them.
std::vector<VerifiedCase> missing_cases(const Manifest& manifest,
                                        const std::vector<VerifiedCase>& verified) {
  std::set<std::string> ids;
  for (const VerifiedCase& each : verified)
    ids.insert(each.id);
  std::vector<VerifiedCase> missing;
  for (const auto& [suite, seals] : manifest) {
    if (std::ranges::none_of(seals, [&](const auto& seal) { return ids.contains(seal.first); }))
      continue;
    for (const auto& [id, sha256] : seals)
      if (!ids.contains(id)) missing.push_back({id, sha256, "missing"});
  }
  return missing;
}

bool is_whole(const std::string& source, const Selection& selection) {
  return selection.text().empty() && std::filesystem::path(source).extension() != ".safetensors";
}

// Replaces the suite's entries of the manifest by what was just generated.
Status seal(const VerifyOptions& options, Manifest manifest,
            const std::vector<VerifiedCase>& verified) {
  ASSAY_ASSIGN(const Suite suite, load_suite(options.source));
  const std::vector<std::string> shipped = suite_names();
  std::error_code ignored;
  if (std::ranges::find(shipped, suite.name) != shipped.end() && options.source != suite.name &&
      !std::filesystem::equivalent(options.source,
                                   vectors_root() / "suites" / (suite.name + ".json"), ignored))
    return fail(ErrorCode::usage, "{}: the suite {} is another file's", options.source, suite.name);
  if (verified.size() != suite.cases.size())
    return fail(ErrorCode::usage, "--seal takes a whole suite, {} of {} cases were selected",
                verified.size(), suite.cases.size());
  auto& entries = manifest[suite.name];
  entries.clear();
  for (const VerifiedCase& each : verified)
    entries[each.id] = each.sha256;
  return write_manifest(vectors_root() / "MANIFEST.json", manifest);
}

std::size_t count(const std::vector<VerifiedCase>& verified, std::string_view state) {
  return static_cast<std::size_t>(std::ranges::count(verified, state, &VerifiedCase::state));
}

void print_text(const std::vector<VerifiedCase>& verified) {
  for (const VerifiedCase& each : verified)
    if (each.state != "sealed") write_out("{:<10} {}  {}\n", each.state, each.sha256, each.id);
  const std::size_t missing = count(verified, "missing");
  write_out("{} cases: {} sealed, {} different, {} not in the manifest{}\n",
            verified.size() - missing, count(verified, "sealed"), count(verified, "different"),
            count(verified, "unknown"), missing > 0 ? fmt::format("; {} missing", missing) : "");
}

void print_json(const std::vector<VerifiedCase>& verified) {
  nlohmann::json cases = nlohmann::json::array();
  for (const VerifiedCase& each : verified)
    cases.push_back({{"id", each.id}, {"sha256", each.sha256}, {"state", each.state}});
  write_text(stdout, json_text({{"schema", "assay.verify/1"}, {"cases", cases}}));
}

Result<int> verify(const VerifyOptions& options) {
  ASSAY_ASSIGN(const Selection selection, options.selection.parse());
  ASSAY_ASSIGN(const TemporaryFolder work, TemporaryFolder::make());
  ASSAY_ASSIGN(const auto cases, find_case_set(options.source, {selection, options.work.data_dir,
                                                                work.path(), false}));
  ASSAY_ASSIGN(const Manifest manifest, load_manifest());
  ASSAY_ASSIGN(auto verified, hash_cases(options, seals_of(manifest), cases));
  if (interrupted()) return kInterrupted;
  if (options.seal) {
    ASSAY_TRY(seal(options, manifest, verified));
    write_err("{}: {} cases sealed\n", options.source, verified.size());
    return kPass;
  }
  if (is_whole(options.source, selection))
    std::ranges::copy(missing_cases(manifest, verified), std::back_inserter(verified));
  options.json ? print_json(verified) : print_text(verified);
  return count(verified, "sealed") == verified.size() ? kPass : kInvalidVectors;
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("verify", "Check SHA-256 of cases against the manifest");
  const auto options = std::make_shared<VerifyOptions>();
  verb->add_option("cases", options->source, "Folder of case files, a case file, or a suite")
      ->required();
  options->selection.add_to(*verb);
  options->work.add_to(*verb);
  verb->add_flag("--seal", options->seal, "Record the suite's SHA-256 in the manifest instead");
  verb->add_flag("--json", options->json, "Print the hashes as JSON");
  verb->footer(
      "Examples:\n"
      "  assay verify vectors.out\n"
      "  assay verify adversarial\n"
      "  assay verify adversarial --seal\n"
      "A suite is expanded anew: the check shows that this machine makes the same bytes.\n"
      "The rest of a suite that is in the manifest but not in the folder is missing, unless "
      "--filter,\n"
      "--exclude or --shard ask for a part. A folder named like a suite needs a slash: ./smoke\n"
      "Exit codes: 0 all sealed, 3 a case differs, is missing or is not in the manifest");
  verb->callback([options, &exit_code] { exit_code = finish(verify(*options)); });
}

}  // namespace assay::cli
