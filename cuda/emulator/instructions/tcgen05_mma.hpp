// SPDX-License-Identifier: Apache-2.0
// tcgen05.mma, dense, of one block: PTX ISA 9.7.16.10.9.1. What is decoded, and its execution.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/instructions/tcgen05_descriptor.hpp"

namespace assay::emulator {

struct TensorMma {
  TensorKind kind = TensorKind::f16;
  std::uint32_t scales = 0;  // of a row
  std::string target;        // "sm_110"
  AddressOperand d, scale_a, scale_b;
  Slot a = kNoSlot, b = kNoSlot;  // descriptors
  Slot form = kNoSlot;            // the instruction descriptor
  Slot enable_input_d = kNoSlot;
};

Flow run_tensor_mma(Warp& warp, const Op& op, Mask active);  // Op::detail is a TensorMma

}  // namespace assay::emulator
