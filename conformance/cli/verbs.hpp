// SPDX-License-Identifier: Apache-2.0
// The verbs of the command line. Each adds its subcommand to the application; running it stores the
// exit code (docs/cli.md). Results go to stdout, progress and errors to stderr.
#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

void add_generate(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);
void add_diff(CLI::App& app, int& exit_code);
void add_list(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_mutate(CLI::App& app, int& exit_code);
void add_info(CLI::App& app, int& exit_code);
void add_lint(CLI::App& app, int& exit_code);
void add_cast(CLI::App& app, int& exit_code);
void add_quantize(CLI::App& app, int& exit_code);
void add_dequantize(CLI::App& app, int& exit_code);
void add_reencode(CLI::App& app, int& exit_code);
void add_tensorcore(CLI::App& app, int& exit_code);
void add_emulate(CLI::App& app, int& exit_code);

// Below `assay info`: formats, recipes, models.
void add_info_tables(CLI::App& info, int& exit_code);

}  // namespace assay::cli
