// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011): any word of any stream is computed by itself, so neither the number of
// threads nor the order of drawing can change a case.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace assay {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

// The bijection of the paper, ten rounds: four random words for one counter.
PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key);

// One endless sequence of 32-bit words: word i is word i % 4 of counter {i / 4, 0}.
class RandomStream {
 public:
  // The key is the first eight bytes (two little-endian words) of SHA-256 of
  // "assay-philox/1|<seed>|<name>"; a name is a tensor's, with "/<expert>" or a purpose appended.
  RandomStream(std::uint64_t seed, const std::string& name);

  std::uint32_t word(std::uint64_t index) const;
  // words[i] = word(first + i), at several hundred million words a second; first is a multiple
  // of 4.
  void fill(std::uint64_t first, std::span<std::uint32_t> words) const;
  // An integer in [0, bound), from one word: floor(word * bound / 2^32).
  std::uint32_t below(std::uint64_t index, std::uint32_t bound) const;

 private:
  PhiloxKey key_;
};

}  // namespace assay
