// SPDX-License-Identifier: Apache-2.0
// Runs PTX that may be anything, as an attacker's: its kernels are launched on small buffers, under
// a limit of steps, with options that follow from the text. Whatever happens must stay inside the
// emulator's allocations: each launch is made twice, with different bytes between the allocations,
// which must be untouched afterwards and must not have changed any result. That nothing else of the
// process is read or written is for AddressSanitizer to see.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/emulator/execute/launch.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

// A device with a loaded module and the buffers that its kernels get.
class HostileDevice {
 public:
  // Error (usage): the module does not load.
  static Result<std::unique_ptr<HostileDevice>> create(const ptx::Module& module);

  GlobalMemory& memory() { return *memory_; }
  const Program& program() const { return *program_; }
  const std::vector<Allocation>& allocations() const { return allocations_; }

  // All bytes that belong to no allocation.
  void fill_gaps(std::byte value);
  bool gaps_hold(std::byte value);
  // All bytes that do, allocation after allocation.
  std::string contents();
  // Parameters of the kernel: addresses of the buffers wherever 8 bytes are.
  std::vector<std::byte> arguments(const Function& kernel) const;

 private:
  HostileDevice() = default;
  Status add_buffer(std::uint64_t bytes, std::uint64_t initialized);
  template <typename F>
  void each_gap(F&& f);

  std::unique_ptr<GlobalMemory> memory_;
  std::unique_ptr<Program> program_;
  std::vector<Allocation> allocations_;  // by address
  std::vector<std::uint64_t> buffers_;
};

struct HostileOutcome {
  std::string refusal;      // why it does not parse, load or launch; empty: it does
  int launches = 0;         // that began
  std::uint64_t steps = 0;  // of all of them
  std::string findings;     // likewise
  std::string breach;       // what left the allocations; empty: nothing
};

HostileOutcome run_hostile(std::string_view text);

}  // namespace assay::emulator
