// SPDX-License-Identifier: Apache-2.0
// Oracles: iterative Fibonacci, Ackermann's closed forms for m <= 2, Hofstadter's sequence by
// table, std::sort.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

unsigned fibonacci(unsigned n) {
  unsigned previous = 1, current = 0;
  for (unsigned i = 0; i < n; ++i) {
    const unsigned next = previous + current;
    previous = current;
    current = next;
  }
  return current;
}

unsigned ackermann(unsigned m, unsigned n) {
  return m == 0 ? n + 1 : m == 1 ? n + 2 : 2 * n + 3;
}

std::vector<unsigned> hofstadter_male(unsigned count) {
  std::vector<unsigned> male{0}, female{1};
  for (unsigned n = 1; n < count; ++n) {
    male.push_back(n - female[male[n - 1]]);
    female.push_back(n - male[female[n - 1]]);
  }
  return male;
}

void check_numbers(CUfunction kernel) {
  constexpr unsigned kThreads = 45;
  const std::vector<unsigned> male = hofstadter_male(15);
  std::vector<unsigned> fibonaccis, ackermanns, males;
  for (unsigned i = 0; i < kThreads; ++i) {
    fibonaccis.push_back(fibonacci(i % 13));
    ackermanns.push_back(ackermann(i % 3, i / 3 % 7));
    males.push_back(male[i % 15]);
  }
  const Array<unsigned> device_fibonaccis(kThreads), device_ackermanns(kThreads),
      device_males(kThreads);
  launch(kernel, {{1}, {kThreads}}, device_fibonaccis, device_ackermanns, device_males);
  expect_equal(device_fibonaccis.download(), fibonaccis, "Fibonacci");
  expect_equal(device_ackermanns.download(), ackermanns, "Ackermann");
  expect_equal(device_males.download(), males, "Hofstadter");
}

void check_sort(CUfunction kernel, int count, int length) {
  Random random(static_cast<std::uint64_t>(count));
  auto values = random.vector(count, [&] { return random.between(-50, 50); });
  const Array<int> device_values(values);
  launch(kernel, {{blocks_for(blocks_for(count, length), 64)}, {64}}, device_values, count, length);
  for (int first = 0; first < count; first += length)
    std::sort(values.begin() + first, values.begin() + std::min(first + length, count));
  expect_equal(device_values.download(), values, "sorted");
}

}  // namespace

void recursion(const Module& module) {
  CORPUS_CU(cuCtxSetLimit, CU_LIMIT_STACK_SIZE, 16384);
  check_numbers(module.function("recursive_numbers"));
  check_sort(module.function("recursive_sort"), 1, 10);
  check_sort(module.function("recursive_sort"), 1000, 13);
  check_sort(module.function("recursive_sort"), 400, 200);
}

}  // namespace assay::corpus
