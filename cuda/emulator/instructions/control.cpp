// SPDX-License-Identifier: Apache-2.0
// Control flow (PTX ISA 9.7.12): bra, brx.idx, call, ret, exit; and trap, brkpt, nanosleep.
#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/program/function_decoder.hpp"

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

Flow bra(Warp& warp, const Op& op, Mask active) {
  warp.jump(active, static_cast<Pc>(op.immediate));
  return Flow::jump;
}

Status decode_bra(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"uni"}));
  ASSAY_TRY(builder.expect_operands(1, 1));
  if (builder.operand(0).kind != Kind::label) return builder.unsupported("needs a label");
  builder.emit(bra, OpClass::control);
  builder.function().jump_to_label(builder.operand(0).index);
  return {};
}

struct BranchTable {
  std::vector<Pc> targets;
};

Flow brx(Warp& warp, const Op& op, Mask active) {
  const auto& targets = static_cast<const BranchTable*>(op.detail)->targets;
  const auto* const index = warp.lanes<std::uint32_t>(op.a);
  Flow flow = Flow::jump;
  for_each_lane(active, [&](int lane) {
    if (index[lane] < targets.size()) {
      warp.scatter(lane, targets[index[lane]]);
    } else {
      flow = report(warp, lane, FindingKind::invalid_address,
                    fmt::format("index {} into a branch table of {}", index[lane], targets.size()));
    }
  });
  return flow;
}

Status decode_brx(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"idx", "uni"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  if (builder.operand(1).kind != Kind::target_list)
    return builder.unsupported("needs a list of .branchtargets");
  ASSAY_ASSIGN(const Slot index, builder.source(0, ptx::Type::u32));
  const ptx::TargetList& list =
      builder.function().source().target_lists[static_cast<std::size_t>(builder.operand(1).index)];
  const auto* const table = builder.program().keep(BranchTable{});
  Op& op = builder.emit(brx, OpClass::control);
  op.a = index;
  op.detail = table;
  // The program owns the table, which is filled as soon as the labels have places.
  builder.function().when_resolved([&list, table](const FunctionDecoder& function) {
    for (const int label : list.labels)
      const_cast<BranchTable*>(table)->targets.push_back(function.label_pc(label));
  });
  return {};
}

// Bytes that travel between a caller's parameter area and its callee's.
struct Transfer {
  std::uint32_t caller_offset = 0, bytes = 0;
};

struct CallDetail {
  std::vector<Transfer> arguments, results;
};

// The callee of each lane: the constant, or what the register points to.
bool callee_of(Warp& warp, const Op& op, int lane, std::uint32_t& function) {
  const Program& program = warp.cta().launch.program;
  const std::uint64_t address = warp.lanes<std::uint64_t>(op.a)[lane];
  function = static_cast<std::uint32_t>(address - kFunctionWindow);
  return address >= kFunctionWindow && address - kFunctionWindow < program.functions.size() &&
         !program.functions[function].is_entry &&
         program.functions[function].begin != program.functions[function].end;
}

Flow call_lane(Warp& warp, const Op& op, int lane) {
  const auto& detail = *static_cast<const CallDetail*>(op.detail);
  const Program& program = warp.cta().launch.program;
  std::uint32_t index = 0;
  if (!callee_of(warp, op, lane, index))
    return report(
        warp, lane, FindingKind::invalid_address,
        fmt::format("calls {:#x}, which is no function", warp.lanes<std::uint64_t>(op.a)[lane]));
  const Function& function = program.functions[index];
  if (function.params.size() != detail.arguments.size() ||
      function.result_offsets.size() != detail.results.size())
    return report(warp, lane, FindingKind::invalid_address,
                  fmt::format("calls {} with {} arguments and {} results; it has {} and {}",
                              function.name, detail.arguments.size(), detail.results.size(),
                              function.params.size(), function.result_offsets.size()));
  if (!warp.call(lane, index))
    return report(warp, lane, FindingKind::stack_overflow,
                  fmt::format("no stack is left to call {}", function.name));
  for (std::size_t p = 0; p < detail.arguments.size(); ++p) {
    const Transfer& transfer = detail.arguments[p];
    std::memcpy(warp.callee_params(lane, function.param_offsets[p]),
                warp.call_params(lane, transfer.caller_offset),
                std::min(transfer.bytes, function.params[p].bytes));
  }
  return Flow::jump;
}

Flow call(Warp& warp, const Op& op, Mask active) {
  Flow flow = Flow::jump;
  for_each_lane(active, [&](int lane) {
    if (flow == Flow::jump) flow = call_lane(warp, op, lane);
  });
  return flow;
}

