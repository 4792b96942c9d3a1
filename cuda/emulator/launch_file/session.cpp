// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/launch_file/session.hpp"

#include <algorithm>

#include "cuda/emulator/program/load.hpp"
#include "reference/suggest.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint64_t kSpareBytes = std::uint64_t{1} << 28;  // red zones, alignment
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;

// What the description and the module need of the device's memory.
Result<std::uint64_t> memory_bytes(const ptx::Module& module, const LaunchFile& file) {
  std::uint64_t bytes = kSpareBytes;
  const auto add = [&](std::uint64_t more) { bytes += std::min(more, kMostBytes); };
  for (const std::filesystem::path& input : file.input_files()) {
    std::error_code missing;  // opening it says why
    const auto size = std::filesystem::file_size(input, missing);
    add(missing ? 0 : size);
  }
  for (const std::uint64_t size : file.buffer_bytes())
    add(size);
  for (const ptx::Variable& variable : module.variables)
    if (has_device_memory(variable)) add(variable.bytes);
  if (bytes <= kMostBytes) return bytes;
  return fail(ErrorCode::usage, "{}: needs more than 2^40 bytes of device memory", file.name);
}

Result<const Function*> find_kernel(const Program& program, const LaunchFile& file,
                                    const LaunchStep& step) {
  const Function* const kernel = program.find(step.kernel);
  if (kernel != nullptr && kernel->is_entry) return kernel;
  std::vector<std::string> names;
  for (const Function& function : program.functions)
    if (function.is_entry) names.push_back(function.name);
  return fail(ErrorCode::usage, "{}: {}/kernel: {} has no kernel {}{}", file.name, step.pointer,
              program.module.name, step.kernel, did_you_mean(step.kernel, names));
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(ptx::Module module, LaunchFile file,
                                                 const Options& options) {
  std::unique_ptr<Session> session(new Session(std::move(file), options));
  ASSAY_TRY(session->prepare(std::move(module)));
  return session;
}

Status Session::prepare(ptx::Module module) {
  ASSAY_ASSIGN(const std::uint64_t bytes, memory_bytes(module, file_));
  ASSAY_ASSIGN(memory_, GlobalMemory::create(bytes));
  ASSAY_ASSIGN(program_, load(std::move(module), *memory_));
  buffers_ = std::make_unique<Buffers>(*memory_, *program_, file_.name);
  for (const auto& [name, setting] : file_.globals)
    ASSAY_TRY(buffers_->set_global(name, setting));
  for (const LaunchStep& step : file_.steps) {
    ASSAY_ASSIGN(PreparedStep prepared, prepare_step(step));
    prepared_.push_back(std::move(prepared));
  }
  return {};
}

Result<Session::PreparedStep> Session::prepare_step(const LaunchStep& step) {
  PreparedStep prepared{.step = &step, .config = step.config};
  ASSAY_ASSIGN(prepared.kernel, find_kernel(*program_, file_, step));
  const std::vector<Param>& params = prepared.kernel->params;
  if (step.arguments.size() != params.size())
    return fail(ErrorCode::invalid_vectors, "{}: {}/arguments: {} takes {} arguments, here are {}",
                file_.name, step.pointer, step.kernel, params.size(), step.arguments.size());
  prepared.config.params.resize(prepared.kernel->param_bytes);
  for (std::size_t i = 0; i < params.size(); ++i) {
    ASSAY_ASSIGN(const std::vector<std::byte> bytes, buffers_->bytes_of(step.arguments[i]));
    if (bytes.size() != params[i].bytes)
      return fail(ErrorCode::invalid_vectors, "{}: {}: {} takes {} bytes, here are {}", file_.name,
                  step.arguments[i].pointer, params[i].name, params[i].bytes, bytes.size());
    std::ranges::copy(bytes, prepared.config.params.begin() + params[i].offset);
  }
  return prepared;
}

Status Session::run() {
  for (const PreparedStep& prepared : prepared_) {
    ASSAY_TRY(run(prepared));
    if (has_failed_) return {};
  }
  unwritten_ = buffers_->unwritten();
  return {};
}

Status Session::run(const PreparedStep& prepared) {
  Launch launch(*memory_, *program_, *prepared.kernel, options_, prepared.config);
  launch.id = steps_.size() + 1;
  const Status status = run_launch(launch);
  if (!status)
    return fail(status.error().code, "{}: {}: {}", file_.name, prepared.step->pointer,
                status.error().message);
  StepReport& report = steps_.emplace_back();
  report.kernel = prepared.kernel->name;
  report.grid = prepared.config.grid;
  report.block = prepared.config.block;
  report.warp_instructions = launch.steps;
  report.findings = launch.findings.sorted();
  report.total_findings = launch.findings.total();
  report.unspecified = unspecified_uses(launch);
  has_failed_ = !report.findings.empty();
  if (options_.profile) profile_.add(launch);
  return {};
}

}  // namespace assay::emulator
