// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/program/function_decoder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "cuda/emulator/execute/warp.hpp"
#include "reference/suggest.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kSlotAlign = 64;

struct UninitializedRegister {
  Slot mask;
  std::string name;
};

Flow check_initialized(Warp& warp, const Op& op, Mask active) {
  const auto& reg = *static_cast<const UninitializedRegister*>(op.detail);
  const Mask missing = active & ~warp.predicate(reg.mask);
  if (missing == 0) return Flow::next;
  return report(warp, std::countr_zero(missing), FindingKind::uninitialized_read,
                fmt::format("register {} holds a value that comes from a register which this "
                            "thread has not written",
                            reg.name));
}

// Slots of a CleanUpdate; kNoSlot: always initialized.
struct CleanSlots {
  Slot target = kNoSlot;
  std::vector<Slot> sources;
  Slot predicate = kNoSlot, predicate_clean = kNoSlot, if_true = kNoSlot, if_false = kNoSlot;
};

// Op::list: the masks of all registers that a load has written, then kNoSlot.
Flow update_loaded(Warp& warp, const Op& op, Mask active) {
  const Mask clean = ~warp.take_uninitialized();
  for (const Slot* mask = op.list; *mask != kNoSlot; ++mask)
    warp.set_predicate(*mask, active, clean);
  return Flow::next;
}

Flow update_clean(Warp& warp, const Op& op, Mask active) {
  const auto& slots = *static_cast<const CleanSlots*>(op.detail);
  const auto clean = [&](Slot slot) { return slot == kNoSlot ? kAllLanes : warp.predicate(slot); };
  Mask mask = kAllLanes;
  if (slots.predicate != kNoSlot) {
    const Mask chosen = warp.predicate(slots.predicate);
    mask = clean(slots.predicate_clean) &
           ((chosen & clean(slots.if_true)) | (~chosen & clean(slots.if_false)));
  } else {
    for (const Slot source : slots.sources)
      mask &= clean(source);
  }
  warp.set_predicate(slots.target, active, mask);
  return Flow::next;
}

}  // namespace

FunctionDecoder::FunctionDecoder(Program& program, const Layout& layout, std::uint32_t function,
                                 const RegisterPlan* plan)
    : program_(program),
      layout_(layout),
      index_(function),
      source_(program.module.functions[function]),
      identity_(plan == nullptr ? identity_plan(source_) : RegisterPlan{}),
      plan_(plan == nullptr ? identity_ : *plan),
      uses_(source_.body.size()),
      begin_(static_cast<Pc>(program.ops.size())),
      label_pcs_(source_.labels.size()) {}

Slot FunctionDecoder::read(int reg) {
  uses_[current_].reads.push_back(reg);
  return plan_.slots[static_cast<std::size_t>(reg)];
}

Slot FunctionDecoder::write(int reg) {
  uses_[current_].writes.push_back(reg);
  return plan_.slots[static_cast<std::size_t>(reg)];
}

// Registers, the carry flag, scratch registers, constants: in this order.
Slot FunctionDecoder::carry_flag() {
  uses_carry_ = true;
  return plan_.bytes;
}

Slot FunctionDecoder::scratch(ptx::Type type) {
  const std::size_t shape = lane_shape(type);
  Slot slot = plan_.bytes + kSlotAlign + scratch_used_[shape];
  for (std::size_t before = 0; before < shape; ++before)
    slot += plan_.scratch_bytes[before];
  scratch_used_[shape] += slot_bytes(type);
  scratch_peak_[shape] = std::max(scratch_peak_[shape], scratch_used_[shape]);
  return slot;
}

Slot FunctionDecoder::constants_begin() const {
  Slot begin = plan_.bytes + kSlotAlign;
  for (const std::uint32_t bytes : plan_.scratch_bytes)
    begin += bytes;
  return begin;
}

// Repeats the value in each lane; 16-bit lanes of ones are a predicate that holds everywhere.
Slot FunctionDecoder::constant(std::uint64_t bits, std::uint32_t width) {
  const auto [found, is_new] = constants_.try_emplace({bits, width}, 0);
  if (!is_new) return found->second;
  const std::size_t offset = constant_image_.size();
  constant_image_.resize(offset + std::max(kSlotAlign, width * kLanes));
  for (std::uint32_t lane = 0; lane < kLanes; ++lane)
    std::memcpy(&constant_image_[offset + lane * width], &bits,
                std::min<std::size_t>(width, sizeof bits));
  found->second = constants_begin() + static_cast<Slot>(offset);
  return found->second;
}

