// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 (SC 2011, section 3.4 and its table of constants), for one counter and in bulk: the
// bulk form keeps the four words of many counters in separate arrays, which compilers vectorize.
#include "vectors/generate/philox.hpp"

#include <algorithm>

#include "reference/multiversion.hpp"
#include "vectors/io/sha256.hpp"

namespace assay {
namespace {

constexpr int kRounds = 10;
constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
constexpr int kLanes = 64;

struct Lanes {
  std::uint32_t word[4][kLanes];
};

ASSAY_MULTIVERSION
void rounds(Lanes& lanes, std::uint32_t key0, std::uint32_t key1) {
  auto& [a, b, c, d] = lanes.word;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kLanes; ++i) {
      const std::uint64_t product0 = std::uint64_t{kMultiplier0} * a[i];
      const std::uint64_t product1 = std::uint64_t{kMultiplier1} * c[i];
      const std::uint32_t new_a = static_cast<std::uint32_t>(product1 >> 32) ^ b[i] ^ key0;
      const std::uint32_t new_c = static_cast<std::uint32_t>(product0 >> 32) ^ d[i] ^ key1;
      b[i] = static_cast<std::uint32_t>(product1);
      d[i] = static_cast<std::uint32_t>(product0);
      a[i] = new_a;
      c[i] = new_c;
    }
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
}

PhiloxCounter counter_of(std::uint64_t block) {
  return {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0};
}

}  // namespace

PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

RandomStream::RandomStream(std::uint64_t seed, const std::string& name) {
  const Sha256 digest = sha256("assay-philox/1|" + std::to_string(seed) + "|" + name);
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint32_t shifted = std::uint32_t{digest[i]} << (8 * (i % 4));
    key_[i / 4] = (i % 4 == 0) ? shifted : key_[i / 4] | shifted;
  }
}

std::uint32_t RandomStream::word(std::uint64_t index) const {
  return philox4x32(counter_of(index / 4), key_)[index % 4];
}

std::uint32_t RandomStream::below(std::uint64_t index, std::uint32_t bound) const {
  return static_cast<std::uint32_t>((std::uint64_t{word(index)} * bound) >> 32);
}

void RandomStream::fill(std::uint64_t first, std::span<std::uint32_t> words) const {
  for (std::size_t done = 0; done < words.size(); done += 4 * kLanes) {
    Lanes lanes;
    for (std::uint64_t i = 0; i < kLanes; ++i) {
      const PhiloxCounter counter = counter_of((first + done) / 4 + i);
      for (std::size_t k = 0; k < 4; ++k)
        lanes.word[k][i] = counter[k];
    }
    rounds(lanes, key_[0], key_[1]);
    const std::size_t count = std::min<std::size_t>(4 * kLanes, words.size() - done);
    for (std::size_t i = 0; i < count; ++i)
      words[done + i] = lanes.word[i % 4][i / 4];
  }
}

}  // namespace assay
