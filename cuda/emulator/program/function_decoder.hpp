// SPDX-License-Identifier: Apache-2.0
// The state of one function while it is decoded: where its registers, constants and scratch
// registers lie, which labels are still to be resolved, and who reads and writes which register. A
// function is decoded twice: the first pass learns the reads and writes, from which its
// RegisterPlan comes.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "cuda/emulator/program/decode.hpp"
#include "cuda/emulator/program/program.hpp"
#include "cuda/emulator/program/register_plan.hpp"

namespace assay::emulator {

// Where the variables of a module and its functions lie.
struct Layout {
  std::vector<std::uint32_t> module_shared;  // offset, by module variable; of space shared only
  struct FunctionLayout {
    std::vector<std::uint32_t> variables;  // by function variable: offset in shared memory, in the
                                           // local frame, or in the frame's parameter area
    std::vector<std::uint32_t> params, results;  // offset in the parameter block or area
    std::uint32_t local_bytes = 0, param_bytes = 0, area_bytes = 0, shared_bytes = 0;
  };
  std::vector<FunctionLayout> functions;
};

// Error (usage): more memory than a device has.
Result<Layout> lay_out(const ptx::Module& module);

class FunctionDecoder {
 public:
  // plan: null in the first pass.
  FunctionDecoder(Program& program, const Layout& layout, std::uint32_t function,
                  const RegisterPlan* plan);

  Status decode();

  Program& program() { return program_; }
  const ptx::Function& source() const { return source_; }
  const Layout::FunctionLayout& layout() const { return layout_.functions[index_]; }
  const Layout& module_layout() const { return layout_; }
  std::uint32_t index() const { return index_; }
  const std::vector<RegisterUse>& uses() const { return uses_; }
  const std::array<std::uint32_t, kLaneShapes>& scratch_peak() const { return scratch_peak_; }

  Slot read(int reg);
  Slot write(int reg);
  Slot constant(std::uint64_t bits, std::uint32_t width);  // width: a lane's bytes
  Slot scratch(ptx::Type type);
  Slot carry_flag();
  Op& emit(Handler run, OpClass op_class, const ptx::Instruction* instruction);
  // Op::immediate of the last operation becomes the label's program counter.
  void jump_to_label(int label);
  Pc label_pc(int label) const { return label_pcs_[static_cast<std::size_t>(label)]; }
  // Calls `resolve` once all labels are known.
  void when_resolved(std::function<void(const FunctionDecoder&)> resolve) {
    resolvers_.push_back(std::move(resolve));
  }

 private:
  Status decode_instruction(const ptx::Instruction& instruction);
  void emit_checks(const ptx::Instruction& instruction, std::size_t index);
  void emit_updates(const ptx::Instruction& instruction, std::size_t index);
  void emit_load_updates(const ptx::Instruction& instruction, std::size_t index);
  Slot clean_mask(int reg) const;
  void place_labels(std::size_t instruction);
  Slot constants_begin() const;
  void finish();

  Program& program_;
  const Layout& layout_;
  std::uint32_t index_;
  const ptx::Function& source_;
  RegisterPlan identity_;
  const RegisterPlan& plan_;
  std::vector<RegisterUse> uses_;
  std::size_t current_ = 0;
  Pc begin_ = 0;
  std::vector<Pc> label_pcs_;
  std::vector<std::pair<Pc, int>> jumps_;
  std::vector<std::function<void(const FunctionDecoder&)>> resolvers_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, Slot> constants_;
  std::vector<std::byte> constant_image_;
  std::array<std::uint32_t, kLaneShapes> scratch_used_{}, scratch_peak_{};  // by lane shape
  bool uses_carry_ = false;
};

}  // namespace assay::emulator
