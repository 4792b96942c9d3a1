// SPDX-License-Identifier: Apache-2.0
// A command line as one text, split into arguments without a shell, and made of them for one.
#pragma once

#include <string>
#include <vector>

#include "reference/result.hpp"

namespace assay {

// Splits at blanks; quotes and backslashes work as in POSIX.1-2017, XCU 2.2 (single quotes keep
// all, a backslash inside double quotes escapes $ ` " \ only). Nothing is expanded: $, *, ~, | and
// > are ordinary characters. Errors (usage): no word, a quote or backslash left open.
Result<std::vector<std::string>> split_command(const std::string& command);

// The inverse, for a POSIX shell to read; plain words stay as they are.
std::string shell_command(const std::vector<std::string>& words);

// The program's file: as given if it has a '/', else the first executable in $PATH. Error
// (target_unavailable): none.
Result<std::string> find_program(const std::string& name);

}  // namespace assay
