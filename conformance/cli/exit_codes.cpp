// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/exit_codes.hpp"

#include <cstdio>

namespace assay::cli {
namespace {

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return kUsage;
    case ErrorCode::invalid_vectors:
      return kInvalidVectors;
    case ErrorCode::target_unavailable:
      return kTargetUnavailable;
    case ErrorCode::too_few_cases:
      return kTooFewCases;
    case ErrorCode::internal:
      return kInternal;
  }
  return kInternal;
}

}  // namespace

int report_error(const Error& error) {
  fmt::print(stderr, "assay: error: {}\n", error.message);
  return exit_code_of(error.code);
}

int finish(const Result<int>& result) {
  return result ? *result : report_error(result.error());
}

}  // namespace assay::cli
