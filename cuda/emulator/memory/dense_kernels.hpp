// SPDX-License-Identifier: Apache-2.0
// Kernels' parts for lanes side by side: checks, shadows and data, 64 bytes a step.
#pragma once

#include <bit>
#include <cstring>

#include "cuda/emulator/memory/address_space.hpp"
#include "cuda/emulator/memory/warp_kernels.hpp"
#include "cuda/emulator/memory/word_vectors.hpp"

namespace assay::emulator {

// Lanes from `first_lane` on; their bytes are a multiple of 32, in whole granules.
struct Dense {
  std::uint64_t offset;  // in the region
  std::size_t bytes, granules;
  WordBounds bounds;
  Words8 first;  // what the lanes write into the words of the first eight granules
  Word step;     // and what more into the next ones

  [[gnu::always_inline]] Dense(const Region& region, std::uint64_t region_offset, int first_lane,
                               int lanes, std::uint32_t lane_bytes)
      : offset(region_offset),
        bytes(static_cast<std::size_t>(lanes) * lane_bytes),
        granules(bytes / kGranule),
        bounds(region.view) {
    const int log = std::countr_zero(lane_bytes);
    const int up = log < 2 ? 2 - log : 0, down = log > 2 ? log - 2 : 0;
    const Word word = region.view.word(first_lane, kByteBits, up != 0 ? kSharedOutFlag : 0);
    first = Words8{0, 1, 2, 3, 4, 5, 6, 7} << up >> down;
    first = (first << kThreadShift) + word;
    step = (kWords<Words8> << up >> down) << kThreadShift;
  }
};

constexpr Word each_byte(std::uint8_t bits) {
  return 0x0101010101010101u * bits;
}

// Has every byte the bit? A multiple of 32 of them.
ASSAY_KERNEL_PART bool all_have(const std::uint8_t* shadow, std::size_t bytes, std::uint8_t bit) {
  Words8 missing{};
  std::size_t b = 0;
  for (; b + sizeof missing <= bytes; b += sizeof missing) {
    Words8 states;
    std::memcpy(&states, shadow + b, sizeof states);
    missing |= ~states;
  }
  if (b < bytes) {
    Words4 states;
    std::memcpy(&states, shadow + b, sizeof states);
    for (std::size_t w = 0; w < kWords<Words4>; ++w)
      missing[w] |= ~states[w];
  }
  missing &= each_byte(bit);
  return !any(missing);
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool has_suspect(const Dense& dense, const Word* words) {
  Words8 suspect{}, mine = dense.first;
  for (std::size_t g = 0; g < dense.granules; g += kWords<Words8>, mine += dense.step)
    suspect_words<kGlobal>(dense.bounds, words + g, mine, suspect);
  return any(suspect);
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool has_suspect_readers(const Dense& dense, const ShadowWords& words) {
  if (has_suspect<kGlobal>(dense, words.reader)) return true;
  if (kGlobal) return has_suspect<true>(dense, words.other);
  Words8 suspect{};
  for (std::size_t g = 0; g < dense.granules; g += kWords<Words8>)
    suspect_sets(dense.bounds, words.other + g, suspect);
  return any(suspect);
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool read_words(const Dense& dense, const ShadowWords& words) {
  if (has_suspect<kGlobal>(dense, words.writer)) return false;
  Words8 mine = dense.first;
  for (std::size_t g = 0; g < dense.granules; g += kWords<Words8>, mine += dense.step)
    note_word_reads<kGlobal>(dense.bounds, words.reader + g, words.other + g, mine);
  return true;
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool write_words(const Dense& dense, const ShadowWords& words) {
  if (has_suspect<kGlobal>(dense, words.writer) || has_suspect_readers<kGlobal>(dense, words))
    return false;
  Words8 mine = dense.first;
  for (std::size_t g = 0; g < dense.granules; g += kWords<Words8>, mine += dense.step)
    std::memcpy(words.writer + g, &mine, sizeof mine);
  return true;
}

ASSAY_KERNEL_PART bool load_dense(const Region& region, const Dense& dense, std::byte* to) {
  if (!all_have(region.shadow + dense.offset, dense.bytes, kMayRead)) return false;
  if (region.words.writer != nullptr) {
    const ShadowWords words = region.words + dense.offset / kGranule;
    const bool is_ordered =
        region.view.is_global ? read_words<true>(dense, words) : read_words<false>(dense, words);
    if (!is_ordered) return false;
  }
  std::memcpy(to, region.data + dense.offset, dense.bytes);
  return true;
}

ASSAY_KERNEL_PART bool store_dense(const Region& region, const Dense& dense,
                                   const std::byte* from) {
  if (!all_have(region.shadow + dense.offset, dense.bytes, kMayWrite)) return false;
  if (region.words.writer != nullptr) {
    const ShadowWords words = region.words + dense.offset / kGranule;
    const bool is_ordered =
        region.view.is_global ? write_words<true>(dense, words) : write_words<false>(dense, words);
    if (!is_ordered) return false;
  }
  std::memset(region.shadow + dense.offset, static_cast<int>(ByteState::initialized), dense.bytes);
  std::memcpy(region.data + dense.offset, from, dense.bytes);
  return true;
}

}  // namespace assay::emulator
