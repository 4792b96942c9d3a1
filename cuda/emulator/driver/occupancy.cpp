// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/occupancy.hpp"

#include <algorithm>

namespace assay::emulator {
namespace {

constexpr int kWarp = 32;
constexpr int kRegistersPerWarpUnit = 256;  // a warp's registers are allocated in such units
constexpr int kPartitions = 4;              // of a multiprocessor: each has its registers and warps
constexpr std::size_t kSharedUnit = 128;

template <typename T>
constexpr T round_up(T value, T unit) {
  return (value + unit - 1) / unit * unit;
}

int registers_per_warp(int registers) {
  return round_up(std::max(registers, 1) * kWarp, kRegistersPerWarpUnit);
}

std::size_t allocated_shared(std::size_t bytes) {
  return round_up(bytes + kReservedSharedPerBlock, kSharedUnit);
}

int blocks_by_registers(int registers, int warps) {
  const int per_warp = registers_per_warp(registers);
  if (per_warp * round_up(warps, kPartitions) > kRegistersPerMultiprocessor) return 0;
  return kRegistersPerMultiprocessor / kPartitions / per_warp * kPartitions / warps;
}

const ptx::Function* source_of(const Program& program, const Function& function) {
  const auto found =
      std::ranges::find(program.module.functions, function.name, &ptx::Function::name);
  return found == program.module.functions.end() ? nullptr : &*found;
}

}  // namespace

int estimate_registers(const Program& program, const Function& function) {
  constexpr int kBytesPerRegister = 4 * kLanes;
  const int live =
      static_cast<int>(function.constants_offset - function.scratch_bytes) / kBytesPerRegister;
  int registers = std::clamp(round_up(live, 8), 16, 255);
  const ptx::Function* const source = source_of(program, function);
  if (source == nullptr) return registers;
  if (source->max_registers != 0)
    registers = std::min(registers, static_cast<int>(source->max_registers));
  if (source->max_threads.empty() && source->required_threads.empty()) return registers;
  const int warps =
      round_up(static_cast<int>(function.max_threads + kWarp - 1) / kWarp, kPartitions);
  return std::min(registers, kRegistersPerMultiprocessor / std::max(warps, 1) / kWarp / 8 * 8);
}

int resident_blocks(const DeviceModel& device, int registers, std::size_t shared_bytes,
                    int threads) {
  if (threads <= 0) return 0;
  const int warps = (threads + kWarp - 1) / kWarp;
  const std::size_t shared = allocated_shared(shared_bytes);
  return std::min({device.threads_per_multiprocessor / kWarp / warps,
                   device.blocks_per_multiprocessor, blocks_by_registers(registers, warps),
                   static_cast<int>(kSharedPerMultiprocessor / shared)});
}

int largest_block(int registers, int limit) {
  const int warps = kRegistersPerMultiprocessor / kPartitions / registers_per_warp(registers);
  return std::min(warps * kPartitions * kWarp, limit);
}

std::size_t available_dynamic_shared(std::size_t static_shared_bytes, int blocks) {
  const std::size_t share =
      kSharedPerMultiprocessor / static_cast<std::size_t>(blocks) / kSharedUnit * kSharedUnit;
  const std::size_t taken = static_shared_bytes + kReservedSharedPerBlock;
  return share > taken ? share - taken : 0;
}

}  // namespace assay::emulator
