// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/program/flow_graph.hpp"

#include <algorithm>

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

bool ends_block(const ptx::Instruction& instruction) {
  const auto& op = instruction.opcode;
  return op == "bra" || op == "brx" || op == "ret" || op == "exit" || op == "trap";
}

bool falls_through(const ptx::Instruction& instruction) {
  return instruction.guard >= 0 || !ends_block(instruction);
}

std::vector<int> targets(const ptx::Function& function, const ptx::Instruction& instruction) {
  std::vector<int> labels;
  for (const ptx::Operand& operand : instruction.operands) {
    if (operand.kind == Kind::label) labels.push_back(operand.index);
    if (operand.kind == Kind::target_list)
      labels = function.target_lists[static_cast<std::size_t>(operand.index)].labels;
  }
  return labels;
}

std::vector<std::size_t> block_starts(const ptx::Function& function) {
  std::vector<std::size_t> starts{0};
  for (const ptx::Label& label : function.labels)
    starts.push_back(static_cast<std::size_t>(label.instruction));
  for (std::size_t i = 0; i < function.body.size(); ++i)
    if (ends_block(function.body[i])) starts.push_back(i + 1);
  std::ranges::sort(starts);
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  std::erase_if(starts, [&](std::size_t start) { return start >= function.body.size(); });
  return starts;
}

}  // namespace

FlowGraph flow_graph(const ptx::Function& function) {
  const std::vector<std::size_t> starts = block_starts(function);
  FlowGraph graph;
  for (std::size_t b = 0; b < starts.size(); ++b) {
    FlowGraph::Block block;
    block.begin = starts[b];
    block.end = b + 1 < starts.size() ? starts[b + 1] : function.body.size();
    const ptx::Instruction& last = function.body[block.end - 1];
    if (falls_through(last) && b + 1 < starts.size()) block.successors.push_back(b + 1);
    if (ends_block(last))
      for (const int label : targets(function, last)) {
        const auto at =
            static_cast<std::size_t>(function.labels[static_cast<std::size_t>(label)].instruction);
        const auto found = std::ranges::lower_bound(starts, at);
        if (found != starts.end())
          block.successors.push_back(static_cast<std::size_t>(found - starts.begin()));
      }
    graph.blocks.push_back(std::move(block));
  }
  return graph;
}

bool reaches_end(const ptx::Function& function) {
  const auto is_at_end = [&](const ptx::Label& label) {
    return label.instruction == static_cast<int>(function.body.size());
  };
  return function.body.empty() || falls_through(function.body.back()) ||
         std::ranges::any_of(function.labels, is_at_end);
}

}  // namespace assay::emulator
