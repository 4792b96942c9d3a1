// SPDX-License-Identifier: Apache-2.0
// assay info: what this build is and what it knows.
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/target.hpp"
#include "reference/format/cast.hpp"
#include "reference/quantize/recipe.hpp"
#include "reference/simd_path.hpp"
#include "vectors/generate/suite.hpp"
#include "vectors/io/case_file.hpp"
#include "vectors/io/operators.hpp"

namespace assay::cli {
namespace {

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

template <typename Items>
std::vector<std::string_view> names_in(const Items& items) {
  std::vector<std::string_view> names;
  for (const auto& item : items)
    names.push_back(item.name);
  return names;
}

nlohmann::json describe() {
  return {{"schema", "assay.info/1"},
          {"version", ASSAY_VERSION},
          {"vectors_version", kVectorsVersion},
          {"compiler", kCompiler},
          {"simd", simd_path_name(simd_path())},
          {"vectors", vectors_root().string()},
          {"operators", names_in(operators())},
          {"formats", names_in(formats())},
          {"policies", cast_policy_names()},
          {"recipes", names_in(recipes())},
          {"profiles", profile_names()},
          {"suites", suite_names()},
          {"targets", kTargetSpecs}};
}

int info(bool as_json) {
  const nlohmann::json facts = describe();
  if (as_json) {
    write_text(stdout, json_text(facts));
    return kPass;
  }
  for (const auto& [name, value] : facts.items()) {
    if (name == "schema") continue;
    std::string text = value.is_string() ? value.get<std::string>() : "";
    if (value.is_array())
      text = fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ", "));
    write_out("{:<16} {}\n", name, text);
  }
  return kPass;
}

}  // namespace

void add_info(CLI::App& app, int& exit_code) {
  CLI::App* verb =
      app.add_subcommand("info", "Describe this build, its formats, recipes and models");
  const auto as_json = std::make_shared<bool>(false);
  verb->add_flag("--json", *as_json, "Print as JSON");
  verb->footer(
      "Examples:\n"
      "  assay info\n"
      "  assay info --json\n"
      "  assay info formats\n"
      "  assay info recipes --json\n"
      "  assay info models\n"
      "  assay --version");
  add_info_tables(*verb, exit_code);
  verb->callback([as_json, verb, &exit_code] {
    if (verb->get_subcommands().empty()) exit_code = info(*as_json);
  });
}

}  // namespace assay::cli
