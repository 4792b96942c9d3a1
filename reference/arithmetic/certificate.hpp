// SPDX-License-Identifier: Apache-2.0
// Certified dots: where the sum of |terms| stays below 2^24 units in the last place that any term
// uses, every partial sum in every order fits binary32 exactly, so every implementation that adds
// in binary32 or better gets the same bits (docs/numerics.md, section 9).
#pragma once

#include <cstdint>
#include <span>

#include "reference/arithmetic/block_dot.hpp"

namespace assay {

// True when every dot of dot_rows(rows, x_units, ...) is certified; stops at the first that is not.
bool dots_are_certified(const Nvfp4Rows& rows, std::span<const std::int32_t> x_units,
                        std::int64_t count_x);

}  // namespace assay
