// SPDX-License-Identifier: Apache-2.0
// Definite assignment on the flow graph (which registers every path has written), then the closure
// of the others under pure operations.
#include "cuda/emulator/program/uninitialized.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "cuda/emulator/program/bit_rows.hpp"

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

constexpr std::uint32_t kMaskBytes = 64;

// Operations that do nothing but compute a value from their operands.
constexpr std::array<std::string_view, 38> kPure = {
    "abs",  "add",      "addc", "and",  "bfe", "bfi",  "bfind", "bmsk", "brev", "clz",
    "cnot", "copysign", "cvt",  "cvta", "div", "dp2a", "dp4a",  "fma",  "lop3", "mad",
    "max",  "min",      "mov",  "mul",  "neg", "not",  "or",    "popc", "prmt", "rem",
    "selp", "set",      "setp", "shf",  "shl", "shr",  "sub",   "xor"};

bool is_pure(const ptx::Instruction& instruction) {
  return std::ranges::find(kPure, instruction.opcode) != kPure.end();
}

// Written on every path to the beginning of each block.
BitRows assigned_in(const ptx::Function& function, const std::vector<RegisterUse>& uses,
                    const FlowGraph& graph) {
  const std::size_t registers = function.registers.size();
  BitRows assigned(graph.blocks.size(), registers, true);
  if (!graph.blocks.empty()) std::fill_n(assigned.row(0), assigned.words(), 0);
  BitRows out(1, registers, false);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t b = 0; b < graph.blocks.size(); ++b) {
      const FlowGraph::Block& block = graph.blocks[b];
      std::copy_n(assigned.row(b), out.words(), out.row(0));
      for (std::size_t i = block.begin; i < block.end; ++i)
        if (writes_always(function.body[i]))
          for (const int reg : uses[i].writes)
            out.set(0, static_cast<std::size_t>(reg));
      for (const std::size_t next : block.successors)
        for (std::size_t w = 0; w < out.words(); ++w) {
          const std::uint64_t meet = assigned.row(next)[w] & out.row(0)[w];
          changed |= meet != assigned.row(next)[w];
          assigned.row(next)[w] = meet;
        }
    }
  }
  return assigned;
}

// Values come from memory that threads fill piecewise, structs with their padding: copies of what
// nothing has written are common there.
bool loads_maybe_unwritten(const ptx::Instruction& instruction) {
  return instruction.opcode == "ld" && defers_uninitialized(instruction);
}

// Registers that some read reaches unwritten, or that are loaded from such memory.
std::set<int> maybe_unwritten(const ptx::Function& function, const std::vector<RegisterUse>& uses,
                              const FlowGraph& graph) {
  BitRows assigned = assigned_in(function, uses, graph);
  std::set<int> found;
  for (std::size_t b = 0; b < graph.blocks.size(); ++b) {
    for (std::size_t i = graph.blocks[b].begin; i < graph.blocks[b].end; ++i) {
      for (const int reg : uses[i].reads)
        if (!assigned.test(b, static_cast<std::size_t>(reg))) found.insert(reg);
      if (loads_maybe_unwritten(function.body[i]))
        found.insert(uses[i].writes.begin(), uses[i].writes.end());
      if (writes_always(function.body[i]))
        for (const int reg : uses[i].writes)
          assigned.set(b, static_cast<std::size_t>(reg));
    }
  }
  return found;
}

bool reads_any(const RegisterUse& use, const std::set<int>& registers) {
  return std::ranges::any_of(use.reads, [&](int reg) { return registers.contains(reg); });
}

// What may be computed from them.
void close_under_pure(const ptx::Function& function, const std::vector<RegisterUse>& uses,
                      std::set<int>& watched) {
  for (bool grows = true; grows;) {
    const std::size_t before = watched.size();
    for (std::size_t i = 0; i < uses.size(); ++i)
      if (is_pure(function.body[i]) && reads_any(uses[i], watched))
        watched.insert(uses[i].writes.begin(), uses[i].writes.end());
    grows = watched.size() != before;
  }
}

std::vector<int> watched_reads(const RegisterUse& use, const std::set<int>& watched) {
  std::vector<int> reads;
  for (const int reg : use.reads)
    if (watched.contains(reg) && std::ranges::find(reads, reg) == reads.end()) reads.push_back(reg);
  return reads;
}

int register_of(const ptx::Operand& operand) {
  return operand.kind == Kind::reg ? operand.index : -1;
}

// Values stored to shared or local memory may be ones that nobody uses; only their address matters.
void drop_stored_values(const ptx::Instruction& instruction, std::vector<int>& reads) {
  if (instruction.opcode != "st" || instruction.has("global") || instruction.operands.size() < 2)
    return;
  const ptx::Operand& value = instruction.operands[1];
  const auto drop = [&](const ptx::Operand& operand) {
    if (operand.kind == Kind::reg) std::erase(reads, operand.index);
  };
  drop(value);
  for (const ptx::Operand& element : value.elements)
    drop(element);
}

CleanUpdate update_of(const ptx::Instruction& instruction, int target, std::vector<int> sources) {
  CleanUpdate update;
  update.target = target;
  update.sources = std::move(sources);
  const bool is_selection = instruction.opcode == "selp" && instruction.operands.size() == 4;
  if (is_selection && register_of(instruction.operands[3]) >= 0 &&
      !instruction.operands[3].is_negated) {
    update.predicate = register_of(instruction.operands[3]);
    update.if_true = register_of(instruction.operands[1]);
    update.if_false = register_of(instruction.operands[2]);
  }
  return update;
}

}  // namespace

bool defers_uninitialized(const ptx::Instruction& instruction) {
  for (const char* const space : {"global", "shared", "shared::cta", "shared::cluster", "const",
                                  "param", "param::entry", "param::func"})
    if (instruction.has(space)) return false;
  return true;
}

void watch_uninitialized(const ptx::Function& function, const std::vector<RegisterUse>& uses,
                         const FlowGraph& graph, RegisterPlan& plan) {
  std::set<int> watched = maybe_unwritten(function, uses, graph);
  if (watched.empty()) return;
  close_under_pure(function, uses, watched);
  plan.clean_masks.assign(function.registers.size(), kNoSlot);
  for (const int reg : watched) {
    plan.clean_masks[static_cast<std::size_t>(reg)] = plan.bytes;
    plan.bytes += kMaskBytes;
  }
  plan.checks.resize(uses.size());
  plan.updates.resize(uses.size());
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const ptx::Instruction& instruction = function.body[i];
    std::vector<int> reads = watched_reads(uses[i], watched);
    const bool pure = is_pure(instruction);
    for (const int reg : uses[i].writes) {
      if (!watched.contains(reg)) continue;
      plan.updates[i].push_back(update_of(instruction, reg, pure ? reads : std::vector<int>{}));
      plan.updates[i].back().is_load = loads_maybe_unwritten(instruction);
    }
    if (pure) continue;
    drop_stored_values(instruction, reads);
    plan.checks[i] = std::move(reads);
  }
}

}  // namespace assay::emulator
