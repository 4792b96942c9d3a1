// SPDX-License-Identifier: Apache-2.0
// How one granule's words change, and what whole-word comparisons alone prove: the part of race
// checks that every access pays for.
#pragma once

#include <atomic>

#include "cuda/emulator/memory/global_ticks.hpp"
#include "cuda/emulator/memory/race_check.hpp"

namespace assay::emulator {

// Words of global memory are shared by the host threads that run blocks.
[[gnu::always_inline]] inline Word load_word(const Word* word) {
  return std::atomic_ref(*const_cast<Word*>(word)).load(std::memory_order_relaxed);
}
[[gnu::always_inline]] inline void store_word(Word* word, Word value) {
  std::atomic_ref(*word).store(value, std::memory_order_relaxed);
}

inline bool is_same_moment(Word a, Word b) {
  return ((a ^ b) & (kTickBits | kWarpBits)) == 0;
}

// Is the word ordered before whoever writes `mine` now? False: perhaps.
template <bool kGlobal>
[[gnu::always_inline]] inline bool is_clear(const RaceView& view, Word word, Word mine) {
  const Word differs = word ^ mine;
  const bool is_own_or_old = word < view.limit || (differs & (kThreadBits | kTogetherFlag)) == 0;
  if (!kGlobal) return is_own_or_old;
  return word < view.oldest || (is_own_or_old && (differs & kChunkBits) == 0);
}

[[gnu::always_inline]] inline bool is_set_clear(const RaceView& view, Word set) {
  return set < view.limit || (set & kWarpSetBits & ~warp_bit(view.warp)) == 0;
}

// A plain read. `mine` is RaceView::word with its flags.
template <bool kGlobal>
[[gnu::always_inline]] inline void note_plain_read(const RaceView& view, Word mine,
                                                   const ShadowWords& words) {
  const Word reader = load_word(words.reader);
  if (kGlobal) {
    const bool is_other =
        reader >= view.oldest && ((reader ^ mine) & (kChunkBits | kWarpBits)) != 0;
    if (is_other) store_word(words.other, reader);
  } else {
    const Word bytes = mine & kByteBits, own = warp_bit(view.warp);
    const Word joined = (*words.other | own) & (~kByteBits | bytes);
    const bool is_new = *words.other < view.limit || (joined & kByteBits) == 0;
    *words.other = is_new ? (mine & kTickBits) | own | bytes : joined;
  }
  if (is_same_moment(reader, mine) && (reader & kAtomicFlag) == 0) {
    const Word both = reader & mine & kByteBits;
    const bool is_other_lane = ((reader ^ mine) & kLaneBits) != 0;
    if (is_other_lane && both == 0) {
      mine |= kSharedOutFlag | (reader & kByteBits);
    } else if (is_other_lane || (reader & kTogetherFlag) != 0) {
      mine = (mine & ~kByteBits) | kTogetherFlag | (both != 0 ? both : mine & kByteBits);
    } else {
      mine |= reader & kByteBits;
    }
  }
  store_word(words.reader, mine);
}

// A plain write, or an atomic that may take the writer's place.
[[gnu::always_inline]] inline void note_any_write(Word mine, const ShadowWords& words) {
  const Word writer = load_word(words.writer);
  const bool are_alike = ((writer ^ mine) & kAtomicFlag) == 0;
  if (is_same_moment(writer, mine) && are_alike) {
    const bool is_other_lane = ((writer ^ mine) & kLaneBits) != 0;
    mine |= (writer & (kByteBits | kSharedOutFlag | kTogetherFlag)) |
            (is_other_lane ? kSharedOutFlag : 0);
  }
  store_word(words.writer, mine);
}

}  // namespace assay::emulator
