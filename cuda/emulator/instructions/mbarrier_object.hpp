// SPDX-License-Identifier: Apache-2.0
// An mbarrier object and its rules: PTX ISA, "Parallel Synchronization and Communication
// Instructions: mbarrier", sections "Contents", "Phase", "Tracking asynchronous operations",
// "Phase Completion" and "Arrive-on operation".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay::emulator {

// What is wrong with an operation; nothing where it is allowed.
using MbarrierFault = std::optional<std::string>;

class Mbarrier {
 public:
  static constexpr std::uint32_t kMaxCount = (1u << 20) - 1;  // of arrivals; also |tx-count|

  explicit Mbarrier(std::uint32_t count) : expected_(count), pending_(count) {}

  // A fault leaves the object as it was.
  MbarrierFault arrive(std::uint32_t count, bool may_complete);
  MbarrierFault drop(std::uint32_t count, bool may_complete);  // arrives for the last time
  MbarrierFault expect_one_more();                             // cp.async.mbarrier.arrive
  MbarrierFault expect_tx(std::uint32_t bytes);
  MbarrierFault complete_tx(std::uint32_t bytes);

  std::uint64_t phase() const { return phase_; }
  std::uint32_t pending() const { return pending_; }
  std::uint32_t expected() const { return expected_; }
  std::int64_t tx() const { return tx_; }

  // The opaque state that an arrival returns: of before it.
  std::uint64_t state() const { return phase_ << kPendingBits | pending_; }
  static std::uint32_t pending_of(std::uint64_t state) { return state & kMaxCount; }

  // Has the phase completed that the state, or the parity, names? A state that is neither of this
  // phase nor of the one before it is a fault.
  MbarrierFault test(std::uint64_t state, bool& is_complete) const;
  bool test_parity(std::uint32_t parity) const { return (phase_ & 1) != (parity & 1); }
  // A thread has seen the phase before this one complete.
  void set_seen() { is_seen_ = true; }

 private:
  static constexpr int kPendingBits = 20;

  MbarrierFault check_arrival(std::uint32_t count, bool may_complete) const;
  void complete_if_done();

  std::uint32_t expected_, pending_;
  std::int64_t tx_ = 0;
  std::uint64_t phase_ = 0;
  bool is_seen_ = true;
};

}  // namespace assay::emulator
