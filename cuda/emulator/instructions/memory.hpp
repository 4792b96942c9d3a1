// SPDX-License-Identifier: Apache-2.0
// What ld and st have in common: how a lane's bytes in memory become values in registers.
#pragma once

#include <array>
#include <cstdint>

#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/memory/access.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

inline constexpr std::size_t kMaxElements = 8;
inline constexpr std::size_t kMaxLaneBytes = 32;

struct MemoryOperation {
  AccessRule rule;
  AddressOperand address;
  bool is_own_param = false;   // address.offset is in the kernel's parameter block
  bool is_call_param = false;  // address.offset is in the frame's parameter area
  std::size_t count = 1;       // elements a lane
  std::uint32_t size = 4;      // bytes of an element in memory
  bool is_signed = false;
  std::array<Slot, kMaxElements> registers{};
  std::array<std::uint32_t, kMaxElements> widths{};  // bytes of a lane's register, at least size
};

// Reads modifiers, address and registers. `registers` is the index of the operand {a, b, ...}.
Result<MemoryOperation> read_memory_operation(OpBuilder& builder, std::size_t registers,
                                              std::size_t address);

// From memory's order, data[lane * count * size ...], to registers and back. Values narrower than
// their registers are extended: with the sign where the type has one, else with zeros (PTX ISA
// 9.4.1); stores take the low bytes.
void spread(Warp& warp, const MemoryOperation& operation, Mask active, const std::byte* data);
void gather(Warp& warp, const MemoryOperation& operation, std::byte* data);

Status decode_ld(OpBuilder& builder);
Status decode_st(OpBuilder& builder);

// memory_addresses.cpp, memory_hints.cpp, stack.cpp
void add_address_operations(InstructionTable& table);
void add_cache_operations(InstructionTable& table);
void add_stack_operations(InstructionTable& table);

}  // namespace assay::emulator
