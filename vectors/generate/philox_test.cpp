// SPDX-License-Identifier: Apache-2.0
// Oracles: the known answers that Random123 publishes (examples/kat_vectors, "philox4x32 10"), and
// for the key of a stream Python's hashlib with a transcription of the paper.
#include "vectors/generate/philox.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, TakesItsKeyFromTheSha256OfSeedAndName) {
  const RandomStream stream(7, "fc_gate_weights/5");
  EXPECT_EQ(stream.word(0), 0x50a77b9bu);
  EXPECT_EQ(stream.word(3), 0x61877af6u);
}

TEST(RandomStream, CountsBlocksIn64Bits) {
  const RandomStream stream(7, "fc_gate_weights/5");
  EXPECT_EQ(stream.word(17179869204), 0xdd8e460eu);  // block 2^32 + 5
}

TEST(RandomStream, FillsWithTheSameWordsAsOneByOne) {
  const RandomStream stream(3, "hidden_states");
  for (const std::size_t count : {1u, 3u, 4u, 255u, 256u, 257u, 1000u}) {
    std::vector<std::uint32_t> words(count);
    for (const std::uint64_t first : {std::uint64_t{0}, (std::uint64_t{1} << 34) - 8}) {
      stream.fill(first, words);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(words[i], stream.word(first + i)) << count << " words, word " << i;
    }
  }
}

TEST(RandomStream, DiffersBySeedAndByName) {
  const std::set<std::uint32_t> words{RandomStream(1, "a").word(0), RandomStream(2, "a").word(0),
                                      RandomStream(1, "b").word(0), RandomStream(1, "a/1").word(0),
                                      RandomStream(11, "a").word(0)};
  EXPECT_EQ(words.size(), 5u);
}

TEST(RandomStream, BelowIsTheWordScaledDown) {
  const RandomStream stream(1, "a");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(stream.below(i, 1), 0u);
    EXPECT_EQ(stream.below(i, 1u << 16), stream.word(i) >> 16);
    EXPECT_EQ(stream.below(i, ~0u), (std::uint64_t{stream.word(i)} * 0xFFFFFFFFu) >> 32);
  }
}

}  // namespace
}  // namespace assay
