// SPDX-License-Identifier: Apache-2.0
// The order of bytes that the matrix kernels read: what one lane of a warp needs for 64 columns is
// one 16-byte load.
//
// mma.sync.m16n8k16 (PTX ISA 9.0, "Matrix Fragments for mma.m16n8k16 with floating point type")
// gives lane 4 g + p the columns 2p, 2p+1, 2p+8, 2p+9 of rows g and g + 8 of A, and of column g of
// B. A sum of 16 exact products has one value in any order, so the kernels hand the lane the
// columns 4p .. 4p+3 of both instead: neighbours in memory.
//
// A *step* is 64 columns, four groups of 16 that share a block scale. K is padded to whole steps
// with zeros: codes, scales and activations.
//   activations: byte of column k of a vector: step 64 | p 16 | group 4 | k % 4
//   weights:     of a tile of 16 rows and a step, 32 lanes of 16 bytes: lane, group, then two bytes
//                of row g and two of row g + 8
//   scales:      of a tile and a step, 64 bytes: g, group, then rows g and g + 8
#pragma once

#ifdef __CUDACC__
#define ASSAY_HOST_DEVICE __host__ __device__
#else
#define ASSAY_HOST_DEVICE
#endif

namespace assay::cuda {

constexpr int kStepColumns = 64;
constexpr int kTileRows = 16;
constexpr int kStepCodeBytes = kTileRows * kStepColumns / 2;    // of one tile
constexpr int kStepScaleBytes = kTileRows * kStepColumns / 16;  // of one tile

ASSAY_HOST_DEVICE constexpr int steps_of(int columns) {
  return (columns + kStepColumns - 1) / kStepColumns;
}

// Where column k of a vector of activations stands.
ASSAY_HOST_DEVICE constexpr int lane_order(int k) {
  const int group = k / 16 % 4, place = k / 4 % 4;
  return k / kStepColumns * kStepColumns + place * 16 + group * 4 + k % 4;
}

}  // namespace assay::cuda
