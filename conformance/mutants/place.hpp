// SPDX-License-Identifier: Apache-2.0
// Where a source lies among a destination's magnitudes, by comparing exact values: what wrong casts
// are written in terms of.
#pragma once

#include <cstdint>

#include "reference/format/cast.hpp"

namespace assay {

struct Place {
  bool is_negative, is_nan, is_infinite;
  double magnitude;     // of numbers
  std::uint32_t below;  // the largest magnitude's code that is at or below; of numbers
  bool is_exact;        // equal to it
  int half;             // -1, 0, 1: below, on, above the midpoint to the next magnitude
};

Place find_place(const Cast& cast, std::uint64_t source);

// The code of a magnitude with the source's sign, where the destination has signs.
std::uint32_t signed_code(const Cast& cast, const Place& place, std::uint32_t magnitude);

// Between two finite magnitudes, or on one.
bool is_within_range(const Cast& cast, const Place& place);

}  // namespace assay
