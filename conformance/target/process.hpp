// SPDX-License-Identifier: Apache-2.0
// Runs one child process to its end, its time limit or an interrupt. The child leads a process
// group of its own, and whatever of that group is left afterwards is killed: no orphans.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reference/result.hpp"

namespace assay {

enum class ProcessEnd { exited, signaled, timed_out, interrupted };

struct ProcessResult {
  ProcessEnd end = ProcessEnd::exited;
  int code = 0;            // exit code, or number of the signal that ended the process
  std::string last_words;  // last non-empty line of stderr, else of stdout; printable, <= 300 bytes
};

// `arguments[0]` is the path of the program (no search). stdin is empty, the environment inherited.
// Error (target_unavailable): the system cannot start the program, with its reason.
Result<ProcessResult> run_process(const std::vector<std::string>& arguments,
                                  std::int64_t timeout_ms);

}  // namespace assay
