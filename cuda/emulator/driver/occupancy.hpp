// SPDX-License-Identifier: Apache-2.0
// How many blocks of a kernel are resident on a multiprocessor at once: by threads, blocks,
// registers and shared memory. Source: the allocation rules in NVIDIA's cuda_occupancy.h for
// compute capabilities 10.x and 11.0, which occupancy_test.cpp compares with. The register count is
// an estimate: only ptxas knows it.
#pragma once

#include <cstddef>

#include "cuda/emulator/driver/device_model.hpp"
#include "cuda/emulator/program/program.hpp"

namespace assay::emulator {

inline constexpr int kRegistersPerMultiprocessor = 65536;
inline constexpr std::size_t kSharedPerMultiprocessor = 228 * 1024;
inline constexpr std::size_t kReservedSharedPerBlock = 1024;
inline constexpr int kSharedPerBlockOptIn = 227 * 1024;

// 32-bit registers a thread, as ptxas might allocate: those that are live at once, as far as the
// decoder shares them, rounded up to a multiple of 8, 16 to 255; no more than .maxnreg or .maxntid
// leave.
int estimate_registers(const Program& program, const Function& function);

// 0: not even one block fits.
int resident_blocks(const DeviceModel& device, int registers, std::size_t shared_bytes,
                    int threads);

// The largest block that `registers` allow, a multiple of the warp size up to `limit`.
int largest_block(int registers, int limit);

// Dynamic shared memory that leaves room for so many blocks of so many threads.
std::size_t available_dynamic_shared(std::size_t static_shared_bytes, int blocks);

}  // namespace assay::emulator
