// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/target_table.hpp"

#include <algorithm>
#include <charconv>

namespace assay::audit {
namespace {

// Calls `visit` with each word; stops where it returns true.
template <typename Visit>
bool any_word(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (visit(text.substr(0, end))) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// "110a" -> 110.
int capability_of(std::string_view target) {
  int capability = 0;
  std::from_chars(target.data(), target.data() + target.size(), capability);
  return capability;
}

}  // namespace

const std::vector<std::string>& known_targets() {
  static const std::vector<std::string> targets{
      "sm_75",   "sm_80",   "sm_86",   "sm_87",   "sm_88",   "sm_89",   "sm_90",  "sm_90a",
      "sm_100",  "sm_100a", "sm_100f", "sm_103",  "sm_103a", "sm_103f", "sm_110", "sm_110a",
      "sm_110f", "sm_120",  "sm_120a", "sm_120f", "sm_121",  "sm_121a", "sm_121f"};
  return targets;
}

bool has_target(std::string_view targets, std::string_view target) {
  target.remove_prefix(std::min<std::size_t>(3, target.size()));  // "sm_"
  if (targets.ends_with('+')) return capability_of(target) >= capability_of(targets);
  return any_word(targets, [&](std::string_view word) { return word == target; });
}

bool matches(const FormRow& row, const ptx::Instruction& instruction) {
  const std::string_view opcode = row.form.substr(0, row.form.find(' '));
  if (opcode != "*" && opcode != instruction.opcode) return false;
  if (row.operands != 0 && row.operands != instruction.operands.size()) return false;
  if (opcode.size() == row.form.size()) return true;
  return !any_word(row.form.substr(opcode.size() + 1),
                   [&](std::string_view modifier) { return !instruction.has(modifier); });
}

}  // namespace assay::audit
