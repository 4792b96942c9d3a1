// SPDX-License-Identifier: Apache-2.0
// A warp's loads and stores where nothing is wrong: checks, shadows and data at once, with vector
// instructions where lanes lie side by side. Whatever needs a closer look is left alone and handed
// back, for LaneAccess.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/emulator/memory/page_locks.hpp"
#include "cuda/emulator/memory/race_check.hpp"

namespace assay::emulator {

// The memory that a warp's access is likely to be in: the block's shared memory, or the device's.
struct Region {
  std::uint64_t begin = 0, size = 0;  // addresses
  std::byte* data = nullptr;
  std::uint8_t* shadow = nullptr;
  ShadowWords words;  // null: races are not looked for
  RaceView view;
  PageLocks* locks = nullptr;  // of global memory, where blocks run side by side
};

struct WarpRequest {
  Mask active = 0;
  std::uint32_t bytes = 0, align = 0;  // of a lane; align is a power of two
  const std::uint64_t* addresses = nullptr;
};

// Each returns the lanes that were not served: neither data nor shadows have changed for them.
struct WarpKernels {
  Mask (*load)(const Region& region, const WarpRequest& request, std::byte* data);
  Mask (*store)(const Region& region, const WarpRequest& request, const std::byte* data);
};

const WarpKernels& warp_kernels();

}  // namespace assay::emulator
