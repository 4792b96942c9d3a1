// SPDX-License-Identifier: Apache-2.0
// %tid, %laneid and their relatives (PTX ISA 10) as sources of any instruction.
#pragma once

#include <string_view>

#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

// Emits what fills a scratch register with the special register's value, before the instruction,
// whatever its guard. Error: unknown, with the closest name.
Result<Slot> special_register(OpBuilder& builder, std::string_view name, ptx::Type type);

}  // namespace assay::emulator
