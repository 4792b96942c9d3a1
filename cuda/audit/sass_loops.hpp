// SPDX-License-Identifier: Apache-2.0
// Loops of machine code: what stands between a branch backwards and its target. NVIDIA does not
// document the encoding; of BRA (opcode bits 0x147), bits 16 to 23 and from 34 on are the distance
// from the next instruction in units of 4 bytes, low bits first, signed (read off ptxas 13.0 output
// for sm_100 to sm_120; sass_loops_test.cpp compiles loops of known length).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cuda/audit/sass_opcodes.hpp"

namespace assay::audit {

struct SassLoop {
  std::size_t first = 0, last = 0;  // instructions, counted from 0; the last is the branch
  bool is_innermost = true;         // encloses no other
  std::map<std::string, std::uint64_t> counts;

  std::uint64_t instructions() const { return last - first + 1; }
};

// In the order of their branches. The branch to itself that ptxas writes behind the last
// instruction is none. Empty before capability 90: another encoding. Of code with more than 1000
// loops, which no compiler has written yet, only innermost ones have counts, so that their nesting
// costs no time.
std::vector<SassLoop> find_loops(const std::vector<SassWord>& words, int capability);

}  // namespace assay::audit
