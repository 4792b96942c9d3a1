// SPDX-License-Identifier: Apache-2.0
// assay generate: expands a suite into case files.
#include "vectors/generate/generate.hpp"

#include <memory>

#include <fmt/format.h>

#include "conformance/cli/options.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/progress.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/interrupt.hpp"
#include "vectors/generate/suite.hpp"

namespace assay::cli {
namespace {

struct GenerateOptions {
  std::string suite;
  std::filesystem::path output_dir;
  SelectionOptions selection;
  WorkOptions work;
  bool json = false;
};

struct WrittenCase {
  std::string id, sha256;
};

void print_result(const GenerateOptions& options, const Suite& suite,
                  const std::vector<WrittenCase>& written) {
  if (!options.json) {
    write_out("{}: {} cases written to {}\n", suite.name, written.size(),
              options.output_dir.string());
    return;
  }
  nlohmann::json cases = nlohmann::json::array();
  for (const WrittenCase& each : written)
    cases.push_back({{"id", each.id}, {"sha256", each.sha256}});
  const nlohmann::json result = {{"schema", "assay.generate/1"},
                                 {"suite", suite.name},
                                 {"folder", options.output_dir.string()},
                                 {"cases", cases}};
  write_text(stdout, json_text(result));
}

Result<int> generate(const GenerateOptions& options) {
  if (options.output_dir.empty()) return fail(ErrorCode::usage, "--output: is empty");
  ASSAY_ASSIGN(const Selection selection, options.selection.parse());
  ASSAY_ASSIGN(Suite suite, load_suite(options.suite));
  ASSAY_ASSIGN(suite.cases, select_cases(std::move(suite.cases), selection));
  std::vector<WrittenCase> written(suite.cases.size());
  {
    Progress progress("generate " + suite.name, suite.cases.size(), options.work.quiet);
    ASSAY_TRY(for_each_case(suite.cases.size(), options.work.jobs, [&](std::size_t i) -> Status {
      const CaseRecipe& recipe = suite.cases[i];
      ASSAY_ASSIGN(const GeneratedCase generated, generate_case(recipe, options.work.data_dir));
      ASSAY_ASSIGN(written[i].sha256,
                   write_case(options.output_dir / (recipe.id + ".safetensors"),
                              generated.description, views_of(generated.tensors)));
      written[i].id = recipe.id;
      progress.step(recipe.id);
      return {};
    }));
  }
  std::erase_if(written, [](const WrittenCase& each) { return each.id.empty(); });
  print_result(options, suite, written);
  return interrupted() ? kInterrupted : kPass;
}

}  // namespace

void add_generate(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("generate", "Expand a suite into case files");
  const auto options = std::make_shared<GenerateOptions>();
  verb->add_option("suite", options->suite, "Name of a suite (assay list) or a suite file")
      ->required();
  verb->add_option("-o,--output", options->output_dir, "Folder for the case files")->required();
  options->selection.add_to(*verb);
  options->work.add_to(*verb);
  verb->add_flag("--json", options->json, "Print ids and SHA-256 as JSON");
  verb->footer(
      "Examples:\n"
      "  assay generate smoke -o vectors.out\n"
      "  assay generate adversarial -o vectors.out --filter '*ties*'\n"
      "  assay generate my_suite.json -o vectors.out --shard 2/8 --json\n"
      "Equal suites give equal bytes on any compiler, CPU and number of threads.");
  verb->callback([options, &exit_code] { exit_code = finish(generate(*options)); });
}

}  // namespace assay::cli
