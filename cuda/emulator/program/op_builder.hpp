// SPDX-License-Identifier: Apache-2.0
// One instruction on its way to operations: what a decoder reads of its modifiers and operands,
// with their types checked, and emits.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/emulator/program/program.hpp"
#include "reference/result.hpp"

namespace assay::emulator {

class FunctionDecoder;  // slots, constants, labels of the function being decoded

class OpBuilder {
 public:
  OpBuilder(FunctionDecoder& function, const ptx::Instruction& instruction)
      : function_(function), instruction_(instruction) {}

  const ptx::Instruction& instruction() const { return instruction_; }
  const std::string& opcode() const { return instruction_.opcode; }
  bool has(std::string_view modifier) const { return instruction_.has(modifier); }
  std::size_t operand_count() const { return instruction_.operands.size(); }
  const ptx::Operand& operand(std::size_t index) const { return instruction_.operands[index]; }
  std::string_view target() const;  // "sm_110a"

  // The nth modifier that is a Type, from the left. Error: there is none.
  Result<ptx::Type> type(std::size_t nth = 0) const;
  // Modifiers not in `known`, and not types, are an error that names the first such and the closest
  // known one: every decoder calls this, so that nothing is ignored silently.
  Status only(std::initializer_list<std::string_view> known) const;
  // Error unless there are so many operands.
  Status expect_operands(std::size_t least, std::size_t most) const;

  // Slots. A source may be a register, an immediate, a special register or a variable's address; a
  // destination a register or `_`. `type` is what the instruction reads or writes: sizes must agree
  // (ld, st and cvt allow wider registers: allow_wider, the slot is then of the register's own
  // width, which width_of tells).
  Result<Slot> source(std::size_t index, ptx::Type type, bool allow_wider = false);
  Result<Slot> destination(std::size_t index, ptx::Type type, bool allow_wider = false);
  Result<Slot> source(const ptx::Operand& operand, ptx::Type type, bool allow_wider = false);
  Result<Slot> destination(const ptx::Operand& operand, ptx::Type type, bool allow_wider = false);
  // Of a register operand, its declared bytes a lane; of anything else, `type`'s.
  int width_of(const ptx::Operand& operand, ptx::Type type) const;
  // The elements of a {vector} (a lone operand is a vector of one), all of `type`.
  Result<std::vector<Slot>> sources(std::size_t index, ptx::Type type, bool allow_wider = false);
  Result<std::vector<Slot>> destinations(std::size_t index, ptx::Type type,
                                         bool allow_wider = false);
  // An immediate operand. Error: a register.
  Result<std::int64_t> integer(std::size_t index) const;
  // [base + offset]: a b64 slot (b32 bases are widened) and the offset, apart; a lone variable has
  // its address as a constant slot. For space param of the own kernel or function see
  // param_address.
  struct Address {
    Slot base = kNoSlot;
    std::int64_t offset = 0;
    bool is_32_bit = false;  // the base is a b32 register (shared, local): 32 lanes of 4 bytes
    bool is_param = false;   // [param + offset]: offset is from the start of the parameter block
    bool is_call_param = false;  // of a .param variable declared in a body (call sequences)
  };
  Result<Address> address(std::size_t index);
  Slot constant(std::uint64_t bits, ptx::Type type);
  Slot scratch(ptx::Type type);  // a register of no name, for this instruction
  Slot carry_flag();             // CC.CF, a predicate

  // Adds an operation with the instruction's guard; the returned reference is valid until the next
  // emit. The class is for counters.
  Op& emit(Handler run, OpClass op_class);
  OpInfo& info();  // of the operation emitted last
  Program& program();
  FunctionDecoder& function() { return function_; }

  // An error about this instruction: "kernel.ptx:12: mad.lo.s128: <message>".
  tl::unexpected<Error> unsupported(std::string_view message) const;

 private:
  struct VariablePlace {
    ptx::Space space = ptx::Space::global;
    std::uint64_t address = 0;  // in its space; of local ones, from the frame's base
    bool is_own_param = false;
  };
  Result<VariablePlace> place_of(ptx::VariableId id) const;
  Result<Slot> variable_address(const ptx::Operand& operand, ptx::Type type);

  FunctionDecoder& function_;
  const ptx::Instruction& instruction_;
};

}  // namespace assay::emulator
