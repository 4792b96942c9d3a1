// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/mbarrier_object.hpp"

#include <fmt/format.h>

namespace assay::emulator {

MbarrierFault Mbarrier::check_arrival(std::uint32_t count, bool may_complete) const {
  if (!is_seen_)
    return fmt::format("arrives in phase {}, but no thread has seen phase {} complete", phase_,
                       phase_ - 1);
  if (count > pending_)
    return fmt::format("arrives {} times, but phase {} waits for {} of {} arrivals", count, phase_,
                       pending_, expected_);
  if (!may_complete && count == pending_ && tx_ == 0)
    return fmt::format("completes phase {}, which .noComplete must not", phase_);
  return std::nullopt;
}

void Mbarrier::complete_if_done() {
  if (pending_ != 0 || tx_ != 0) return;
  ++phase_;
  pending_ = expected_;
  is_seen_ = false;
}

MbarrierFault Mbarrier::arrive(std::uint32_t count, bool may_complete) {
  if (auto fault = check_arrival(count, may_complete)) return fault;
  pending_ -= count;
  complete_if_done();
  return std::nullopt;
}

MbarrierFault Mbarrier::drop(std::uint32_t count, bool may_complete) {
  if (auto fault = check_arrival(count, may_complete)) return fault;
  if (count > expected_)
    return fmt::format("drops {} arrivals of the {} that phases expect", count, expected_);
  expected_ -= count;
  pending_ -= count;
  complete_if_done();
  return std::nullopt;
}

MbarrierFault Mbarrier::expect_one_more() {
  if (pending_ == kMaxCount) return fmt::format("expects more than {} arrivals", kMaxCount);
  ++pending_;
  return std::nullopt;
}

MbarrierFault Mbarrier::expect_tx(std::uint32_t bytes) {
  if (tx_ + bytes > kMaxCount)
    return fmt::format("expects {} bytes more, but the tx-count is {} and at most {}", bytes, tx_,
                       kMaxCount);
  tx_ += bytes;
  return std::nullopt;
}

MbarrierFault Mbarrier::complete_tx(std::uint32_t bytes) {
  if (tx_ - bytes < -static_cast<std::int64_t>(kMaxCount))
    return fmt::format("completes {} bytes, but the tx-count is {} and at least -{}", bytes, tx_,
                       kMaxCount);
  tx_ -= bytes;
  complete_if_done();
  return std::nullopt;
}

MbarrierFault Mbarrier::test(std::uint64_t state, bool& is_complete) const {
  const std::uint64_t phase = state >> kPendingBits;
  if (phase > phase_ || phase + 1 < phase_)
    return fmt::format("waits with a state of phase {}; the current one is {}", phase, phase_);
  is_complete = phase < phase_;
  return std::nullopt;
}

}  // namespace assay::emulator
