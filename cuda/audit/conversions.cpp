// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/conversions.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cuda/emulator/driver/fatbin.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

using emulator::FatbinEntry;

constexpr std::array<std::string_view, 7> kNarrowFormats{"e2m1", "e2m3",  "e3m2", "e4m3",
                                                         "e5m2", "ue4m3", "ue8m0"};

bool is_narrow(std::string_view modifier) {
  return std::ranges::any_of(kNarrowFormats,
                             [&](std::string_view name) { return modifier.starts_with(name); });
}

// Larger is better; 0: the device does not take it.
int rank(const FatbinEntry& entry, int major, int minor) {
  const int own = major * 10 + minor;
  if (entry.kind != FatbinEntry::Kind::ptx) return 0;
  if (entry.suffix == 'a') return entry.capability == own ? 2 * own + 1 : 0;
  const bool is_of_family = entry.suffix == 'f' && entry.capability / 10 == major;
  return is_of_family && entry.capability <= own ? 2 * entry.capability : 0;
}

}  // namespace

Conversions narrow_conversions(const ptx::Module& module) {
  Conversions conversions;
  for (const ptx::Function& function : module.functions)
    for (const ptx::Instruction& instruction : function.body)
      if (instruction.opcode == "cvt" && std::ranges::any_of(instruction.modifiers, is_narrow))
        ++conversions[function.name][instruction.spelled()];
  return conversions;
}

Result<ptx::Module> ptx_for_device(std::span<const std::byte> fatbin, int major, int minor,
                                   const std::string& name) {
  ASSAY_ASSIGN(const auto entries, emulator::parse_fatbin(fatbin));
  const auto best = std::ranges::max_element(
      entries, {}, [&](const FatbinEntry& entry) { return rank(entry, major, minor); });
  if (best == entries.end() || rank(*best, major, minor) == 0)
    return fail(ErrorCode::usage, "{}: no PTX for compute capability {}.{}", name, major, minor);
  ASSAY_ASSIGN(const std::string text, emulator::unpack_text(*best));
  return ptx::parse(text, name);
}

}  // namespace assay::audit
