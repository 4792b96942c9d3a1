// SPDX-License-Identifier: Apache-2.0
// Activation scales from the values that they quantize, as calibration finds them: amax / 448 in
// binary32, so that the largest finite value becomes +-448.
#pragma once

#include <span>

#include "reference/moe/layer.hpp"

namespace assay {

// The largest finite magnitude; 0 where there is none.
float finite_amax(std::span<const float> values);

// fl(amax / 448), and 1 where that is zero.
float activation_scale_from_amax(float amax);

// Runs the layer with `inputs` and sets `scale` (one element, or one per expert) from the amax of
// its mul stage; experts that are not hit get 1. The inputs' own down_activation_scale has no
// influence.
Status measure_down_activation_scale(const MoeInputs& inputs, Accumulation accumulation,
                                     std::span<float> scale);

}  // namespace assay
