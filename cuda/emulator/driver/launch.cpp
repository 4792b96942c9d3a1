// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/launch.hpp"

#include <cstring>
#include <mutex>
#include <set>

#include "cuda/emulator/driver/findings_report.hpp"
#include "cuda/emulator/driver/occupancy.hpp"
#include "cuda/emulator/driver/profile_report.hpp"
#include "cuda/emulator/sanitize/unspecified.hpp"

namespace assay::emulator {
namespace {

struct ParamBuffer {
  const void* bytes = nullptr;
  std::size_t size = 0;
};

// {KEY, value, KEY, value, ..., END}
Outcome<ParamBuffer> read_extra(void** extra) {
  ParamBuffer buffer;
  const std::size_t* size = nullptr;
  for (; *extra != reinterpret_cast<void*>(CU_LAUNCH_PARAM_END_AS_INT); extra += 2) {
    const auto key = reinterpret_cast<std::uintptr_t>(extra[0]);
    if (key == CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT) {
      buffer.bytes = extra[1];
    } else if (key == CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT) {
      size = static_cast<const std::size_t*>(extra[1]);
    } else {
      return refuse(CUDA_ERROR_INVALID_VALUE, "extra: unknown key {}", key);
    }
  }
  if (size != nullptr) buffer.size = *size;
  if (buffer.size != 0) ASSAY_TRY(require(buffer.bytes, "CU_LAUNCH_PARAM_BUFFER_POINTER"));
  return buffer;
}

Outcome<void> check_residency(const Driver& driver, const LoadedFunction& loaded,
                              const LaunchConfig& config) {
  const std::uint64_t threads = std::uint64_t{config.block[0]} * config.block[1] * config.block[2];
  const std::size_t shared = loaded.function->shared_bytes + config.dynamic_shared_bytes;
  const int blocks =
      resident_blocks(driver.model, loaded.registers, shared, static_cast<int>(threads));
  const auto capacity = static_cast<std::uint64_t>(blocks * driver.model.multiprocessors);
  const std::uint64_t grid = std::uint64_t{config.grid[0]} * config.grid[1] * config.grid[2];
  if (grid <= capacity) return {};
  return refuse(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
                "{}: a cooperative grid of {} blocks; {} are resident at once (registers are "
                "estimated)",
                loaded.function->name, grid, capacity);
}

// Each note once a process.
void note_unspecified(const Launch& launch) {
  static std::mutex mutex;
  static std::set<std::string>& noted = *new std::set<std::string>;
  const std::string note = unspecified_note(launch.kernel.name, unspecified_uses(launch));
  const std::lock_guard lock(mutex);
  if (!note.empty() && noted.insert(note).second)
    fmt::print(stderr, "assay emulator: note: {}\n", note);
}

}  // namespace

Outcome<std::vector<std::byte>> pack_params(const Function& kernel, void** params, void** extra) {
  if (params != nullptr && extra != nullptr)
    return refuse(CUDA_ERROR_INVALID_VALUE, "{}: both kernelParams and extra are given",
                  kernel.name);
  std::vector<std::byte> block(kernel.param_bytes);
  if (extra != nullptr) {
    ASSAY_ASSIGN(const ParamBuffer buffer, read_extra(extra));
    // The buffer ends with the last parameter; the block may be padded.
    const std::size_t least =
        kernel.params.empty() ? 0 : kernel.params.back().offset + kernel.params.back().bytes;
    if (buffer.size < least)
      return refuse(CUDA_ERROR_INVALID_VALUE, "{}: extra holds {} bytes of parameters, {} needed",
                    kernel.name, buffer.size, least);
    if (least != 0) std::memcpy(block.data(), buffer.bytes, least);
    return block;
  }
  if (kernel.params.empty()) return block;
  ASSAY_TRY(require(params, "kernelParams"));
  for (std::size_t i = 0; i < kernel.params.size(); ++i) {
    const Param& param = kernel.params[i];
    if (params[i] == nullptr)
      return refuse(CUDA_ERROR_INVALID_VALUE, "{}: kernelParams[{}] is null", kernel.name, i);
    std::memcpy(block.data() + param.offset, params[i], param.bytes);
  }
  return block;
}

Outcome<void> check_launch(const Driver& driver, const LoadedFunction& loaded,
                           const LaunchConfig& config) {
  const Function& kernel = *loaded.function;
  if (config.cluster != Dim3{1, 1, 1} ||
      (kernel.cluster[0] != 0 && kernel.cluster != Dim3{1, 1, 1}))
    return refuse(CUDA_ERROR_NOT_SUPPORTED, "{}: clusters of more than one block", kernel.name);
  if (static_cast<std::int64_t>(config.dynamic_shared_bytes) > loaded.max_dynamic_shared_bytes)
    return refuse(CUDA_ERROR_INVALID_VALUE,
                  "{}: {} bytes of dynamic shared memory; "
                  "CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES allows {}",
                  kernel.name, config.dynamic_shared_bytes, loaded.max_dynamic_shared_bytes);
  if (config.is_cooperative) return check_residency(driver, loaded, config);
  return {};
}

Outcome<void> launch_now(Driver& driver, Context& context, const LoadedFunction& loaded,
                         const LaunchConfig& config) {
  Launch launch(*driver.memory, *loaded.module->program, *loaded.function, driver.options, config);
  launch.id = ++context.launches;
  const Status status = run_launch(launch);
  if (!status) return refuse_with(CUDA_ERROR_INVALID_VALUE, status.error());
  context.clock_ns += launch.steps;
  record_profile(launch);
  note_unspecified(launch);
  const std::optional<Failure> failure = report_findings(launch);
  if (!failure) return {};
  context.sticky = failure->code;
  context.sticky_reason = failure->reason;
  return tl::unexpected(*failure);
}

}  // namespace assay::emulator
