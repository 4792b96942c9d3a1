// SPDX-License-Identifier: Apache-2.0
// A target fills the outputs of a case: the reference itself, our CUDA backend, a process, files
// dumped by anything, or a mutant that must not pass.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vectors/io/case_file.hpp"

namespace assay {

enum class TargetOutcome { completed, unsupported, rejected, crashed, timed_out, missing, garbage };

struct TargetResult {
  TargetOutcome outcome = TargetOutcome::completed;
  std::string reason;                 // one line; for every outcome but completed
  TensorViews tensors;                // "output", and any "stage.*"; only when completed
  std::shared_ptr<const void> owner;  // keeps the bytes of `tensors` alive
};

struct TargetOptions {
  std::int64_t timeout_ms = 60'000;
  std::filesystem::path work_dir;  // for files exchanged with processes; exists
};

// Names and values that say what computed, in the order in which people read them.
using TargetEvidence = std::vector<std::pair<std::string, std::string>>;

class Target {
 public:
  virtual ~Target() = default;
  virtual std::string name() const = 0;  // the spec that make_target was given
  // Never sees expected tensors. Reentrant: cases may run in parallel. Once interrupted()
  // (interrupt.hpp) a process is not waited for: the outcome is then `missing`. An error is the
  // runner's, not the target's, and ends the run: no folder to exchange files in, a program that
  // the system cannot start.
  virtual Result<TargetResult> run(const CaseFile& test_case) const = 0;
  // What the report says of the runs so far, beside the verdicts.
  virtual TargetEvidence evidence() const { return {}; }
};

// The specs that make_target understands.
inline constexpr std::array<std::string_view, 6> kTargetSpecs{
    "reference",    "cuda",      "cuda:emulated[:sm_100a|sm_103a|sm_110a]",
    "exec:COMMAND", "files:DIR", "mutant:NAME"};

// Errors: usage for an unknown kind or device (with the known ones) or a command that cannot be
// split, target_unavailable for a command, folder, driver or device that does not exist.
//
// cuda: the backend on the machine's GPU; cuda:emulated: on the CUDA emulator, a device a process.
// exec: COMMAND is split like a shell does, but no shell runs it. The words {case} and {result}
// stand for the case file (inputs only) and the result file; without them both are appended in that
// order. Exit code 0: the result file is judged. 77: unsupported, the last line of stderr says why.
// files: DIR/<case id>.safetensors is the result. mutant: a wrong implementation of the catalogue
// (conformance/mutants); cases that it does not imitate are unsupported.
Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options);

}  // namespace assay
