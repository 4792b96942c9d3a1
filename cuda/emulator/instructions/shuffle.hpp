// SPDX-License-Identifier: Apache-2.0
// Where shfl reads from: PTX ISA, "Data Movement and Conversion Instructions: shfl.sync",
// pseudocode.
#pragma once

#include <cstdint>

namespace assay::emulator {

enum class ShuffleMode : std::uint8_t { up, down, bfly, idx };

struct ShuffleSource {
  std::uint32_t lane;
  bool in_range;  // the destination predicate; where it is false the lane reads itself
};

// b: a lane or an offset, of which 5 bits count. c: bits 0-4 clamp, bits 8-12 split the warp into
// segments.
[[gnu::always_inline]] constexpr ShuffleSource shuffle_source(ShuffleMode mode, std::uint32_t lane,
                                                              std::uint32_t b, std::uint32_t c) {
  const std::uint32_t offset = b & 31, clamp = c & 31, segment = (c >> 8) & 31;
  const std::uint32_t least = lane & segment;
  const auto most = static_cast<std::int32_t>(least | (clamp & ~segment));
  std::int32_t from = 0;
  bool in_range = false;
  switch (mode) {
    case ShuffleMode::up:
      from = static_cast<std::int32_t>(lane) - static_cast<std::int32_t>(offset);
      in_range = from >= most;
      break;
    case ShuffleMode::down:
      from = static_cast<std::int32_t>(lane + offset);
      in_range = from <= most;
      break;
    case ShuffleMode::bfly:
      from = static_cast<std::int32_t>(lane ^ offset);
      in_range = from <= most;
      break;
    case ShuffleMode::idx:
      from = static_cast<std::int32_t>(least | (offset & ~segment));
      in_range = from <= most;
      break;
  }
  return {in_range ? static_cast<std::uint32_t>(from) : lane, in_range};
}

}  // namespace assay::emulator
