// SPDX-License-Identifier: Apache-2.0
// What a cubin's kernels are made of: instructions by name, registers, local memory. Counts are
// static: a loop's body counts once. Padding behind the last instruction (the branch to itself and
// the NOPs that ptxas writes) counts too, under BRA and NOP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/audit/sass_loops.hpp"
#include "reference/result.hpp"

namespace assay::audit {

struct KernelSass {
  std::string name;  // of the .text section: a kernel or a function
  std::uint64_t instructions = 0;
  std::map<std::string, std::uint64_t> counts;
  std::optional<std::uint32_t> registers;    // a thread's (EIATTR_REGCOUNT of .nv.info)
  std::optional<std::uint32_t> stack_bytes;  // a thread's frame (EIATTR_FRAME_SIZE)
  std::uint64_t shared_bytes = 0;            // static, a block's (.nv.shared.KERNEL)
  std::vector<SassLoop> loops = {};

  std::uint64_t count(std::string_view opcode) const;
  // LDL and STL: spilled registers, arrays with computed indices, or a call's frame.
  std::uint64_t local_accesses() const { return count("LDL") + count("STL"); }
};

struct SassHistogram {
  int capability = 0;               // 110
  std::vector<KernelSass> kernels;  // by name
  std::string compiler = {};        // of ptxas, "13.0.88"; empty where the cubin does not say
};

// Errors (usage): as parse_elf; a .text section that is no multiple of 16 bytes; no .text section;
// a capability below 75, whose words mean something else.
Result<SassHistogram> sass_histogram(std::span<const std::byte> cubin, std::string_view name);

}  // namespace assay::audit
