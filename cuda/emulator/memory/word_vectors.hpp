// SPDX-License-Identifier: Apache-2.0
// What race checks do to several granules' words at once: 4 or 8 of them, in whatever registers the
// calling kernel's vector extension has. The same rules as for single words (race_notes.hpp), for
// whole granules and plain accesses.
#pragma once

#include <cstring>

#include "cuda/emulator/memory/global_ticks.hpp"
#include "cuda/emulator/memory/race_check.hpp"

// Parts of kernels are inlined into functions compiled for a vector extension, and so are compiled
// for it, too.
#define ASSAY_KERNEL_PART [[gnu::always_inline]] static inline

namespace assay::emulator {

// Comparisons of vectors give all bits or none.
using Words4 = Word __attribute__((vector_size(4 * sizeof(Word))));
using Words8 = Word __attribute__((vector_size(8 * sizeof(Word))));

template <typename Words>
inline constexpr std::size_t kWords = sizeof(Words) / sizeof(Word);

template <typename Words>
ASSAY_KERNEL_PART bool any(const Words& words) {
  Word all = 0;
  for (std::size_t w = 0; w < kWords<Words>; ++w)
    all |= words[w];
  return all != 0;
}

// a where the condition (all bits or none) holds, else b.
template <typename Words>
ASSAY_KERNEL_PART void choose(const Words& condition, const Words& a, const Words& b,
                              Words& result) {
  result = (condition & a) | (~condition & b);
}

// The view's bounds by value: words are stored in between, which might be anything that is pointed
// to.
struct WordBounds {
  Word limit, oldest, own;  // own: the warp's bit in reader sets

  explicit WordBounds(const RaceView& view)
      : limit(view.limit), oldest(view.oldest), own(warp_bit(view.warp)) {}
};

// Adds to `suspect` where whole-word comparisons do not prove that the word at `from` is ordered
// before `mine`.
template <bool kGlobal, typename Words>
ASSAY_KERNEL_PART void suspect_words(const WordBounds& bounds, const Word* from, const Words& mine,
                                     Words& suspect) {
  Words word;
  std::memcpy(&word, from, sizeof word);
  const Words differs = word ^ mine;
  const Words concurrent =
      reinterpret_cast<Words>(word >= bounds.limit) & differs & (kThreadBits | kTogetherFlag);
  if (kGlobal) {
    suspect |=
        reinterpret_cast<Words>(word >= bounds.oldest) & (concurrent | (differs & kChunkBits));
  } else {
    suspect |= concurrent;
  }
}

template <typename Words>
ASSAY_KERNEL_PART void suspect_sets(const WordBounds& bounds, const Word* from, Words& suspect) {
  Words set;
  std::memcpy(&set, from, sizeof set);
  suspect |= reinterpret_cast<Words>(set >= bounds.limit) & set & (kWarpSetBits & ~bounds.own);
}

template <bool kGlobal, typename Words>
ASSAY_KERNEL_PART void note_word_reads(const WordBounds& bounds, Word* readers, Word* others,
                                       const Words& mine) {
  Words reader, other, kept;
  std::memcpy(&reader, readers, sizeof reader);
  std::memcpy(&other, others, sizeof other);
  const Words differs = reader ^ mine;
  if (kGlobal) {
    const Words is_other = reinterpret_cast<Words>(reader >= bounds.oldest) &
                           reinterpret_cast<Words>((differs & (kChunkBits | kWarpBits)) != 0);
    choose<Words>(is_other, reader, other, kept);
  } else {
    const Words joins = reinterpret_cast<Words>(other >= bounds.limit) &
                        reinterpret_cast<Words>((other & kByteBits) != 0);
    choose<Words>(joins, other | bounds.own, (mine & kTickBits) | (bounds.own | kByteBits), kept);
  }
  std::memcpy(others, &kept, sizeof kept);
  // Another lane's read at the same moment, or one that several lanes shared: of the same bytes.
  const Words is_other_lane = reinterpret_cast<Words>((differs & kLaneBits) != 0);
  const Words shares = reinterpret_cast<Words>(((is_other_lane | reader) & kTogetherFlag) != 0);
  const Words joins = shares & reinterpret_cast<Words>((differs & (kTickBits | kWarpBits)) == 0) &
                      reinterpret_cast<Words>((reader & kByteBits) != 0) &
                      reinterpret_cast<Words>((reader & kAtomicFlag) == 0);
  Words noted;
  choose<Words>(joins, (mine & (reader | ~kByteBits)) | kTogetherFlag, mine, noted);
  std::memcpy(readers, &noted, sizeof noted);
}

}  // namespace assay::emulator