// Executes when the lanes are back.
Flow receive(Warp& warp, const Op& op, Mask active) {
  const auto& detail = *static_cast<const CallDetail*>(op.detail);
  for_each_lane(active, [&](int lane) {
    const Function& function = warp.cta().launch.program.functions[warp.callee(lane)];
    for (std::size_t r = 0; r < detail.results.size(); ++r)
      std::memcpy(warp.call_params(lane, detail.results[r].caller_offset),
                  warp.callee_params(lane, function.result_offsets[r]),
                  std::min(detail.results[r].bytes, function.result_bytes[r]));
  });
  return Flow::next;
}

// What assert() calls: the driver's own function prints and stops the kernel.
Flow fail_assertion(Warp& warp, const Op&, Mask active) {
  return report(warp, std::countr_zero(active), FindingKind::trap, "an assertion does not hold");
}

// call (results), function-or-register, (arguments), prototype-or-targets: all but the callee
// optional.
Result<std::vector<Transfer>> transfers(OpBuilder& builder, const ptx::Operand& list) {
  std::vector<Transfer> result;
  for (const ptx::Operand& element : list.elements) {
    if (element.kind != Kind::variable || !element.variable.in_function)
      return builder.unsupported(
          fmt::format("{}: arguments must be .param variables", element.name));
    const auto index = static_cast<std::size_t>(element.variable.index);
    const auto& variables = builder.function().source().variables;
    if (index >= variables.size())
      return builder.unsupported(
          fmt::format("{}: passing on a parameter is not supported", element.name));
    if (variables[index].space != ptx::Space::param)
      return builder.unsupported(
          fmt::format("{}: arguments must be .param variables", element.name));
    result.push_back({builder.function().layout().variables[index],
                      static_cast<std::uint32_t>(variables[index].bytes)});
  }
  return result;
}

Status decode_call(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"uni"}));
  std::size_t next = 0;
  CallDetail detail;
  const auto is_list = [&](std::size_t index) {
    return index < builder.operand_count() && builder.operand(index).kind == Kind::arguments;
  };
  if (is_list(next)) {
    ASSAY_ASSIGN(detail.results, transfers(builder, builder.operand(next++)));
  }
  ASSAY_ASSIGN(const Slot callee, builder.source(next, ptx::Type::u64));
  if (builder.operand(next).kind == Kind::function) {
    const auto index = static_cast<std::size_t>(builder.operand(next).index);
    const ptx::Function& function = builder.program().module.functions[index];
    if (function.is_entry)
      return builder.unsupported(fmt::format("{} is a kernel, not a function", function.name));
    if (!function.has_body && function.name == "__assertfail") {
      builder.emit(fail_assertion, OpClass::control);
      return {};
    }
    if (!function.has_body)
      return builder.unsupported(
          fmt::format("{} is not defined in this module, and of the driver's own functions only "
                      "__assertfail is "
                      "supported",
                      function.name));
  }
  if (is_list(next + 1)) {
    ASSAY_ASSIGN(detail.arguments, transfers(builder, builder.operand(next + 1)));
  }
  const auto* const kept = builder.program().keep(std::move(detail));
  Op& op = builder.emit(call, OpClass::control);
  op.a = callee;
  op.detail = kept;
  if (!kept->results.empty()) builder.emit(receive, OpClass::control).detail = kept;
  return {};
}

Flow ret(Warp& warp, const Op&, Mask active) {
  warp.ret(active);
  return Flow::jump;
}

Flow exit_lanes(Warp& warp, const Op&, Mask active) {
  warp.exit(active);
  return Flow::jump;
}

Flow trap(Warp& warp, const Op&, Mask active) {
  return report(warp, std::countr_zero(active), FindingKind::trap, "executes trap");
}

Flow give_way(Warp& warp, const Op&, Mask) {
  ++warp.cta().polls;
  return Flow::yield;
}

template <Handler kRun>
Status decode_plain(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"uni"}));
  builder.emit(kRun, OpClass::control);
  return {};
}

}  // namespace

void add_control(InstructionTable& table) {
  table.add("bra", decode_bra);
  table.add("brx", decode_brx);
  table.add("call", decode_call);
  table.add("ret", decode_plain<ret>);
  table.add("exit", decode_plain<exit_lanes>);
  table.add("trap", decode_plain<trap>);
  table.add("brkpt", decode_plain<trap>);
  table.add("nanosleep", decode_plain<give_way>);
  add_barriers(table);
}

}  // namespace assay::emulator
