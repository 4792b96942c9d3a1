// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/output.hpp"

#include <cerrno>
#include <cstring>

namespace assay::cli {
namespace {

int stdout_errno = 0;  // of the first write that failed

}  // namespace

void write_text(std::FILE* stream, const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if (!is_written && stream == stdout && stdout_errno == 0) stdout_errno = errno;
}

int report_error(const Error& error) {
  write_err("assay: error: {}\n", error.message);
  return exit_code_of(error.code);
}

int finish(const Result<int>& result) {
  return result ? *result : report_error(result.error());
}

int close_output(int exit_code) {
  errno = 0;
  const bool is_flushed = std::fflush(stdout) == 0;
  if (!is_flushed && stdout_errno == 0) stdout_errno = errno;
  const bool is_complete = is_flushed && std::ferror(stdout) == 0;
  if (is_complete || stdout_errno == EPIPE) return exit_code;
  const char* reason = stdout_errno != 0 ? std::strerror(stdout_errno) : "write error";
  write_err("assay: error: standard output: {}\n", reason);
  return exit_code == kPass ? kUsage : exit_code;
}

}  // namespace assay::cli
