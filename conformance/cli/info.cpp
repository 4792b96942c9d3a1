// SPDX-License-Identifier: Apache-2.0
// assay info: what this build is and what it knows.
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/target.hpp"
#include "vectors/generate/suite.hpp"
#include "vectors/io/case_file.hpp"

namespace assay::cli {
namespace {

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

nlohmann::json describe() {
  return {{"schema", "assay.info/1"},
          {"version", ASSAY_VERSION},
          {"vectors_version", kVectorsVersion},
          {"compiler", kCompiler},
          {"vectors", vectors_root().string()},
          {"operators", {"moe"}},
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
  CLI::App* verb = app.add_subcommand("info", "Describe this build: version, profiles, targets");
  const auto as_json = std::make_shared<bool>(false);
  verb->add_flag("--json", *as_json, "Print as JSON");
  verb->footer("Examples:\n  assay info\n  assay info --json\n  assay --version");
  verb->callback([as_json, &exit_code] { exit_code = info(*as_json); });
}

}  // namespace assay::cli
