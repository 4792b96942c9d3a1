// SPDX-License-Identifier: Apache-2.0
// From a parsed module to a program. Each family of instructions registers a decoder per opcode
// (instructions/*.cpp); a decoder reads its instruction through an OpBuilder and emits one or more
// operations. What no decoder accepts is an error (usage) with file, line, instruction, and the
// closest form that is supported.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/emulator/program/op_builder.hpp"
#include "cuda/emulator/program/program.hpp"
#include "reference/result.hpp"

namespace assay::emulator {

using Decoder = Status (*)(OpBuilder& builder);

// Opcode -> decoder.
class InstructionTable {
 public:
  void add(std::string_view opcode, Decoder decoder) { decoders_.emplace(opcode, decoder); }
  Decoder find(std::string_view opcode) const;
  std::vector<std::string> opcodes() const;

 private:
  std::map<std::string, Decoder, std::less<>> decoders_;
};

// All families.
const InstructionTable& instruction_table();

// `variable_addresses`: the device address of each of module.variables that is global or constant.
Result<std::unique_ptr<Program>> decode(ptx::Module module,
                                        std::vector<std::uint64_t> variable_addresses);

}  // namespace assay::emulator
