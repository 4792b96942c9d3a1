// SPDX-License-Identifier: Apache-2.0
// A module decoded for execution: all functions' operations in one array, of which an index is a
// program counter, and what is needed beside them. Immutable once decoded, shared by all warps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cuda/emulator/program/op.hpp"
#include "cuda/emulator/ptx/ast.hpp"
#include "reference/result.hpp"

namespace assay::emulator {

using Pc = std::uint32_t;

// What class of work an instruction is, for counters.
enum class OpClass : std::uint8_t {
  integer,
  floating,
  conversion,
  move,
  predicate,
  control,
  memory,
  shared_memory,
  atomic,
  barrier,
  shuffle,
  mma,
  async_copy,
  fence,
  other
};

std::string_view op_class_name(OpClass op_class);

// What findings, traces and profiles say of a program counter; parallel to Program::ops.
struct OpInfo {
  OpClass op_class = OpClass::other;
  std::uint32_t function = 0;  // index into Program::functions
  int ptx_line = 0;
  ptx::SourceLine source;
  const ptx::Instruction* instruction = nullptr;
  bool is_auxiliary =
      false;  // one of several operations of an instruction, not the one that counts
  bool is_unspecified = false;  // the ISA leaves the result's bits open (.approx)
  bool is_update = false;       // load or store of a plain read-modify-write: sanitize/updates.hpp
};

// An operation of which OpInfo::is_unspecified is set: its own handler, where Op::run counts.
struct Unspecified {
  Pc pc = 0;
  Handler run = nullptr;
};

struct Param {  // of a kernel or function
  std::string name;
  ptx::Type type = ptx::Type::b8;
  std::uint32_t offset = 0, bytes = 0, align = 1;
};

struct Function {
  std::string name;
  bool is_entry = false;
  Pc begin = 0, end = 0;
  std::uint32_t register_bytes = 0;    // of one frame's register block, constants included
  std::uint32_t constants_offset = 0;  // where the constants lie in it
  std::vector<std::byte> constants;    // copied there when a frame is made
  std::uint32_t local_bytes = 0;       // of one frame and thread
  std::uint32_t shared_bytes = 0;      // static, of entries: what it and its callees may use
  std::uint32_t param_bytes = 0;
  std::vector<Param> params;
  std::uint32_t max_threads = 1024;                 // product of .maxntid
  std::array<std::uint32_t, 3> required_threads{};  // .reqntid; 0: none
  std::array<std::uint32_t, 3> cluster{};           // .reqnctapercluster; 0: none
  std::uint32_t virtual_registers_bytes = 0;        // a thread's, before slots are shared
  std::uint32_t scratch_bytes = 0;                  // of register_bytes
  std::uint32_t param_area_bytes = 0;  // a thread's: own parameters and results (of functions that
                                       // are no entries), and the .param variables of its calls
  std::vector<std::uint32_t> param_offsets, result_offsets;  // in the area, with their sizes:
  std::vector<std::uint32_t> result_bytes;                   // of results
  std::vector<Slot> register_slots;  // by register of the ptx::Function, for traces
  std::vector<Slot> clean_masks;     // to be cleared for lanes that enter
  bool uses_global_atomics = false;  // or fences, volatile or relaxed accesses: blocks may talk
};

// A shared variable's place: offset from the start of the block's shared memory.
struct SharedVariable {
  std::string name;
  std::uint32_t offset = 0, bytes = 0;
};

class Program {
 public:
  ptx::Module module;
  std::vector<Op> ops;
  std::vector<OpInfo> infos;
  std::vector<Function> functions;
  std::vector<Unspecified> unspecified;  // in order
  std::vector<SharedVariable> shared_variables;
  std::vector<std::uint64_t> variable_addresses;  // device address of each module variable (global,
                                                  // constant); set before decoding
  std::uint64_t param_window_bytes = 0;
  bool reads_by_async_proxy = false;  // cp.async.bulk out of shared memory, tcgen05.mma

  // Owns what Op::list and Op::detail point to.
  const Slot* keep(std::vector<Slot> slots);
  template <typename T>
  const T* keep(T detail) {
    auto owned = std::make_shared<const T>(std::move(detail));
    const T* pointer = owned.get();
    details_.push_back(std::move(owned));
    return pointer;
  }

  const Function* find(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<const std::vector<Slot>>> lists_;
  std::vector<std::shared_ptr<const void>> details_;
};

}  // namespace assay::emulator
