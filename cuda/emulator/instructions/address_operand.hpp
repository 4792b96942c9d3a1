// SPDX-License-Identifier: Apache-2.0
// An address operand [base + offset] and the state space that a modifier names, for instructions
// that take several of them.
#pragma once

#include <array>
#include <cstdint>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/program/decode.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

using Addresses = std::array<std::uint64_t, kLanes>;

struct AddressOperand {
  Slot base = kNoSlot;
  std::int64_t offset = 0;
  bool is_32_bit = false;

  std::uint64_t at(Warp& warp, int lane) const {
    if (!is_32_bit)
      return warp.lanes<std::uint64_t>(base)[lane] + static_cast<std::uint64_t>(offset);
    return warp.lanes<std::uint32_t>(base)[lane] + static_cast<std::uint32_t>(offset);
  }
  void all(Warp& warp, Addresses& addresses) const {
    for (int lane = 0; lane < kLanes; ++lane)
      addresses[static_cast<std::size_t>(lane)] = at(warp, lane);
  }
};

// Errors (usage): not an address, or one of a parameter.
Result<AddressOperand> read_address(OpBuilder& builder, std::size_t index);

// .shared, .shared::cta and .shared::cluster (a cluster here is one block): shared. .global:
// global. None: generic.
ptx::Space space_of(const OpBuilder& builder);

// Generic addresses of instructions that work on shared memory only, as addresses there. Flow::stop
// after a finding where one points elsewhere.
Flow to_shared(Warp& warp, Mask active, ptx::Space space, Addresses& addresses);

}  // namespace assay::emulator
