// SPDX-License-Identifier: Apache-2.0
// Target "exec:COMMAND": a process reads a case file (inputs only) and writes a result file. Every
// way in which it can misbehave is a verdict on the case; the runner's own troubles end the run.
#include <cstring>

#include "conformance/target/command.hpp"
#include "conformance/target/kinds.hpp"
#include "conformance/target/process.hpp"
#include "vectors/io/temporary_folder.hpp"

namespace assay {
namespace {

constexpr int kUnsupportedExitCode = 77;  // as in Automake's and Meson's test protocols: skipped
constexpr std::string_view kCasePlaceholder = "{case}";
constexpr std::string_view kResultPlaceholder = "{result}";

bool contains(const std::vector<std::string>& arguments, std::string_view placeholder) {
  for (const std::string& argument : arguments) {
    if (argument.find(placeholder) != std::string::npos) return true;
  }
  return false;
}

void replace_all(std::string& text, std::string_view placeholder, const std::string& value) {
  std::size_t at = 0;
  while ((at = text.find(placeholder, at)) != std::string::npos) {
    text.replace(at, placeholder.size(), value);
    at += value.size();
  }
}

std::string with_last_words(std::string what, const ProcessResult& process) {
  if (!process.last_words.empty()) what += ": " + process.last_words;
  return what;
}

// What the way in which the process ended means for the case.
TargetResult result_of(const ProcessResult& process, const CaseFile& test_case,
                       const std::string& result_path, std::int64_t timeout_ms) {
  using enum TargetOutcome;
  switch (process.end) {
    case ProcessEnd::timed_out:
      return {timed_out,
              with_last_words(fmt::format("no end after {} ms", timeout_ms), process),
              {},
              {}};
    case ProcessEnd::interrupted:
      return {missing, "interrupted before a result", {}, {}};
    case ProcessEnd::signaled: {
      const char* name = sigabbrev_np(process.code);
      const std::string signal = name != nullptr ? name : std::to_string(process.code);
      return {crashed, with_last_words("killed by SIG" + signal, process), {}, {}};
    }
    case ProcessEnd::exited:
      break;
  }
  if (process.code == kUnsupportedExitCode) {
    return {unsupported, process.last_words.empty() ? "exit code 77" : process.last_words, {}, {}};
  }
  if (process.code != 0) {
    return {crashed, with_last_words(fmt::format("exit code {}", process.code), process), {}, {}};
  }
  std::error_code ignored;
  if (!std::filesystem::exists(result_path, ignored)) {
    return {missing, with_last_words("exit code 0, but no result file", process), {}, {}};
  }
  return read_result(result_path, test_case);
}

class ExecTarget : public Target {
 public:
  ExecTarget(std::string command, std::vector<std::string> arguments, TargetOptions options)
      : command_(std::move(command)),
        arguments_(std::move(arguments)),
        options_(std::move(options)) {}

  std::string name() const override { return "exec:" + command_; }

  Result<TargetResult> run(const CaseFile& test_case) const override {
    ASSAY_ASSIGN(const TemporaryFolder folder, TemporaryFolder::make(options_.work_dir));
    const std::string case_path = (folder / "case.safetensors").string();
    const std::string result_path = (folder / "result.safetensors").string();
    ASSAY_TRY(write_case(case_path, test_case.description, test_case.inputs()));
    std::vector<std::string> arguments = arguments_;
    for (std::string& argument : arguments) {
      replace_all(argument, kCasePlaceholder, case_path);
      replace_all(argument, kResultPlaceholder, result_path);
    }
    ASSAY_ASSIGN(const ProcessResult process, run_process(arguments, options_.timeout_ms));
    return result_of(process, test_case, result_path, options_.timeout_ms);
  }

 private:
  std::string command_;
  std::vector<std::string> arguments_;
  TargetOptions options_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_exec_target(const std::string& command,
                                                 const TargetOptions& options) {
  ASSAY_ASSIGN(std::vector<std::string> arguments, split_command(command));
  ASSAY_ASSIGN(arguments[0], find_program(arguments[0]));
  const bool has_case = contains(arguments, kCasePlaceholder);
  const bool has_result = contains(arguments, kResultPlaceholder);
  if (has_case != has_result) {
    return fail(ErrorCode::usage, "target exec:{}: has {} but not {}", command,
                has_case ? kCasePlaceholder : kResultPlaceholder,
                has_case ? kResultPlaceholder : kCasePlaceholder);
  }
  if (!has_case) {
    arguments.emplace_back(kCasePlaceholder);
    arguments.emplace_back(kResultPlaceholder);
  }
  return std::make_unique<ExecTarget>(command, std::move(arguments), options);
}

}  // namespace assay
