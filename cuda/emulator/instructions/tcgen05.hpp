// SPDX-License-Identifier: Apache-2.0
// What the tcgen05 instructions share: PTX ISA 9.7.16, "TensorCore 5th Generation Family
// Instructions". One block is a cluster here, so only .cta_group::1 exists.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/memory/tensor_memory.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

// An address in tensor memory: [base + offset], the base a register of 32 bits. Errors (usage):
// anything else.
Result<AddressOperand> read_tensor_address(OpBuilder& builder, std::size_t index);

Flow report_tcgen05(Warp& warp, int lane, std::string message);

// Is [column, column + columns) allocated? False after a finding.
bool check_columns(Warp& warp, int lane, std::uint32_t column, std::uint32_t columns,
                   std::string_view what);

// The value that all lanes give an operand of a collective instruction; nothing after a finding.
template <typename F>
std::optional<std::uint64_t> collective(Warp& warp, Mask active, std::string_view what, F&& value) {
  const int first = std::countr_zero(active);
  const std::uint64_t common = value(first);
  for (int lane = first + 1; lane < kLanes; ++lane)
    if ((active >> lane & 1) != 0 && value(lane) != common) {
      report_tcgen05(warp, lane, std::string("lanes of the warp name different ") += what);
      return std::nullopt;
    }
  return common;
}

Status decode_tensor_alloc(OpBuilder& builder);       // tcgen05_alloc.cpp
Status decode_tensor_dealloc(OpBuilder& builder);     // tcgen05_alloc.cpp
Status decode_tensor_relinquish(OpBuilder& builder);  // tcgen05_alloc.cpp
Status decode_tensor_load(OpBuilder& builder);        // tcgen05_load_store.cpp
Status decode_tensor_store(OpBuilder& builder);       // tcgen05_load_store.cpp
Status decode_tensor_mma(OpBuilder& builder);         // tcgen05_mma.cpp

}  // namespace assay::emulator
