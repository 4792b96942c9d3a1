// SPDX-License-Identifier: Apache-2.0
// Weak loads of 16 bytes a lane from shared memory at addresses of any pattern: rows of ldmatrix,
// vectors of four words. All lanes' checks at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/emulator/memory/race_check.hpp"

namespace assay::emulator {

inline constexpr std::uint32_t kRowBytes = 16;

struct RowAccess {
  // Of the block's shared memory, from its start.
  const std::byte* memory = nullptr;
  const std::uint8_t* shadow = nullptr;
  ShadowWords words;
  std::uint64_t bytes = 0;
  Mask lanes = 0;
  const std::uint64_t* addresses = nullptr;  // in shared space, by lane
};

// to[lane * 16 ...]. False where anything needs a closer look; nothing has changed then.
bool load_rows(const RowAccess& access, const RaceView& view, std::byte* to);

}  // namespace assay::emulator
