// SPDX-License-Identifier: Apache-2.0
// Errors as values: every fallible function of Assay returns Result<T> or Status. An error's
// message names the tensor or file, the index and the rule that was broken, ready to print as one
// line.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace assay {

// Each code has one meaning; the command line maps it to an exit code (docs/cli.md).
enum class ErrorCode {
  usage,               // an argument, option or output path that cannot be honoured
  invalid_vectors,     // an input file, suite or tensor breaks a rule of its format
  target_unavailable,  // the implementation under test cannot be started
  too_few_cases,       // a selection matched nothing
  internal,            // a bug in Assay
};

struct Error {
  ErrorCode code;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// Builds the failure branch of a Result: return fail(ErrorCode::usage, "{}: no such file", path);
template <typename... Args>
tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

}  // namespace assay

// Returns the error of a Status or Result from the enclosing function.
#define ASSAY_TRY(expression)                                   \
  do {                                                          \
    if (auto assay_status = (expression); !assay_status)        \
      return ::tl::unexpected(std::move(assay_status).error()); \
  } while (false)

// Evaluates a Result; on success assigns its value to `lhs` (which may declare), else returns the
// error.
#define ASSAY_ASSIGN(lhs, expression) \
  ASSAY_ASSIGN_IMPL(ASSAY_JOIN(assay_result_, __LINE__), lhs, expression)
#define ASSAY_ASSIGN_IMPL(result, lhs, expression)                 \
  auto result = (expression);                                      \
  if (!result) return ::tl::unexpected(std::move(result).error()); \
  lhs = *std::move(result)
#define ASSAY_JOIN(a, b) ASSAY_JOIN_IMPL(a, b)
#define ASSAY_JOIN_IMPL(a, b) a##b
