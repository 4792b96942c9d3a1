// SPDX-License-Identifier: Apache-2.0
// assay verify: SHA-256 of case files, or of a suite expanded anew, against vectors/MANIFEST.json.
#include <memory>

#include <fmt/format.h>

#include "conformance/cli/case_set.hpp"
#include "conformance/cli/exit_codes.hpp"
#include "conformance/cli/options.hpp"
#include "conformance/cli/progress.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/target/interrupt.hpp"
#include "vectors/generate/suite.hpp"
#include "vectors/io/manifest.hpp"

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
  std::string_view state;  // "sealed", "different", "unknown"
};

Result<std::vector<VerifiedCase>> hash_cases(const VerifyOptions& options,
                                             const std::vector<NamedCase>& cases) {
  ASSAY_ASSIGN(const auto seals, read_seals());
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

// Replaces the suite's entries of the manifest by what was just generated.
Status seal(const VerifyOptions& options, const std::vector<VerifiedCase>& verified) {
  ASSAY_ASSIGN(const Suite suite, load_suite(options.source));
  if (verified.size() != suite.cases.size())
    return fail(ErrorCode::usage, "--seal takes a whole suite, {} of {} cases were selected",
                verified.size(), suite.cases.size());
  const auto path = vectors_root() / "MANIFEST.json";
  Manifest manifest;
  if (std::filesystem::exists(path)) {
    ASSAY_ASSIGN(manifest, read_manifest(path));
  }
  auto& entries = manifest[suite.name];
  entries.clear();
  for (const VerifiedCase& each : verified)
    entries[each.id] = each.sha256;
  return write_manifest(path, manifest);
}

std::size_t count(const std::vector<VerifiedCase>& verified, std::string_view state) {
  return static_cast<std::size_t>(std::ranges::count(verified, state, &VerifiedCase::state));
}

void print_text(const std::vector<VerifiedCase>& verified) {
  for (const VerifiedCase& each : verified)
    if (each.state != "sealed") fmt::print("{:<10} {}  {}\n", each.state, each.sha256, each.id);
  fmt::print("{} cases: {} sealed, {} different, {} not in the manifest\n", verified.size(),
             count(verified, "sealed"), count(verified, "different"), count(verified, "unknown"));
}

void print_json(const std::vector<VerifiedCase>& verified) {
  nlohmann::json cases = nlohmann::json::array();
  for (const VerifiedCase& each : verified)
    cases.push_back({{"id", each.id}, {"sha256", each.sha256}, {"state", each.state}});
  fmt::print("{}\n", nlohmann::json{{"schema", "assay.verify/1"}, {"cases", cases}}.dump(2));
}

Result<int> verify(const VerifyOptions& options) {
  ASSAY_ASSIGN(const Selection selection, options.selection.parse());
  ASSAY_ASSIGN(const TemporaryFolder work, TemporaryFolder::make());
  ASSAY_ASSIGN(const auto cases, find_case_set(options.source, {selection, options.work.data_dir,
                                                                work.path(), false}));
  ASSAY_ASSIGN(const auto verified, hash_cases(options, cases));
  if (interrupted()) return kInterrupted;
  if (options.seal) {
    ASSAY_TRY(seal(options, verified));
    fmt::print(stderr, "{}: {} cases sealed\n", options.source, verified.size());
    return kPass;
  }
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
      "Exit codes: 0 all sealed, 3 a case differs or is not in the manifest");
  verb->callback([options, &exit_code] { exit_code = finish(verify(*options)); });
}

}  // namespace assay::cli
