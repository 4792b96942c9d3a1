// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/sanitize/finding.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace assay::emulator {
namespace {

std::string who(const Party& party) {
  return fmt::format("thread ({},{},{}) of block ({},{},{})", party.thread[0], party.thread[1],
                     party.thread[2], party.block[0], party.block[1], party.block[2]);
}

nlohmann::json party_json(const Party& party) {
  nlohmann::json json = to_json(static_cast<const CodePlace&>(party));
  json["block"] = party.block;
  json["thread"] = party.thread;
  return json;
}

// x varies fastest in linear numbers, so z decides first.
auto rank(const Party& party) {
  return std::tuple(party.block[2], party.block[1], party.block[0], party.thread[2],
                    party.thread[1], party.thread[0], party.ptx_line);
}

bool is_before(const Finding& a, const Finding& b) {
  return std::tuple(rank(a.at), a.kind) < std::tuple(rank(b.at), b.kind);
}

}  // namespace

std::string_view finding_kind_name(FindingKind kind) {
  switch (kind) {
    case FindingKind::out_of_bounds:
      return "out_of_bounds";
    case FindingKind::misaligned:
      return "misaligned";
    case FindingKind::use_after_free:
      return "use_after_free";
    case FindingKind::uninitialized_read:
      return "uninitialized_read";
    case FindingKind::invalid_address:
      return "invalid_address";
    case FindingKind::read_only_write:
      return "read_only_write";
    case FindingKind::race:
      return "race";
    case FindingKind::lost_update:
      return "lost_update";
    case FindingKind::missing_async_wait:
      return "missing_async_wait";
    case FindingKind::barrier_divergence:
      return "barrier_divergence";
    case FindingKind::shuffle_divergence:
      return "shuffle_divergence";
    case FindingKind::deadlock:
      return "deadlock";
    case FindingKind::invalid_mbarrier:
      return "invalid_mbarrier";
    case FindingKind::invalid_tcgen05:
      return "invalid_tcgen05";
    case FindingKind::uncertified_mma:
      return "uncertified_mma";
    case FindingKind::stack_overflow:
      return "stack_overflow";
    case FindingKind::trap:
      return "trap";
    case FindingKind::step_limit:
      return "step_limit";
    case FindingKind::unsupported:
      return "unsupported";
  }
  return "unknown";
}

std::string Finding::text() const {
  std::string text =
      fmt::format("{}: {} at {}, {}", kernel, finding_kind_name(kind), at.text(), who(at));
  if (!instruction.empty()) text += fmt::format(": {}", instruction);
  text += fmt::format(": {}", message);
  if (address) text += fmt::format("; address {:#x}", *address);
  if (!allocation.empty()) text += fmt::format("{} {}", address ? ":" : ";", allocation);
  if (other) text += fmt::format("; the other: {}, {}", other->text(), who(*other));
  return text;
}

nlohmann::json to_json(const Finding& finding) {
  nlohmann::json json = {{"kind", finding_kind_name(finding.kind)},
                         {"kernel", finding.kernel},
                         {"message", finding.message},
                         {"at", party_json(finding.at)}};
  if (!finding.instruction.empty()) json["instruction"] = finding.instruction;
  if (finding.other) json["other"] = party_json(*finding.other);
  if (finding.address) json["address"] = fmt::format("{:#x}", *finding.address);
  if (!finding.allocation.empty()) json["allocation"] = finding.allocation;
  return json;
}

bool Findings::add(Finding finding) {
  const std::lock_guard lock(mutex_);
  ++total_;
  const auto same = std::ranges::find_if(kept_, [&](const Finding& kept) {
    return kept.kind == finding.kind && kept.at.ptx_line == finding.at.ptx_line;
  });
  if (same == kept_.end()) {
    kept_.push_back(std::move(finding));
  } else if (is_before(finding, *same)) {
    *same = std::move(finding);
  }
  return kept_.size() < static_cast<std::size_t>(std::max(limit_, 1));
}

void Findings::drop(const std::function<bool(const Finding&)>& is_unwanted) {
  const std::lock_guard lock(mutex_);
  total_ -= std::erase_if(kept_, is_unwanted);
}

std::vector<Finding> Findings::sorted() const {
  const std::lock_guard lock(mutex_);
  std::vector<Finding> findings = kept_;
  std::ranges::sort(findings, is_before);
  return findings;
}

std::uint64_t Findings::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace assay::emulator
