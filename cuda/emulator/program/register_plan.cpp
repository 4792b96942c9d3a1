// SPDX-License-Identifier: Apache-2.0
// Liveness on the function's flow graph (which values may still be read); slots are then given by
// linear scan over the live intervals.
#include "cuda/emulator/program/register_plan.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

#include "cuda/emulator/program/bit_rows.hpp"
#include "cuda/emulator/program/flow_graph.hpp"
#include "cuda/emulator/program/uninitialized.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kSlotAlign = 64;

// Live at the beginning of each block.
BitRows live_in(const ptx::Function& function, const std::vector<RegisterUse>& uses,
                const FlowGraph& graph) {
  const std::size_t registers = function.registers.size();
  BitRows live(graph.blocks.size(), registers, false);
  BitRows work(1, registers, false);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t b = graph.blocks.size(); b-- > 0;) {
      const FlowGraph::Block& block = graph.blocks[b];
      std::fill_n(work.row(0), work.words(), 0);
      for (const std::size_t next : block.successors)
        for (std::size_t w = 0; w < work.words(); ++w)
          work.row(0)[w] |= live.row(next)[w];
      for (std::size_t i = block.end; i-- > block.begin;) {
        if (writes_always(function.body[i]))
          for (const int reg : uses[i].writes)
            work.reset(0, static_cast<std::size_t>(reg));
        for (const int reg : uses[i].reads)
          work.set(0, static_cast<std::size_t>(reg));
      }
      for (std::size_t w = 0; w < work.words(); ++w) {
        changed |= live.row(b)[w] != work.row(0)[w];
        live.row(b)[w] = work.row(0)[w];
      }
    }
  }
  return live;
}

struct Interval {
  std::size_t begin = SIZE_MAX, end = 0;  // first and last instruction, inclusive
  void include(std::size_t at) {
    begin = std::min(begin, at);
    end = std::max(end, at);
  }
};

// In the order of the text, so that what is live around a loop spans it.
std::vector<Interval> live_intervals(const ptx::Function& function,
                                     const std::vector<RegisterUse>& uses, const FlowGraph& graph) {
  BitRows live = live_in(function, uses, graph);
  std::vector<Interval> intervals(function.registers.size());
  for (std::size_t b = 0; b < graph.blocks.size(); ++b) {
    const FlowGraph::Block& block = graph.blocks[b];
    for (std::size_t reg = 0; reg < intervals.size(); ++reg) {
      if (live.test(b, reg)) intervals[reg].include(block.begin);
      const bool leaves = std::ranges::any_of(
          block.successors, [&](std::size_t next) { return live.test(next, reg); });
      if (leaves) intervals[reg].include(block.end - 1);
    }
    for (std::size_t i = block.begin; i < block.end; ++i) {
      for (const int reg : uses[i].reads)
        intervals[static_cast<std::size_t>(reg)].include(i);
      for (const int reg : uses[i].writes)
        intervals[static_cast<std::size_t>(reg)].include(i);
    }
  }
  return intervals;
}

// An instruction's destinations never share with its sources: handlers may write before they have
// read everything. Registers of different lane widths never share: while lanes are apart, one
// lane's part of one would lie on another lane's part of the other.
void assign_slots(const ptx::Function& function, const std::vector<Interval>& intervals,
                  RegisterPlan& plan) {
  std::vector<std::size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::size_t reg) { return intervals[reg].begin; });
  std::array<std::vector<Slot>, kLaneShapes> free;
  std::multimap<std::size_t, std::size_t> ending;  // last instruction -> register
  for (const std::size_t reg : order) {
    const std::uint32_t bytes = slot_bytes(function.registers[reg].type);
    if (intervals[reg].begin == SIZE_MAX) continue;  // never mentioned
    while (!ending.empty() && ending.begin()->first < intervals[reg].begin) {
      const std::size_t done = ending.begin()->second;
      free[lane_shape(function.registers[done].type)].push_back(plan.slots[done]);
      ending.erase(ending.begin());
    }
    std::vector<Slot>& candidates = free[lane_shape(function.registers[reg].type)];
    if (candidates.empty()) {
      candidates.push_back(plan.bytes);
      plan.bytes += bytes;
    }
    plan.slots[reg] = candidates.back();
    candidates.pop_back();
    ending.emplace(intervals[reg].end, reg);
  }
}

}  // namespace

std::size_t lane_shape(ptx::Type type) {
  if (type == ptx::Type::pred) return 0;
  return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(ptx::type_bytes(type)))) +
         1;
}

std::uint32_t slot_bytes(ptx::Type type) {
  const auto bytes = static_cast<std::uint32_t>(ptx::type_bytes(type)) * kLanes;
  return std::max(kSlotAlign, bytes);
}

RegisterPlan identity_plan(const ptx::Function& function) {
  RegisterPlan plan;
  for (const ptx::Register& reg : function.registers) {
    plan.slots.push_back(plan.bytes);
    plan.bytes += slot_bytes(reg.type);
  }
  return plan;
}

RegisterPlan plan_registers(const ptx::Function& function, const std::vector<RegisterUse>& uses) {
  RegisterPlan plan;
  plan.slots.assign(function.registers.size(), 0);
  const FlowGraph graph = flow_graph(function);
  assign_slots(function, live_intervals(function, uses, graph), plan);
  watch_uninitialized(function, uses, graph, plan);
  return plan;
}

}  // namespace assay::emulator
