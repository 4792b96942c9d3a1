// SPDX-License-Identifier: Apache-2.0
// Exit codes of every verb of the command line (docs/cli.md).
#pragma once

#include "reference/result.hpp"

namespace assay {

inline constexpr int kPass = 0;
inline constexpr int kMismatch = 1;
inline constexpr int kUsage = 2;
inline constexpr int kInvalidVectors = 3;
inline constexpr int kTargetUnavailable = 4;
inline constexpr int kTooFewCases = 5;
inline constexpr int kTargetDied = 7;  // crash or timeout
inline constexpr int kInternal = 70;
inline constexpr int kInterrupted = 130;

constexpr int exit_code_of(ErrorCode code) {
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

}  // namespace assay
