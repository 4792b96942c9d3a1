// SPDX-License-Identifier: Apache-2.0
// assay: one binary, one verb a file.
#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/target/interrupt.hpp"
#include "reference/simd_path.hpp"
#include "reference/suggest.hpp"

namespace assay::cli {
namespace {

int usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  const std::string first = argc > 1 ? argv[1] : "";
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands(nullptr))
    verbs.push_back(verb->get_name());
  const bool known = std::ranges::find(verbs, first) != verbs.end();
  if (!first.empty() && first.front() != '-' && !known) {
    write_err("assay: error: unknown verb '{}'{}; see assay --help\n", first,
              did_you_mean(first, verbs));
    return kUsage;
  }
  write_err("assay: error: {}; see assay {}--help\n", error.what(), known ? first + " " : "");
  return kUsage;
}

int main(int argc, char** argv) {
  CLI::App app("Bit-exact reference, golden vectors and conformance runner for FP4/FP8 MoE layers",
               "assay");
  app.set_version_flag("--version", std::string("assay ") + ASSAY_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  assay check smoke --target reference\n"
      "  assay check smoke --target 'exec:python3 my_moe.py'\n"
      "  assay generate smoke -o vectors.out\n"
      "Exit codes: 0 pass, 1 mismatch, 2 usage, 3 invalid vectors, 4 target unavailable,\n"
      "  5 too few cases, 7 crash or timeout, 70 internal error, 130 interrupted");
  int exit_code = kPass;
  for (const auto add :
       {add_generate, add_check, add_run, add_diff, add_list, add_verify, add_mutate, add_cast,
        add_quantize, add_dequantize, add_reencode, add_tensorcore, add_info})
    add(app, exit_code);
#ifdef ASSAY_HAS_EMULATOR
  add_emulate(app, exit_code);
  add_lint(app, exit_code);
#endif
  catch_interrupts();
  std::signal(SIGPIPE, SIG_IGN);  // close_output sees what it would have said
  if (const Status status = check_simd_environment(); !status) return report_error(status.error());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, argc, argv);
  }
  return exit_code;
}

}  // namespace
}  // namespace assay::cli

int main(int argc, char** argv) {
  try {
    return assay::cli::close_output(assay::cli::main(argc, argv));
  } catch (const std::exception& error) {
    assay::cli::write_err("assay: internal error: {}\n", error.what());
    return assay::kInternal;
  }
}
