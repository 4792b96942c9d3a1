// SPDX-License-Identifier: Apache-2.0
// assay list: the suites, or the cases of one.
#include <memory>

#include <fmt/format.h>

#include "conformance/cli/options.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "vectors/generate/suite.hpp"

namespace assay::cli {
namespace {

struct ListOptions {
  std::string suite;
  SelectionOptions selection;
  bool json = false;
};

Result<int> list_suites(bool as_json) {
  nlohmann::json suites = nlohmann::json::array();
  const std::vector<std::string> names = suite_names();
  if (names.empty())
    return fail(ErrorCode::usage, "{}: no suites here; is ASSAY_VECTORS right?",
                vectors_root().string());
  for (const std::string& name : names) {
    ASSAY_ASSIGN(const Suite suite, load_suite(name));
    suites.push_back(
        {{"name", suite.name}, {"cases", suite.cases.size()}, {"description", suite.description}});
    if (!as_json)
      write_out("{:<18} {:>4} cases  {}\n", name, suite.cases.size(), suite.description);
  }
  if (as_json) write_text(stdout, json_text({{"schema", "assay.list/1"}, {"suites", suites}}));
  return kPass;
}

Result<int> list_cases(const ListOptions& options) {
  ASSAY_ASSIGN(const Selection selection, options.selection.parse());
  ASSAY_ASSIGN(Suite suite, load_suite(options.suite));
  ASSAY_ASSIGN(suite.cases, select_cases(std::move(suite.cases), selection));
  nlohmann::json cases = nlohmann::json::array();
  for (const CaseRecipe& recipe : suite.cases) {
    cases.push_back({{"id", recipe.id}, {"operator", recipe.op}, {"notes", recipe.notes}});
    if (!recipe.profile.name.empty()) cases.back()["profile"] = recipe.profile.name;
    if (!recipe.attributes.empty()) cases.back()["attributes"] = recipe.attributes;
    if (!options.json) write_out("{}\n", recipe.id);
  }
  if (options.json)
    write_text(stdout,
               json_text({{"schema", "assay.list/1"}, {"suite", suite.name}, {"cases", cases}}));
  return kPass;
}

}  // namespace

void add_list(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("list", "List the suites, or the cases of one");
  const auto options = std::make_shared<ListOptions>();
  verb->add_option("suite", options->suite, "Name of a suite or a suite file");
  options->selection.add_to(*verb);
  verb->add_flag("--json", options->json, "Print the list as JSON");
  verb->footer(
      "Examples:\n"
      "  assay list\n"
      "  assay list adversarial --filter '*block_fma*'\n"
      "  assay list smoke --json");
  verb->callback([options, &exit_code] {
    exit_code = finish(options->suite.empty() ? list_suites(options->json) : list_cases(*options));
  });
}

}  // namespace assay::cli
