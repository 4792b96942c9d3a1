// SPDX-License-Identifier: Apache-2.0
// For tests: what the device's silu makes of many inputs in pairs of binary32, on the host.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

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
    detail::Attempt attempt = detail::silu_attempt(__uint_as_float(first + i));
    block.results[i] = attempt.result;
    block.decided[i] = attempt.decided;
  }
}

// Where pairs of binary32 may decide; beyond, they never do.
inline bool is_within_limits(float x) {
  return std::fabs(x) >= 0x1p-60f && std::fabs(x) < 64;
}

// Those within the limits that need binary64.
inline std::vector<float> undecided_inputs() {
  std::vector<float> inputs;
  SiluBlock block;
  for (std::uint64_t first = 0; first < std::uint64_t{1} << 32; first += kSiluBlock) {
    const auto bits = static_cast<std::uint32_t>(first);
    if (!is_within_limits(__uint_as_float(bits))) continue;
    attempt_silu(bits, block);
    for (std::uint32_t i = 0; i < kSiluBlock; ++i)
      if (block.decided[i] == 0) inputs.push_back(__uint_as_float(bits + i));
  }
  return inputs;
}

}  // namespace assay::kernels