Op& FunctionDecoder::emit(Handler run, OpClass op_class, const ptx::Instruction* instruction) {
  Op op;
  op.run = run;
  OpInfo info;
  info.op_class = op_class;
  info.function = index_;
  info.instruction = instruction;
  if (instruction != nullptr) {
    info.ptx_line = instruction->line;
    info.source = instruction->source;
    if (instruction->guard >= 0) {
      op.guard = read(instruction->guard);
      op.guard_negated = instruction->guard_negated;
    }
  }
  program_.ops.push_back(op);
  program_.infos.push_back(info);
  return program_.ops.back();
}

void FunctionDecoder::jump_to_label(int label) {
  jumps_.emplace_back(static_cast<Pc>(program_.ops.size() - 1), label);
}

void FunctionDecoder::place_labels(std::size_t instruction) {
  for (std::size_t label = 0; label < source_.labels.size(); ++label)
    if (source_.labels[label].instruction == static_cast<int>(instruction))
      label_pcs_[label] = static_cast<Pc>(program_.ops.size());
}

Status FunctionDecoder::decode_instruction(const ptx::Instruction& instruction) {
  OpBuilder builder(*this, instruction);
  const Decoder decoder = instruction_table().find(instruction.opcode);
  if (decoder == nullptr) {
    const auto opcodes = instruction_table().opcodes();
    return builder.unsupported("the emulator executes no such instruction" +
                               did_you_mean(instruction.opcode, opcodes));
  }
  return decoder(builder);
}

Slot FunctionDecoder::clean_mask(int reg) const {
  return reg < 0 ? kNoSlot : plan_.clean_masks[static_cast<std::size_t>(reg)];
}

void FunctionDecoder::emit_checks(const ptx::Instruction& instruction, std::size_t index) {
  if (plan_.checks.empty()) return;
  for (const int reg : plan_.checks[index]) {
    const std::string& name = source_.registers[static_cast<std::size_t>(reg)].name;
    Op& op = emit(check_initialized, OpClass::other, &instruction);
    if (reg == instruction.guard) op.guard = kNoSlot;
    op.detail = program_.keep(UninitializedRegister{clean_mask(reg), name});
  }
}

void FunctionDecoder::emit_updates(const ptx::Instruction& instruction, std::size_t index) {
  if (plan_.updates.empty()) return;
  for (const CleanUpdate& update : plan_.updates[index]) {
    if (update.is_load) continue;
    CleanSlots slots;
    slots.target = clean_mask(update.target);
    for (const int source : update.sources)
      slots.sources.push_back(clean_mask(source));
    if (update.predicate >= 0) {
      slots.predicate = plan_.slots[static_cast<std::size_t>(update.predicate)];
      slots.predicate_clean = clean_mask(update.predicate);
      slots.if_true = clean_mask(update.if_true);
      slots.if_false = clean_mask(update.if_false);
    }
    emit(update_clean, OpClass::other, &instruction).detail = program_.keep(std::move(slots));
  }
}

void FunctionDecoder::emit_load_updates(const ptx::Instruction& instruction, std::size_t index) {
  if (plan_.updates.empty()) return;
  std::vector<Slot> masks;
  for (const CleanUpdate& update : plan_.updates[index])
    if (update.is_load) masks.push_back(clean_mask(update.target));
  if (masks.empty()) return;
  masks.push_back(kNoSlot);
  emit(update_loaded, OpClass::other, &instruction).list = program_.keep(std::move(masks));
}

Status FunctionDecoder::decode() {
  for (std::size_t index = 0; index < source_.body.size(); ++index) {
    current_ = index;
    scratch_used_.fill(0);
    place_labels(index);
    const std::size_t first = program_.infos.size();
    emit_checks(source_.body[index], index);
    emit_updates(source_.body[index], index);
    ASSAY_TRY(decode_instruction(source_.body[index]));
    const std::size_t last = program_.infos.size();
    emit_load_updates(source_.body[index], index);
    for (std::size_t pc = first; pc < program_.infos.size(); ++pc)
      program_.infos[pc].is_auxiliary = pc + 1 != last;
  }
  current_ = source_.body.empty() ? 0 : source_.body.size() - 1;
  place_labels(source_.body.size());
  finish();
  return {};
}

void FunctionDecoder::finish() {
  for (const auto& [pc, label] : jumps_)
    program_.ops[pc].immediate = label_pc(label);
  for (const auto& resolve : resolvers_)
    resolve(*this);
  Function& function = program_.functions[index_];
  function.begin = begin_;
  function.end = static_cast<Pc>(program_.ops.size());
  function.constants_offset = constants_begin();
  function.scratch_bytes = constants_begin() - plan_.bytes;
  function.constants = constant_image_;
  function.register_bytes =
      function.constants_offset + static_cast<std::uint32_t>(constant_image_.size());
  function.register_slots = plan_.slots;
  for (const Slot mask : plan_.clean_masks)
    if (mask != kNoSlot) function.clean_masks.push_back(mask);
}

}  // namespace assay::emulator
