// SPDX-License-Identifier: Apache-2.0
// For tests: what the device's silu makes of many inputs in pairs of binary32, on the host.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "cuda/kernels/host_intrinsics.hpp"
#include "cuda/kernels/silu.cuh"
#include "reference/multiversion.hpp"

namespace assay::kernels {

constexpr std::uint32_t kSiluBlock = 1 << 12;

struct SiluBlock {
  std::array<float, kSiluBlock> results;
  std::array<std::uint32_t, kSiluBlock> decided;
};

// Of the inputs whose bits are first, first + 1, ... Branch-free, so that with -fno-trapping-math
// it compiles to vector instructions.
ASSAY_MULTIVERSION static void attempt_silu(std::uint32_t first, SiluBlock& block) {
  for (std::uint32_t i = 0; i < kSiluBlock; ++i) {
    const auto [result, decided] = detail::silu_attempt(__uint_as_float(first + i));
    block.results[i] = result;
    block.decided[i] = decided ? 1 : 0;
  }
}

// Where pairs of binary32 may decide; beyond, they never do.
inline bool is_within_limits(float x) {
  return std::fabs(x) >= 0x1p-60f && std::fabs(x) < 64;
}

}  // namespace assay::kernels
