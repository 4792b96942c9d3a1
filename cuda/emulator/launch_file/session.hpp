// SPDX-License-Identifier: Apache-2.0
// Runs a launch description: a device of its own, with the module, a copy of every tensor, and the
// launches one after the other. As on a device whose context has failed, a launch with a finding is
// the last one, and there are no results.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cuda/emulator/launch_file/buffers.hpp"
#include "cuda/emulator/observe/profile.hpp"
#include "cuda/emulator/sanitize/unspecified.hpp"

namespace assay::emulator {

struct StepReport {
  std::string kernel;
  Dim3 grid{}, block{};
  std::uint64_t warp_instructions = 0;
  std::vector<Finding> findings;  // the first of each place
  std::uint64_t total_findings = 0;
  std::vector<UnspecifiedUse> unspecified;
};

class Session {
 public:
  // `module`: parsed for options.target. Errors (usage): PTX that is not supported, a kernel or
  // variable that it has not; (invalid_vectors): a tensor that is not there, arguments that do not
  // fit the kernel. They name the place in the launch file.
  static Result<std::unique_ptr<Session>> create(ptx::Module module, LaunchFile file,
                                                 const Options& options);

  // Error (usage): a launch that the device refuses.
  Status run();
  // Did every launch end without a finding, and did every element of an output get a
  // value?
  bool is_clean() const { return !has_failed_ && unwritten_.empty(); }
  const std::vector<StepReport>& steps() const { return steps_; }
  const std::vector<Unwritten>& unwritten() const { return unwritten_; }
  const Profile& profile() const { return profile_; }
  Result<Tensors> outputs() const { return buffers_->outputs(); }

 private:
  struct PreparedStep {
    const LaunchStep* step = nullptr;
    const Function* kernel = nullptr;
    LaunchConfig config;
  };

  explicit Session(LaunchFile file, const Options& options)
      : options_(options), file_(std::move(file)) {}
  Status prepare(ptx::Module module);
  Result<PreparedStep> prepare_step(const LaunchStep& step);
  Status run(const PreparedStep& prepared);

  Options options_;
  LaunchFile file_;
  std::unique_ptr<GlobalMemory> memory_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Buffers> buffers_;
  std::vector<PreparedStep> prepared_;
  std::vector<StepReport> steps_;
  std::vector<Unwritten> unwritten_;
  Profile profile_;
  bool has_failed_ = false;
};

}  // namespace assay::emulator
