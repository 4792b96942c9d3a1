// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <string>

#include "cuda/emulator/program/op.hpp"

namespace assay::emulator {

// Calls f(lane) for each lane of the mask, lowest first.
template <typename F>
void for_each_lane(Mask lanes, F&& f) {
  for (; lanes != 0; lanes &= lanes - 1)
    f(std::countr_zero(lanes));
}

// "lanes 3, 5-7"
std::string lane_list(Mask lanes);

}  // namespace assay::emulator
