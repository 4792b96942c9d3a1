// SPDX-License-Identifier: Apache-2.0
// From a lane to a finding: who and where.
#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/execute/warp.hpp"

namespace assay::emulator {

bool is_fatal(FindingKind kind) {
  switch (kind) {
    case FindingKind::uninitialized_read:
    case FindingKind::race:
    case FindingKind::lost_update:
    case FindingKind::missing_async_wait:
    case FindingKind::uncertified_mma:
    case FindingKind::barrier_divergence:
    case FindingKind::shuffle_divergence:
      return false;
    default:
      return true;
  }
}

Party party(const Warp& warp, int lane, Pc pc) {
  const Cta& cta = warp.cta();
  const Program& program = cta.launch.program;
  const CodePlace place =
      pc < program.infos.size() ? code_place(program, program.infos[pc]) : CodePlace{};
  return {place, cta.index, warp.thread_index(lane)};
}

Flow report(Warp& warp, int lane, Finding finding) {
  Launch& launch = warp.cta().launch;
  finding.kernel = launch.kernel.name;
  finding.at = party(warp, lane, warp.pc());
  const ptx::Instruction* const instruction = launch.program.infos[warp.pc()].instruction;
  if (instruction != nullptr) finding.instruction = instruction->spelled();
  const bool stops = is_fatal(finding.kind);
  const bool may_go_on = launch.findings.add(std::move(finding));
  return stops || !may_go_on ? Flow::stop : Flow::next;
}

Flow report(Warp& warp, int lane, FindingKind kind, std::string message) {
  Finding finding;
  finding.kind = kind;
  finding.message = std::move(message);
  return report(warp, lane, std::move(finding));
}

std::string lane_list(Mask lanes) {
  std::string text = (lanes & (lanes - 1)) == 0 ? "lane " : "lanes ";
  bool is_first = true;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (((lanes >> lane) & 1) == 0) continue;
    int last = lane;
    while (last + 1 < kLanes && ((lanes >> (last + 1)) & 1) != 0)
      ++last;
    text += fmt::format("{}{}", is_first ? "" : ", ",
                        last == lane ? fmt::format("{}", lane) : fmt::format("{}-{}", lane, last));
    is_first = false;
    lane = last;
  }
  return text;
}

}  // namespace assay::emulator
