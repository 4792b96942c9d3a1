// SPDX-License-Identifier: Apache-2.0
// Whether an access of a lane conflicts with what the shadow words say of others, and how the words
// change. One granule at a time; dense accesses have kernels of their own (dense_access.hpp).
#pragma once

#include <optional>

#include "cuda/emulator/memory/race_clocks.hpp"
#include "cuda/emulator/memory/shadow_word.hpp"

namespace assay::emulator {

// One operation of one warp.
struct RaceView {
  const RaceClocks* clocks = nullptr;
  std::uint32_t warp = 0;
  bool is_global = false;
  bool blocks_are_apart = false;  // blocks of this launch have no way to wait for each other
  Word first = 0;                 // the word of lane 0: tick, program counter, thread
  Word limit = 0;                 // this block's words below are ordered before the operation
  Word oldest = 0;                // of global memory: words below are of earlier launches

  Word word(int lane, Word bytes, Word flags) const {
    return first + (static_cast<Word>(lane) << kThreadShift) + (flags | bytes);
  }
};

RaceView race_view(const RaceClocks& clocks, std::uint32_t warp, std::uint32_t pc, bool is_global,
                   bool blocks_are_apart);

// The other side of a race.
struct Conflict {
  Word word = 0;
  bool has_written = false;
  bool is_in_other_block = false;
  std::uint64_t block = 0;  // linear
  bool is_exact = true;     // false: some thread of that warp, at that program counter or another
  bool is_same_value = false;  // both wrote the same: harmless, unless one of them updates
};

// bytes: of the granule, 4 bits. is_atomic: relaxed or stronger, or an atomic.
std::optional<Conflict> check_read(const RaceView& view, int lane, Word bytes, bool is_atomic,
                                   const ShadowWords& words);
void note_read(const RaceView& view, int lane, Word bytes, Word flags, const ShadowWords& words);
// is_silent: the bytes keep their value.
std::optional<Conflict> check_write(const RaceView& view, int lane, Word bytes, bool is_atomic,
                                    bool is_silent, const ShadowWords& words);
void note_write(const RaceView& view, int lane, Word bytes, Word flags, const ShadowWords& words);

}  // namespace assay::emulator
