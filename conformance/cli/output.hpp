// SPDX-License-Identifier: Apache-2.0
// What a verb leaves behind: text on stdout and stderr, and its exit code. Writing never throws; a
// result that could not be written is noticed once, at the end.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include "conformance/report/exit_codes.hpp"
#include "reference/result.hpp"

namespace assay::cli {

void write_text(std::FILE* stream, const std::string& text);

template <typename... Args>
void write_out(fmt::format_string<Args...> text, Args&&... args) {
  write_text(stdout, fmt::format(text, std::forward<Args>(args)...));
}

template <typename... Args>
void write_err(fmt::format_string<Args...> text, Args&&... args) {
  write_text(stderr, fmt::format(text, std::forward<Args>(args)...));
}

// Prints "assay: error: MESSAGE" on stderr and returns the code's exit code.
int report_error(const Error& error);

// The body of a verb: its exit code, or an error that is reported here.
int finish(const Result<int>& result);

// Flushes stdout. Where something could not be written: a line on stderr, and exit code 2 instead
// of 0. A reader that has gone (`| head -1`) has what it wants: no error.
int close_output(int exit_code);

}  // namespace assay::cli
