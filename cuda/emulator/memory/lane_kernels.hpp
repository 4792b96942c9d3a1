// SPDX-License-Identifier: Apache-2.0
// Kernels' parts for single lanes, at addresses of any pattern. Templates on the bytes of a lane,
// as a call of memcpy for each would cost more than all else; 0: whatever the request says.
#pragma once

#include <cstring>

#include "cuda/emulator/memory/dense_kernels.hpp"
#include "cuda/emulator/memory/race_notes.hpp"

namespace assay::emulator {

template <std::uint32_t kBytes>
ASSAY_KERNEL_PART bool lane_has(const std::uint8_t* shadow, std::uint32_t bytes, std::uint8_t bit) {
  constexpr std::size_t kSize = kBytes == 0 ? 1 : kBytes;
  std::uint8_t states[kSize];
  if (kBytes == 0) {
    for (std::uint32_t b = 0; b < bytes; ++b)
      if ((shadow[b] & bit) == 0) return false;
    return true;
  }
  std::memcpy(states, shadow, kSize);
  std::uint8_t all = bit;
  for (std::size_t b = 0; b < kSize; ++b)
    all &= states[b];
  return all != 0;
}

template <std::uint32_t kBytes>
ASSAY_KERNEL_PART void copy_lane(std::byte* to, const std::byte* from, std::uint32_t bytes) {
  std::memcpy(to, from, kBytes == 0 ? bytes : kBytes);
}

// The bytes of a lane in its first granule; all its other granules it has whole.
ASSAY_KERNEL_PART Word lane_bytes(std::uint64_t offset, std::uint32_t bytes) {
  return bytes >= kGranule ? kByteBits : ((Word{1} << bytes) - 1) << (offset % kGranule);
}

template <bool kGlobal, std::uint32_t kBytes>
ASSAY_KERNEL_PART bool read_lane_words(const RaceView& view, const ShadowWords& words, Word mine,
                                       std::size_t granules) {
  if constexpr (kBytes == 16) {
    if ((mine & kTogetherFlag) == 0) {
      const WordBounds bounds(view);
      Words4 suspect{};
      const Words4 all = Words4{} + mine;
      suspect_words<kGlobal>(bounds, words.writer, all, suspect);
      if (any(suspect)) return false;
      note_word_reads<kGlobal>(bounds, words.reader, words.other, all);
      return true;
    }
  }
  for (std::size_t g = 0; g < granules; ++g)
    if (!is_clear<kGlobal>(view, load_word(words.writer + g), mine)) return false;
  for (std::size_t g = 0; g < granules; ++g)
    note_plain_read<kGlobal>(view, mine, words + g);
  return true;
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool write_lane_words(const RaceView& view, const ShadowWords& words, Word mine,
                                        std::size_t granules) {
  for (std::size_t g = 0; g < granules; ++g) {
    if (!is_clear<kGlobal>(view, load_word(words.writer + g), mine)) return false;
    if (!is_clear<kGlobal>(view, load_word(words.reader + g), mine)) return false;
    const Word other = load_word(words.other + g);
    if (kGlobal ? !is_clear<true>(view, other, mine) : !is_set_clear(view, other)) return false;
  }
  for (std::size_t g = 0; g < granules; ++g)
    note_any_write(mine, words + g);
  return true;
}

// Checks and shadows only: of lanes that load the same bytes, one is enough, with kTogetherFlag.
template <bool kGlobal, std::uint32_t kBytes>
ASSAY_KERNEL_PART bool load_lane(const Region& region, std::uint64_t offset, std::uint32_t bytes,
                                 int lane, Word flags) {
  const std::uint32_t size = kBytes == 0 ? bytes : kBytes;
  if (!lane_has<kBytes>(region.shadow + offset, size, kMayRead)) return false;
  if (region.words.writer == nullptr) return true;
  const Word mine = region.view.word(lane, lane_bytes(offset, size), flags);
  return read_lane_words<kGlobal, kBytes>(region.view, region.words + offset / kGranule, mine,
                                          (size + kGranule - 1) / kGranule);
}

template <bool kGlobal, std::uint32_t kBytes>
ASSAY_KERNEL_PART bool store_lane(const Region& region, std::uint64_t offset, std::uint32_t bytes,
                                  int lane, const std::byte* from) {
  const std::uint32_t size = kBytes == 0 ? bytes : kBytes;
  if (!lane_has<kBytes>(region.shadow + offset, size, kMayWrite)) return false;
  if (region.words.writer != nullptr) {
    const Word mine = region.view.word(lane, lane_bytes(offset, size), 0);
    if (!write_lane_words<kGlobal>(region.view, region.words + offset / kGranule, mine,
                                   (size + kGranule - 1) / kGranule))
      return false;
  }
  std::memset(region.shadow + offset, static_cast<int>(ByteState::initialized), size);
  copy_lane<kBytes>(region.data + offset, from, size);
  return true;
}

}  // namespace assay::emulator
