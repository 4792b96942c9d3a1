// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/sanitize/unspecified.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cuda/emulator/execute/cta.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kShown = 8;

Flow count_and_run(Warp& warp, const Op& op, Mask active) {
  const auto& known = warp.cta().launch.program.unspecified;
  const auto found = std::ranges::lower_bound(known, warp.pc(), {}, &Unspecified::pc);
  ++warp.cta().unspecified[static_cast<std::size_t>(found - known.begin())];
  return found->run(warp, op, active);
}

}  // namespace

void count_unspecified(Program& program) {
  for (Pc pc = 0; pc < program.ops.size(); ++pc) {
    if (!program.infos[pc].is_unspecified) continue;
    program.unspecified.push_back({pc, program.ops[pc].run});
    program.ops[pc].run = count_and_run;
  }
}

std::vector<UnspecifiedUse> unspecified_uses(const Launch& launch) {
  std::vector<UnspecifiedUse> uses;
  for (std::size_t i = 0; i < launch.unspecified.size(); ++i) {
    if (launch.unspecified[i] == 0) continue;
    const OpInfo& info = launch.program.infos[launch.program.unspecified[i].pc];
    uses.push_back(
        {info.instruction->spelled(), code_place(launch.program, info), launch.unspecified[i]});
  }
  return uses;
}

std::string unspecified_note(const std::string& kernel, const std::vector<UnspecifiedUse>& uses) {
  if (uses.empty()) return "";
  std::string list;
  for (std::size_t i = 0; i < std::min(uses.size(), kShown); ++i)
    list += fmt::format("{}{} at {}", i == 0 ? "" : ", ", uses[i].instruction, uses[i].at.text());
  if (uses.size() > kShown) list += fmt::format(" and {} more", uses.size() - kShown);
  return fmt::format("{}: PTX leaves the bits of {} open; a GPU may give others", kernel, list);
}

nlohmann::json to_json(const UnspecifiedUse& use) {
  nlohmann::json json = to_json(use.at);
  json["instruction"] = use.instruction;
  json["count"] = use.count;
  return json;
}

}  // namespace assay::emulator
