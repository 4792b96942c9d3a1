// SPDX-License-Identifier: Apache-2.0
// Inputs of the corpus: SplitMix64 from a fixed seed, the same numbers on every machine.
#pragma once

#include <cstdint>
#include <vector>

namespace assay::corpus {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t u64() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(u64() >> 32); }

  // Of low .. high, both included.
  int between(int low, int high) {
    const std::int64_t count = std::int64_t{high} - low + 1;
    return static_cast<int>(low +
                            static_cast<std::int64_t>(u64() % static_cast<std::uint64_t>(count)));
  }

  // A vector of what `make` returns.
  template <typename Make>
  auto vector(std::size_t count, Make make) {
    std::vector<decltype(make())> values(count);
    for (auto& value : values)
      value = make();
    return values;
  }
  std::vector<std::uint32_t> words(std::size_t count) {
    return vector(count, [this] { return u32(); });
  }

  // Integers as floats: sums and products of few of them are exact in any order.
  std::vector<float> lattice(std::size_t count, int low, int high) {
    return vector(count, [&] { return static_cast<float>(between(low, high)); });
  }

 private:
  std::uint64_t state_;
};

}  // namespace assay::corpus
