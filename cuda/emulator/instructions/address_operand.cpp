// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/address_operand.hpp"

#include <fmt/format.h>

#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {

Result<AddressOperand> read_address(OpBuilder& builder, std::size_t index) {
  ASSAY_ASSIGN(const OpBuilder::Address address, builder.address(index));
  if (address.base == kNoSlot) return builder.unsupported("an address of a parameter");
  return AddressOperand{address.base, address.offset, address.is_32_bit};
}

ptx::Space space_of(const OpBuilder& builder) {
  for (const std::string& modifier : builder.instruction().modifiers) {
    if (modifier == "shared" || modifier == "shared::cta" || modifier == "shared::cluster")
      return ptx::Space::shared;
    if (modifier == "global") return ptx::Space::global;
  }
  return ptx::Space::generic;
}

Flow to_shared(Warp& warp, Mask active, ptx::Space space, Addresses& addresses) {
  if (space == ptx::Space::shared) return Flow::next;
  for (int lane = 0; lane < kLanes; ++lane) {
    std::uint64_t& address = addresses[static_cast<std::size_t>(lane)];
    if (((active >> lane) & 1) == 0) continue;
    if (address < kSharedWindow || address - kSharedWindow >= kWindowBytes)
      return report(warp, lane, FindingKind::invalid_address,
                    fmt::format("{:#x} is not in shared memory", address));
    address -= kSharedWindow;
  }
  return Flow::next;
}

}  // namespace assay::emulator
