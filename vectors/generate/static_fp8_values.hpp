// SPDX-License-Identifier: Apache-2.0
// Values that the operator `quantize_fp8` quantizes: those of hidden states that are aimed at one
// scale (values.hpp), and `boundaries`, which leaves no code of E4M3 out (docs/vectors.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "vectors/generate/names.hpp"
#include "vectors/generate/values.hpp"

namespace assay {

inline constexpr std::string_view kBoundaries = "boundaries";
// Its matrix: a row for each magnitude of E4M3. The count is no multiple of 4.
inline constexpr std::int64_t kBoundaryRows = 0x7F, kBoundaryColumns = 21;

struct StaticFp8Distribution {
  DrawFunction draw;
  // Values are multiples of Draw::scale, which must be the scale that they are divided by.
  bool on_grid;
};

// Precondition: one of static_fp8_distribution_names().
StaticFp8Distribution find_static_fp8_distribution(std::string_view name);
Names static_fp8_distribution_names();

}  // namespace assay
