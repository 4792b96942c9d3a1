// SPDX-License-Identifier: Apache-2.0
// assay tensorcore --file: a model on rows that somebody recorded on a GPU.
#pragma once

#include <filesystem>

#include "conformance/cli/tensorcore_dot.hpp"

namespace assay::cli {

struct RowsOptions {
  std::filesystem::path input, output;  // no output: none is written
  bool zero_c = false;                  // take c as +0
  bool json = false;
};

// The exit code: kMismatch where a row differs. Errors: no such file, a value that is none of the
// operands' format (invalid_vectors); neither results in the file nor an output (usage).
Result<int> judge_rows(const DotChoice& choice, const RowsOptions& options);

}  // namespace assay::cli
