// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/race_check.hpp"

#include <bit>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/race_notes.hpp"

namespace assay::emulator {
namespace {

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
  const Word mine = view.word(lane, bytes, flags);
  if ((flags & kAtomicFlag) != 0) {  // must not hide a plain read
    if (order_of(view, load_word(words.reader), lane).is_ordered) store_word(words.reader, mine);
  } else if (view.is_global) {
    note_plain_read<true>(view, mine, words);
  } else {
    note_plain_read<false>(view, mine, words);
  }
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
  if ((flags & kAtomicFlag) != 0 && must_stay(view, load_word(words.writer))) return;
  note_any_write(view.word(lane, bytes, flags), words);
}

}  // namespace assay::emulator
