// SPDX-License-Identifier: Apache-2.0
// Which instruction set the hand-written kernels use. The bits are the same on every path; the
// choice exists so that each can be tested and measured on one machine.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "reference/result.hpp"

namespace assay {

enum class SimdPath : std::uint8_t { portable, avx2, avx512 };

std::string_view simd_path_name(SimdPath path);
// Error (usage): unknown, with the names.
Result<SimdPath> parse_simd_path(std::string_view name);

// What this machine and build can run, portable first.
std::span<const SimdPath> available_simd_paths();

// The path in use: what force_simd_path chose, else the environment variable ASSAY_SIMD, else the
// last of available_simd_paths. An ASSAY_SIMD that is unknown or not available is an error of
// check_simd_environment, which the command line calls before it works; without that call it is
// ignored.
SimdPath simd_path();
Status check_simd_environment();

// Error (usage): not available here. Not for use while kernels run in other threads.
Status force_simd_path(SimdPath path);

}  // namespace assay
