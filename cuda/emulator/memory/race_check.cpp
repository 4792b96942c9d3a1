// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/race_check.hpp"

#include <atomic>
#include <bit>

#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

// Words of global memory are shared by the host threads that run blocks.
Word load_word(const Word* word) {
  return std::atomic_ref(*const_cast<Word*>(word)).load(std::memory_order_relaxed);
}

void store_word(Word* word, Word value) {
  std::atomic_ref(*word).store(value, std::memory_order_relaxed);
}

struct Order {
  bool is_ordered = true;
  bool is_in_other_block = false;
  std::uint64_t block = 0;
};

Order order_of(const RaceView& view, Word word, int lane) {
  const RaceClocks& clocks = *view.clocks;
  if (view.is_global) {
    if (word < view.oldest) return {};
    if (((word ^ view.first) & kChunkBits) != 0) {
      const GlobalTicks::Owner owner = clocks.memory()->ticks().owner(tick_of(word));
      if (owner.launch != clocks.launch()) return {};
      if (owner.block != clocks.block()) return {!view.blocks_are_apart, true, owner.block};
    }
  }
  if (word < view.limit) return {};
  return {clocks.is_ordered(word, view.warp, lane), false, clocks.block()};
}

std::optional<Conflict> conflict_with(const RaceView& view, int lane, Word bytes, bool is_atomic,
                                      Word word, bool has_written) {
  if ((word & bytes & kByteBits) == 0) return std::nullopt;
  if (is_atomic && (word & kAtomicFlag) != 0) return std::nullopt;
  const Order order = order_of(view, word, lane);
  if (order.is_ordered) return std::nullopt;
  return Conflict{word, has_written, order.is_in_other_block, order.block};
}

// A set names warps only. Of the thread and its program counter the reader's word is the best
// guess.
std::optional<Conflict> conflict_with_set(const RaceView& view, Word bytes, Word set, Word reader) {
  if (set < view.limit || (set & bytes & kByteBits) == 0) return std::nullopt;
  Word others = set & kWarpSetBits & ~warp_bit(view.warp);
  for (; others != 0; others &= others - 1) {
    const auto warp = static_cast<std::uint32_t>(std::countr_zero(others)) - 4;
    if (tick_of(set) <= view.clocks->view(view.warp)[warp]) continue;
    Conflict conflict;
    conflict.word = shadow_word(tick_of(set), pc_of(reader), warp * kLanes, bytes);
    conflict.block = view.clocks->block();
    conflict.is_exact = false;
    return conflict;
  }
  return std::nullopt;
}

bool is_same_moment(Word a, Word b) {
  return ((a ^ b) & (kTickBits | kWarpBits)) == 0;
}

}  // namespace

RaceView race_view(const RaceClocks& clocks, std::uint32_t warp, std::uint32_t pc, bool is_global,
                   bool blocks_are_apart) {
  RaceView view;
  view.clocks = &clocks;
  view.warp = warp;
  view.is_global = is_global;
  view.blocks_are_apart = blocks_are_apart;
  view.first = shadow_word(clocks.now(), pc, warp * kLanes, 0);
  view.limit = clocks.limit(warp);
  view.oldest = Word{clocks.launch() + 1} << kTickShift;
  return view;
}

std::optional<Conflict> check_read(const RaceView& view, int lane, Word bytes, bool is_atomic,
                                   const ShadowWords& words) {
  const Word writer = load_word(words.writer);
  if ((writer & kTogetherFlag) != 0) return std::nullopt;
  return conflict_with(view, lane, bytes, is_atomic, writer, true);
}

void note_read(const RaceView& view, int lane, Word bytes, Word flags, const ShadowWords& words) {
  const Word reader = load_word(words.reader);
  Word mine = view.word(lane, bytes, flags);
  if ((flags & kAtomicFlag) != 0) {  // must not hide a plain read
    if (order_of(view, reader, lane).is_ordered) store_word(words.reader, mine);
    return;
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
  if (view.is_global) {
    const bool is_other =
        reader >= view.oldest && ((reader ^ mine) & (kChunkBits | kWarpBits)) != 0;
    if (is_other) store_word(words.other, reader);
  } else {
    const Word set = *words.other, own = warp_bit(view.warp);
    const Word joined = (set | own) & (~kByteBits | bytes);
    const bool is_new = set < view.limit || (joined & kByteBits) == 0;
    *words.other = is_new ? (view.first & kTickBits) | own | bytes : joined;
  }
  store_word(words.reader, mine);
}

std::optional<Conflict> check_write(const RaceView& view, int lane, Word bytes, bool is_atomic,
                                    bool is_silent, const ShadowWords& words) {
  auto conflict = conflict_with(view, lane, bytes, is_atomic, load_word(words.writer), true);
  if (conflict) {
    conflict->is_same_value = is_silent;
    return conflict;
  }
  const Word reader = load_word(words.reader);
  conflict = conflict_with(view, lane, bytes, is_atomic, reader, false);
  if (!conflict) {
    const Word other = load_word(words.other);
    conflict = view.is_global ? conflict_with(view, lane, bytes, is_atomic, other, false)
                              : conflict_with_set(view, bytes, other, reader);
  }
  // Blocks that write the same result into the same place and then read it do no harm.
  if (conflict && conflict->is_in_other_block && is_silent) return std::nullopt;
  return conflict;
}

namespace {

// An atomic conflicts with no other atomic, so it must not take the place of a plain write that
// somebody's atomic may still conflict with.
bool must_stay(const RaceView& view, Word writer) {
  if ((writer & kAtomicFlag) != 0 || (writer & kByteBits) == 0) return false;
  if (view.is_global && (writer < view.oldest || ((writer ^ view.first) & kChunkBits) != 0))
    return false;
  return !view.clocks->is_seen_by_all(tick_of(writer));
}

}  // namespace

void note_write(const RaceView& view, int lane, Word bytes, Word flags, const ShadowWords& words) {
  const Word writer = load_word(words.writer);
  if ((flags & kAtomicFlag) != 0 && must_stay(view, writer)) return;
  Word mine = view.word(lane, bytes, flags);
  const bool are_alike = ((writer ^ mine) & kAtomicFlag) == 0;
  if (is_same_moment(writer, mine) && are_alike) {
    const bool is_other_lane = ((writer ^ mine) & kLaneBits) != 0;
    mine |= (writer & (kByteBits | kSharedOutFlag | kTogetherFlag)) |
            (is_other_lane ? kSharedOutFlag : 0);
  }
  store_word(words.writer, mine);
}

}  // namespace assay::emulator
