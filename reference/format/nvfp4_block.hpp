// SPDX-License-Identifier: Apache-2.0
// The block of NVFP4: so many consecutive E2M1 elements along a row share one E4M3 scale.
#pragma once

#include <cstdint>

namespace assay {

inline constexpr std::int64_t kNvfp4BlockSize = 16;

}  // namespace assay
