// SPDX-License-Identifier: Apache-2.0
// mbarrier objects by PTX ISA, "Parallel Synchronization and Communication Instructions: mbarrier":
// each test names the section that it checks.
#include "cuda/emulator/instructions/mbarrier_object.hpp"

#include <gtest/gtest.h>

namespace assay::emulator {
namespace {

void expect_fault(const MbarrierFault& fault, std::string_view part) {
  ASSERT_TRUE(fault.has_value());
  EXPECT_NE(fault->find(part), std::string::npos) << *fault;
}

bool is_complete(const Mbarrier& barrier, std::uint64_t state) {
  bool complete = false;
  EXPECT_FALSE(barrier.test(state, complete));
  return complete;
}

// "mbarrier.init": phase 0, expected and pending count, tx-count 0.
TEST(MbarrierObject, BeginsInPhaseZeroWithAllArrivalsPending) {
  const Mbarrier barrier(3);
  EXPECT_EQ(barrier.phase(), 0u);
  EXPECT_EQ(barrier.expected(), 3u);
  EXPECT_EQ(barrier.pending(), 3u);
  EXPECT_EQ(barrier.tx(), 0);
}

// "Phase completion": pending arrivals and tx-count are zero; then the count begins anew.
TEST(MbarrierObject, CompletesAPhaseWithTheLastArrival) {
  Mbarrier barrier(3);
  const std::uint64_t state = barrier.state();
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_FALSE(is_complete(barrier, state));
  EXPECT_FALSE(barrier.test_parity(0));
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_TRUE(is_complete(barrier, state));
  EXPECT_TRUE(barrier.test_parity(0));
  EXPECT_EQ(barrier.phase(), 1u);
  EXPECT_EQ(barrier.pending(), 3u);
}

// "test_wait": parity 0 names even phases, parity 1 odd ones; before the first phase lies an odd
// one.
TEST(MbarrierObject, TellsPhasesByParity) {
  Mbarrier barrier(1);
  EXPECT_TRUE(barrier.test_parity(1));
  EXPECT_FALSE(barrier.test_parity(0));
  EXPECT_FALSE(barrier.arrive(1, true));
  barrier.set_seen();
  EXPECT_TRUE(barrier.test_parity(0));
  EXPECT_FALSE(barrier.test_parity(1));
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_FALSE(barrier.test_parity(0));
  EXPECT_TRUE(barrier.test_parity(1));
}

// "expect-tx operation", "complete-tx operation".
TEST(MbarrierObject, WaitsForTransactionsToo) {
  Mbarrier barrier(1);
  EXPECT_FALSE(barrier.expect_tx(64));
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_EQ(barrier.phase(), 0u);
  EXPECT_EQ(barrier.pending(), 0u);
  EXPECT_FALSE(barrier.complete_tx(48));
  EXPECT_EQ(barrier.phase(), 0u);
  EXPECT_FALSE(barrier.complete_tx(16));
  EXPECT_EQ(barrier.phase(), 1u);
}

TEST(MbarrierObject, TakesTransactionsBeforeTheyAreExpected) {
  Mbarrier barrier(1);
  EXPECT_FALSE(barrier.complete_tx(64));
  EXPECT_EQ(barrier.tx(), -64);
  EXPECT_FALSE(barrier.expect_tx(64));
  EXPECT_EQ(barrier.phase(), 0u);  // an arrival is pending
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_EQ(barrier.phase(), 1u);
}

// "Contents of the mbarrier object": ranges of the counts.
TEST(MbarrierObject, RefusesCountsOutOfRange) {
  Mbarrier barrier(Mbarrier::kMaxCount);
  expect_fault(barrier.expect_one_more(), "more than 1048575");
  EXPECT_FALSE(barrier.expect_tx(Mbarrier::kMaxCount));
  expect_fault(barrier.expect_tx(1), "tx-count is 1048575");
  EXPECT_EQ(barrier.tx(), Mbarrier::kMaxCount);
  EXPECT_FALSE(barrier.complete_tx(Mbarrier::kMaxCount));
  EXPECT_FALSE(barrier.complete_tx(Mbarrier::kMaxCount));
  expect_fault(barrier.complete_tx(1), "at least -1048575");
}

TEST(MbarrierObject, RefusesMoreArrivalsThanItExpects) {
  Mbarrier barrier(2);
  expect_fault(barrier.arrive(3, true), "waits for 2 of 2");
  EXPECT_EQ(barrier.pending(), 2u);
  EXPECT_FALSE(barrier.expect_tx(16));
  EXPECT_FALSE(barrier.arrive(2, true));
  expect_fault(barrier.arrive(1, true), "waits for 0 of 2");
}

// "Phase": a wait must have seen a phase complete before threads arrive in the next.
TEST(MbarrierObject, RefusesArrivalsInAPhaseWhosePredecessorNobodySaw) {
  Mbarrier barrier(1);
  EXPECT_FALSE(barrier.arrive(1, true));
  expect_fault(barrier.arrive(1, true), "no thread has seen phase 0");
  barrier.set_seen();
  EXPECT_FALSE(barrier.arrive(1, true));
}

// "mbarrier.arrive": with .noComplete the phase must not complete.
TEST(MbarrierObject, RefusesACompletionThatNoCompleteRulesOut) {
  Mbarrier barrier(2);
  EXPECT_FALSE(barrier.arrive(1, false));
  expect_fault(barrier.arrive(1, false), ".noComplete");
  EXPECT_EQ(barrier.phase(), 0u);
  EXPECT_FALSE(barrier.arrive(1, true));
}

// "mbarrier.arrive_drop": the phases that follow expect fewer arrivals.
TEST(MbarrierObject, ExpectsFewerArrivalsAfterADrop) {
  Mbarrier barrier(3);
  EXPECT_FALSE(barrier.drop(1, true));
  EXPECT_EQ(barrier.pending(), 2u);
  EXPECT_EQ(barrier.expected(), 2u);
  EXPECT_FALSE(barrier.arrive(2, true));
  EXPECT_EQ(barrier.phase(), 1u);
  EXPECT_EQ(barrier.pending(), 2u);
  barrier.set_seen();
  expect_fault(barrier.drop(3, true), "waits for 2 of 2");
}

// "mbarrier.pending_count": of before the arrival that returned the state.
TEST(MbarrierObject, KeepsThePendingCountInTheState) {
  Mbarrier barrier(5);
  EXPECT_EQ(Mbarrier::pending_of(barrier.state()), 5u);
  EXPECT_FALSE(barrier.arrive(2, false));
  EXPECT_EQ(Mbarrier::pending_of(barrier.state()), 3u);
}

// "test_wait": the state must be of the current or the immediately preceding phase.
TEST(MbarrierObject, RefusesStatesOfOlderPhases) {
  Mbarrier barrier(1);
  const std::uint64_t first = barrier.state();
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_TRUE(is_complete(barrier, first));
  barrier.set_seen();
  EXPECT_FALSE(barrier.arrive(1, true));
  bool complete = false;
  expect_fault(barrier.test(first, complete), "phase 0; the current one is 2");
  Mbarrier other(1);
  expect_fault(other.test(barrier.state(), complete), "phase 2; the current one is 0");
}

// "cp.async.mbarrier.arrive" without .noinc: no net change by its arrival.
TEST(MbarrierObject, CountsAnArrivalOfACopyInAdvance) {
  Mbarrier barrier(1);
  EXPECT_FALSE(barrier.expect_one_more());
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_EQ(barrier.phase(), 0u);
  EXPECT_FALSE(barrier.arrive(1, true));
  EXPECT_EQ(barrier.phase(), 1u);
  EXPECT_EQ(barrier.pending(), 1u);
}

}  // namespace
}  // namespace assay::emulator
