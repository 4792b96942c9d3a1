// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/sanitize/updates.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

constexpr std::size_t kMostSteps = 256;  // instructions followed back from one store

bool is_plain(const ptx::Instruction& instruction, std::string_view opcode) {
  return instruction.opcode == opcode && instruction.operands.size() >= 2 &&
         !instruction.has("param") && !instruction.has("local") && !instruction.has("nc") &&
         !instruction.has("const");
}

bool is_same_address(const ptx::Operand& a, const ptx::Operand& b) {
  if (a.kind != Kind::address || b.kind != Kind::address) return false;
  const ptx::Operand &left = a.elements[0], &right = b.elements[0];
  return left.kind == right.kind && left.index == right.index && a.offset == b.offset &&
         left.offset == right.offset && left.bits == right.bits &&
         left.variable.in_function == right.variable.in_function &&
         left.variable.index == right.variable.index;
}

void collect(const ptx::Operand& operand, std::vector<int>& registers) {
  if (operand.kind == Kind::reg) registers.push_back(operand.index);
  for (const ptx::Operand& element : operand.elements)
    collect(element, registers);
}

class Definitions {
 public:
  explicit Definitions(const ptx::Function& function)
      : function_(function), writers_(function.registers.size()) {
    for (std::size_t i = 0; i < function.body.size(); ++i) {
      const ptx::Instruction& instruction = function.body[i];
      if (instruction.opcode == "st" || instruction.operands.empty()) continue;
      std::vector<int> written;
      collect(instruction.operands[0], written);
      for (const int reg : written)
        writers_[static_cast<std::size_t>(reg)].push_back(i);
    }
  }

  // The loads of the store's address that its value comes from.
  std::vector<std::size_t> sources(const ptx::Instruction& store) const {
    std::vector<std::size_t> loads;
    std::vector<int> queue;
    collect(store.operands[1], queue);
    std::set<int> seen(queue.begin(), queue.end());
    for (std::size_t next = 0; next < queue.size() && next < kMostSteps; ++next)
      for (const std::size_t writer : writers_[static_cast<std::size_t>(queue[next])])
        follow(store, writer, queue, seen, loads);
    return loads;
  }

 private:
  void follow(const ptx::Instruction& store, std::size_t writer, std::vector<int>& queue,
              std::set<int>& seen, std::vector<std::size_t>& loads) const {
    const ptx::Instruction& instruction = function_.body[writer];
    if (is_plain(instruction, "ld") &&
        is_same_address(instruction.operands[1], store.operands[0])) {
      loads.push_back(writer);
    }
    const std::string_view opcode = instruction.opcode;
    if (opcode == "ld" || opcode == "ldu" || opcode == "atom" || opcode == "call") return;
    std::vector<int> read;
    for (std::size_t o = 1; o < instruction.operands.size(); ++o)
      collect(instruction.operands[o], read);
    for (const int reg : read)
      if (seen.insert(reg).second) queue.push_back(reg);
  }

  const ptx::Function& function_;
  std::vector<std::vector<std::size_t>> writers_;  // by register: instructions
};

}  // namespace

void mark_updates(Program& program) {
  for (std::size_t f = 0; f < program.functions.size(); ++f) {
    const ptx::Function& source = program.module.functions[f];
    const Definitions definitions(source);
    std::vector<bool> updates(source.body.size());
    for (std::size_t i = 0; i < source.body.size(); ++i) {
      if (!is_plain(source.body[i], "st")) continue;
      for (const std::size_t load : definitions.sources(source.body[i]))
        updates[i] = updates[load] = true;
    }
    for (Pc pc = program.functions[f].begin; pc < program.functions[f].end; ++pc) {
      OpInfo& info = program.infos[pc];
      if (info.instruction != nullptr)
        info.is_update = updates[static_cast<std::size_t>(info.instruction - source.body.data())];
    }
  }
}

}  // namespace assay::emulator
