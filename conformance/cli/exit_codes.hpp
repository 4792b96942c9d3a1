// SPDX-License-Identifier: Apache-2.0
// Exit codes of every verb: 0 pass, 1 mismatch, 2 usage, 3 invalid vectors, 4 target unavailable, 5
// too few cases, 7 crash or timeout, 70 internal, 130 interrupted.
#pragma once

#include "reference/result.hpp"

namespace assay::cli {

inline constexpr int kPass = 0;
inline constexpr int kMismatch = 1;
inline constexpr int kUsage = 2;
inline constexpr int kInvalidVectors = 3;
inline constexpr int kTargetUnavailable = 4;
inline constexpr int kTooFewCases = 5;
inline constexpr int kInternal = 70;
inline constexpr int kInterrupted = 130;

// Prints "assay: error: MESSAGE" on stderr and returns the code's exit code.
int report_error(const Error& error);

// The body of a verb: its exit code, or an error that is reported here.
int finish(const Result<int>& result);

}  // namespace assay::cli
