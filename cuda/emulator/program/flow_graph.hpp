// SPDX-License-Identifier: Apache-2.0
// The basic blocks of a function and which may follow which.
#pragma once

#include <cstddef>
#include <vector>

#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

struct FlowGraph {
  struct Block {
    std::size_t begin = 0, end = 0;  // instructions
    std::vector<std::size_t> successors;
  };
  std::vector<Block> blocks;  // in the order of the text; the first is entered
};

FlowGraph flow_graph(const ptx::Function& function);

// Can control come to the end of the text, behind the last instruction?
bool reaches_end(const ptx::Function& function);

}  // namespace assay::emulator
