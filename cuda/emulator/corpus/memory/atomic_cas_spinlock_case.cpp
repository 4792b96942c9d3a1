// SPDX-License-Identifier: Apache-2.0
// Oracle: nothing is lost: the sum of all thread numbers, one visit a thread, each block logged
// once.
#include <algorithm>
#include <numeric>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_spinlock(CUfunction kernel, unsigned blocks, unsigned threads) {
  const auto lock = Array<int>::zeros(1), visits = Array<int>::zeros(1);
  const auto total = Array<std::int64_t>::zeros(1);
  launch(kernel, {{blocks}, {threads}}, lock, total, visits);
  const std::int64_t count = std::int64_t{blocks} * threads;
  expect_equal(total.download(), {count * (count - 1) / 2}, "total");
  expect_equal(visits.download(), {static_cast<int>(count)}, "visits");
}

void check_tickets(CUfunction kernel, unsigned blocks) {
  const auto tickets = Array<unsigned>::zeros(1), serving = Array<unsigned>::zeros(1),
             length = Array<unsigned>::zeros(1);
  const Array<unsigned> log(blocks);
  launch(kernel, {{blocks}, {64}}, tickets, serving, log, length);
  std::vector<unsigned> seen = log.download(), all(blocks);
  std::sort(seen.begin(), seen.end());
  std::iota(all.begin(), all.end(), 0u);
  expect_equal(seen, all, "log");
  expect_equal(serving.download(), {blocks}, "serving");
}

}  // namespace

void atomic_cas_spinlock(const Module& module) {
  check_spinlock(module.function("atomic_cas_spinlock"), 1, 1);
  check_spinlock(module.function("atomic_cas_spinlock"), 3, 48);
  check_tickets(module.function("ticket_lock"), 1);
  check_tickets(module.function("ticket_lock"), 9);
}

}  // namespace assay::corpus
