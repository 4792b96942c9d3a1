// SPDX-License-Identifier: Apache-2.0
// Oracles: std::sort, trial division, and the same exchanges of structs on the host.
#include <algorithm>
#include <array>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_sort(CUfunction kernel, int length) {
  constexpr int kThreads = 70;
  Random random(static_cast<std::uint64_t>(length));
  auto values = random.vector(kThreads * length, [&] { return static_cast<int>(random.u32()); });
  const Array<int> in(values), out(values.size());
  launch(kernel, {{2}, {kThreads / 2}}, in, out, length);
  for (int t = 0; t < kThreads; ++t)
    std::sort(values.begin() + t * length, values.begin() + (t + 1) * length);
  expect_equal(out.download(), values, "sorted");
}

void check_sieve(CUfunction kernel) {
  const std::vector<int> limits{0, 1, 2, 3, 4, 5, 30, 31, 32, 100, 257, 512};
  std::vector<int> primes;
  for (const int limit : limits) {
    int found = 0;
    for (int i = 2; i < limit; ++i) {
      bool prime = true;
      for (int j = 2; j < i; ++j)
        prime = prime && i % j != 0;
      found += prime;
    }
    primes.push_back(found);
  }
  const Array<int> device_limits(limits), device_primes(limits.size());
  launch(kernel, {{1}, {static_cast<unsigned>(limits.size())}}, device_limits, device_primes);
  expect_equal(device_primes.download(), primes, "primes");
}

struct Record {
  signed char tag;
  std::array<short, 3> part;
  double weight;
  std::array<int, 5> link;
};

std::int64_t exchange(const std::vector<int>& order, int steps, int thread) {
  std::array<Record, 4> records;
  for (int r = 0; r < 4; ++r) {
    Record& record = records[r];
    record.tag = static_cast<signed char>(thread + r);
    for (int i = 0; i < 3; ++i)
      record.part[i] = static_cast<short>(100 * r + i - thread);
    record.weight = r + 0.5;
    for (int i = 0; i < 5; ++i)
      record.link[i] = r * i;
  }
  for (int s = 0; s < steps; ++s) {
    std::swap(records[order[s] & 3], records[order[s] >> 2 & 3]);
    records[order[s] >> 2 & 3].link[order[s] % 5] += s;
  }
  std::int64_t sum = 0;
  for (int r = 0; r < 4; ++r) {
    const Record& record = records[order[r] & 3];
    sum = sum * 31 + record.tag + record.part[order[r] % 3] +
          static_cast<std::int64_t>(record.weight * 2.0) + record.link[order[r] % 5];
  }
  return sum;
}

void check_structs(CUfunction kernel) {
  Random random(5);
  const auto order = random.vector(40, [&] { return random.between(0, 1 << 20); });
  std::vector<std::int64_t> want;
  for (int thread = 0; thread < 40; ++thread)
    want.push_back(exchange(order, 40, thread));
  const Array<int> device_order(order);
  const Array<std::int64_t> out(want.size());
  launch(kernel, {{1}, {40}}, device_order, 40, out);
  expect_equal(out.download(), want, "structs");
}

}  // namespace

void local_arrays(const Module& module) {
  check_sort(module.function("local_sort"), 1);
  check_sort(module.function("local_sort"), 24);
  check_sieve(module.function("local_sieve"));
  check_structs(module.function("local_structs"));
}

}  // namespace assay::corpus
