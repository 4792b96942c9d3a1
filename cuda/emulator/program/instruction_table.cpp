// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

Decoder InstructionTable::find(std::string_view opcode) const {
  const auto found = decoders_.find(opcode);
  return found == decoders_.end() ? nullptr : found->second;
}

std::vector<std::string> InstructionTable::opcodes() const {
  std::vector<std::string> names;
  for (const auto& [name, decoder] : decoders_)
    names.push_back(name);
  return names;
}

const InstructionTable& instruction_table() {
  static const InstructionTable table = [] {
    InstructionTable all;
    for (const auto add :
         {add_arithmetic, add_logic, add_bit_operations, add_comparisons, add_moves,
          add_conversions, add_memory, add_atomics, add_warp_operations, add_mma, add_async_copies,
          add_mbarrier, add_tcgen05, add_fences, add_control})
      add(all);
    return all;
  }();
  return table;
}

}  // namespace assay::emulator
