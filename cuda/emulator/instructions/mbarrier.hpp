// SPDX-License-Identifier: Apache-2.0
// What instructions that name an mbarrier share.
#pragma once

#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/instructions/mbarrier_object.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

struct MbarrierOperand {
  AddressOperand address;
  ptx::Space space = ptx::Space::generic;
};

// Its offset in shared memory. False after a finding: it is elsewhere or misaligned.
bool mbarrier_offset(Warp& warp, int lane, const MbarrierOperand& operand, std::uint32_t& offset);
// The object there; null after a finding: there is none.
Mbarrier* find_mbarrier(Warp& warp, int lane, const MbarrierOperand& operand,
                        std::uint32_t& offset);
// What the thread did happens before what those do that see the phase complete, if it releases.
void order_arrival(Warp& warp, int lane, std::uint32_t offset, std::uint64_t phase, bool releases);
Flow report_mbarrier(Warp& warp, int lane, std::uint32_t offset, std::string message);

Status decode_copy_arrival(OpBuilder& builder);   // cp.async.mbarrier.arrive
Status decode_mbarrier_wait(OpBuilder& builder);  // mbarrier.test_wait, try_wait: mbarrier_wait.cpp

}  // namespace assay::emulator
