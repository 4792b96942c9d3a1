// SPDX-License-Identifier: Apache-2.0
// What the sanitizers report. A finding is fatal where execution cannot go on (the lane would touch
// memory that is not its own); the others are collected, once a place, up to Options::max_findings,
// and make the launch fail at its end.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cuda/emulator/sanitize/code_place.hpp"

namespace assay::emulator {

enum class FindingKind : std::uint8_t {
  out_of_bounds,
  misaligned,
  use_after_free,
  uninitialized_read,
  invalid_address,
  read_only_write,
  race,
  lost_update,
  missing_async_wait,
  barrier_divergence,
  shuffle_divergence,
  deadlock,
  invalid_mbarrier,
  invalid_tcgen05,
  uncertified_mma,
  stack_overflow,
  trap,
  step_limit,
  unsupported
};

std::string_view finding_kind_name(FindingKind kind);  // "out_of_bounds"

// One side of a finding: who, and where in the program.
struct Party : CodePlace {
  std::array<std::uint32_t, 3> block{}, thread{};
};

struct Finding {
  FindingKind kind = FindingKind::trap;
  std::string kernel;
  std::string instruction;  // "ld.global.v4.u32"
  Party at;
  std::optional<Party> other;  // of a race
  std::optional<std::uint64_t> address;
  std::string allocation;  // "device allocation #3 (1024 bytes, cuMemAlloc), 4 bytes past its end"
  std::string message;     // one sentence: what is wrong

  std::string text() const;  // for people, one paragraph
};

nlohmann::json to_json(const Finding& finding);

// Findings of one launch. add() may be called from several threads.
class Findings {
 public:
  explicit Findings(int limit) : limit_(limit) {}

  // Keeps one of each (kind, PTX line), that of the lowest block and thread; counts all. Returns
  // false once the limit is reached: the launch should stop.
  bool add(Finding finding);
  // Those kept that are unwanted; findings that were only counted stay counted.
  void drop(const std::function<bool(const Finding&)>& is_unwanted);
  std::vector<Finding> sorted() const;  // by block, thread, PTX line: not by who came first
  std::uint64_t total() const;
  bool empty() const { return total() == 0; }

 private:
  mutable std::mutex mutex_;
  std::vector<Finding> kept_;
  std::uint64_t total_ = 0;
  int limit_;
};

}  // namespace assay::emulator
