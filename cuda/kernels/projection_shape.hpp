// SPDX-License-Identifier: Apache-2.0
// The shape of the projection kernels' blocks and of their ring in shared memory, for the kernels
// and for the host that launches them.
#pragma once

#include "cuda/kernels/lane_order.hpp"

namespace assay::cuda {

constexpr int kWarps = 4;
constexpr int kBlockThreads = kWarps * 32;
constexpr int kBlockRows = kWarps * kTileRows;
constexpr int kChunkSteps = 4;  // of one stage
constexpr int kChunkColumns = kChunkSteps * kStepColumns;

// Slots of a tile that there are kernels for: two of decode, one of prefill.
constexpr int kTileSlots[] = {8, 16, 64};

// Stages of the ring: at least two blocks must find room on an SM.
ASSAY_HOST_DEVICE constexpr int ring_stages(int tile_slots) {
  return tile_slots > 16 ? 3 : 4;
}

ASSAY_HOST_DEVICE constexpr unsigned stage_bytes(int matrices, int tile_slots) {
  return static_cast<unsigned>(kWarps * matrices * kChunkSteps *
                                   (kStepCodeBytes + kStepScaleBytes) +
                               tile_slots * kChunkColumns);
}

}  // namespace assay::cuda
