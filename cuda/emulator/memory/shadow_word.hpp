// SPDX-License-Identifier: Apache-2.0
// Who touched a granule of 4 bytes last, in one word of 64 bits: bytes (4 bits), flags, thread in
// the block (10), program counter (21), tick (26). Ticks grow in a block's time, so of two words
// the larger is the later, and one comparison of whole words tells what lies behind a barrier.
#pragma once

#include <cstdint>

#include "cuda/emulator/program/op.hpp"

namespace assay::emulator {

using Tick = std::uint32_t;
using Word = std::uint64_t;

inline constexpr std::uint32_t kGranule = 4;
inline constexpr Tick kLastTick = (1u << 26) - 1;

inline constexpr Word kByteBits = 0xF;
inline constexpr Word kAtomicFlag = 0x10;
// Several threads of the warp, each with bytes of its own.
inline constexpr Word kSharedOutFlag = 0x20;
// Several threads, the same bytes: of a warp, which have read them; of a block or several, which
// have written the same value.
inline constexpr Word kTogetherFlag = 0x40;
inline constexpr int kThreadShift = 7, kPcShift = 17, kTickShift = 38;
inline constexpr Word kThreadBits = Word{0x3FF} << kThreadShift;
inline constexpr Word kLaneBits = Word{0x1F} << kThreadShift;
inline constexpr Word kWarpBits = kThreadBits & ~kLaneBits;
inline constexpr Word kTickBits = ~Word{0} << kTickShift;
inline constexpr std::uint32_t kPcMask = (1u << 21) - 1;

constexpr Word shadow_word(Tick tick, std::uint32_t pc, std::uint32_t thread, Word bytes,
                           Word flags = 0) {
  return Word{tick} << kTickShift | Word{pc & kPcMask} << kPcShift | Word{thread} << kThreadShift |
         flags | bytes;
}
constexpr Tick tick_of(Word word) {
  return static_cast<Tick>(word >> kTickShift);
}
constexpr std::uint32_t pc_of(Word word) {
  return static_cast<std::uint32_t>(word >> kPcShift) & kPcMask;
}
constexpr std::uint32_t thread_of(Word word) {
  return static_cast<std::uint32_t>((word & kThreadBits) >> kThreadShift);
}
constexpr std::uint32_t warp_of(Word word) {
  return thread_of(word) / kLanes;
}
constexpr int lane_of(Word word) {
  return static_cast<int>(thread_of(word) % kLanes);
}

// A set of warps that have read a granule: bytes that each of them read (4 bits), warps (32, from
// bit 4), tick of the first.
constexpr Word warp_bit(std::uint32_t warp) {
  return Word{1} << (4 + warp);
}
inline constexpr Word kWarpSetBits = Word{0xFFFFFFFF} << 4;

// The words of a granule, and behind each pointer those of the granules that follow.
struct ShadowWords {
  Word* writer = nullptr;  // the last store or atomic
  Word* reader = nullptr;  // the last load
  Word* other = nullptr;  // shared memory: the set of warps that have read; global memory: the last
                          // load by another warp or block than `reader`'s

  ShadowWords operator+(std::uint64_t granules) const {
    return {writer + granules, reader + granules, other + granules};
  }
};

}  // namespace assay::emulator
