// SPDX-License-Identifier: Apache-2.0
// What an access costs: sectors of global memory and wavefronts of shared memory.
#pragma once

#include <cstdint>
#include <span>

namespace assay::emulator {

struct AccessCost {
  std::uint64_t units = 0, ideal = 0;
};

// 32-byte sectors that the accesses touch, and the fewest that could hold as many distinct bytes.
AccessCost sectors(std::span<const std::uint64_t> addresses, std::uint32_t bytes);
// Passes over the 32 banks of 4 bytes: in each, a bank gives one word, to any number of lanes.
// Accesses of 8 bytes are served by half warps, of 16 bytes by quarter warps. `lanes`: which lane
// each address is of. Source: CUDA C++ Programming Guide, shared memory of compute capability 3.x
// and 5.x; of half and quarter warps, its section on 2.x.
AccessCost wavefronts(std::span<const std::uint64_t> addresses, std::span<const int> lanes,
                      std::uint32_t bytes);

}  // namespace assay::emulator
