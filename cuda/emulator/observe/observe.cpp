// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/observe/observe.hpp"

#include <array>
#include <bit>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/observe/trace.hpp"

namespace assay::emulator {
namespace {

// Prints at once: a trace is read when something goes wrong.
void print(const std::string& line) {
  std::fputs(line.c_str(), stderr);
}

// What the lanes' instruction read; the registers may be gone once it has been executed.
thread_local std::array<std::string, kLanes> lines;

template <typename F>
void for_traced(Warp& warp, Mask active, F&& f) {
  const Launch& launch = warp.cta().launch;
  if (!launch.trace && launch.options.break_line == 0) return;
  for_each_lane(active, [&](int lane) {
    if (is_traced(warp, lane)) f(lane);
  });
}

}  // namespace

void observe_before(Warp& warp, Mask active) {
  for_traced(warp, active, [&](int lane) {
    lines[static_cast<std::size_t>(lane)] =
        fmt::format("{}  {}", place_text(warp, lane), operand_text(warp, lane, false));
  });
}

void observe_after(Warp& warp, Mask active) {
  auto& counters = warp.cta().counters;
  if (!counters.empty()) {
    ++counters[warp.pc()].executions;
    counters[warp.pc()].lanes += static_cast<std::uint64_t>(std::popcount(active));
  }
  for_traced(warp, active, [&](int lane) {
    const std::string written = operand_text(warp, lane, true);
    print(lines[static_cast<std::size_t>(lane)] +
          (written.empty() ? "\n" : fmt::format("  -> {}\n", written)));
  });
}

void observe_divergence(Warp& warp, Pc branch) {
  auto& counters = warp.cta().counters;
  if (!counters.empty()) ++counters[branch].divergent;
}

}  // namespace assay::emulator
