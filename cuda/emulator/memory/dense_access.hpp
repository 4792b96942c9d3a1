// SPDX-License-Identifier: Apache-2.0
// Loads and stores of neighbouring lanes at neighbouring addresses: checks, shadow and data at
// once, with vector instructions. Each returns false where anything needs a closer look, and has
// then changed nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/emulator/memory/race_check.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

struct DenseAccess {
  ptx::Space space = ptx::Space::global;  // or shared
  std::byte* memory = nullptr;
  std::uint8_t* shadow = nullptr;
  std::size_t bytes = 0;
  // Races: null writer, none are looked for. Granule g is of lane first_lane + ((g << up) >> down).
  ShadowWords words;
  std::size_t granules = 0;
  int first_lane = 0, up = 0, down = 0;
};

struct DenseKernels {
  bool (*load)(const DenseAccess& access, const RaceView& view, std::byte* to);
  bool (*store)(const DenseAccess& access, const RaceView& view, const std::byte* from);
  // addresses[lane] == addresses[0] + lane * stride for all 32 lanes.
  bool (*is_regular)(const std::uint64_t* addresses, std::uint64_t stride);
};

const DenseKernels& dense_kernels();

}  // namespace assay::emulator
