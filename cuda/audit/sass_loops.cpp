// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/sass_loops.hpp"

#include <algorithm>

namespace assay::audit {
namespace {

constexpr std::uint16_t kBranch = 0x147;
constexpr std::int64_t kUnitsAWord = 4;
constexpr int kOldestCapability = 90;
constexpr std::size_t kMostCounted = 1000;

// Instructions from the one after the branch to its target.
std::int64_t distance(SassWord word) {
  const std::uint64_t high = word.low >> 34 | (word.high & 0x3ffff) << 30;  // 48 bits
  const auto extended = static_cast<std::int64_t>(high << 16) >> 16;
  const auto units = static_cast<std::int64_t>(static_cast<std::uint64_t>(extended) << 8 |
                                               (word.low >> 16 & 0xff));
  return units / kUnitsAWord;
}

}  // namespace

std::vector<SassLoop> find_loops(const std::vector<SassWord>& words, int capability) {
  std::vector<SassLoop> loops;
  if (capability < kOldestCapability) return loops;
  std::int64_t latest_begin =
      -1;  // of the loops that ended so far: they lie in a new one from there
  for (std::size_t i = 0; i < words.size(); ++i) {
    if ((words[i].low & 0x1ff) != kBranch) continue;
    const std::int64_t end = static_cast<std::int64_t>(i), begin = end + 1 + distance(words[i]);
    if (begin < 0 || begin >= end) continue;
    loops.push_back({static_cast<std::size_t>(begin), i, begin > latest_begin, {}});
    latest_begin = std::max(latest_begin, begin);
  }
  const auto has_counts = [&](const SassLoop& loop) {
    return loop.is_innermost || loops.size() <= kMostCounted;
  };
  for (SassLoop& loop : loops)
    for (std::size_t i = loop.first; has_counts(loop) && i <= loop.last; ++i)
      ++loop.counts[sass_name(words[i], capability)];
  return loops;
}

}  // namespace assay::audit
