// SPDX-License-Identifier: Apache-2.0
// Ticks for words of global memory. All blocks draw from one sequence, in chunks, so that a tick
// names its block; what is older than a launch's first tick lies before the launch.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "cuda/emulator/memory/shadow_word.hpp"

namespace assay::emulator {

inline constexpr std::uint32_t kTickChunk = 16;
// Words of the same chunk agree in these bits.
inline constexpr Word kChunkBits = ~((Word{kTickChunk} << kTickShift) - 1);

class GlobalTicks {
 public:
  struct Owner {
    Tick launch = 0;
    std::uint64_t block = 0;  // linear
  };

  // The last tick before the launch, which is the launch's name. `is_fresh`: the sequence began
  // anew, so all words are to be cleared.
  Tick begin_launch(bool& is_fresh);
  bool end_launch();  // true: no other launch runs
  // The first of kTickChunk ticks, or 0: there are no more, the block is not watched.
  Tick draw(Tick launch, std::uint64_t block);
  Owner owner(Tick tick) const;

 private:
  static constexpr std::uint32_t kChunks = (kLastTick + 1) / kTickChunk;
  static constexpr std::uint32_t kPage = 4096;
  using Page = std::array<Owner, kPage>;

  std::mutex mutex_;
  std::uint32_t next_ = 1;  // chunk
  std::uint32_t running_ = 0;
  std::array<std::atomic<Page*>, kChunks / kPage> pages_{};
  std::array<std::unique_ptr<Page>, kChunks / kPage> owned_;
};

}  // namespace assay::emulator
