// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/sanitize/unspecified.hpp"

#include <fmt/format.h>

namespace assay::emulator {
namespace {

constexpr int kShown = 8;

}  // namespace

std::string unspecified_note(const Program& program, const Function& kernel) {
  std::string list;
  int count = 0;
  for (Pc pc = kernel.begin; pc < kernel.end; ++pc) {
    const OpInfo& info = program.infos[pc];
    if (!info.is_unspecified || info.instruction == nullptr || count++ >= kShown) continue;
    list += fmt::format("{}{} (PTX line {})", list.empty() ? "" : ", ", info.instruction->spelled(),
                        info.ptx_line);
  }
  if (count == 0) return "";
  if (count > kShown) list += fmt::format(" and {} more", count - kShown);
  return fmt::format("{}: PTX leaves the bits of {} open; computed through binary64", kernel.name,
                     list);
}

}  // namespace assay::emulator
