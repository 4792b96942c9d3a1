// SPDX-License-Identifier: Apache-2.0
// The largest magnitude of a tensor, in one vectorized pass that finds NaN and Inf as well:
// magnitudes of binary32 order as their bits do, with Inf and then NaN above all others.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "reference/result.hpp"

namespace assay {

// 0 for no values.
std::uint32_t max_magnitude_bits(std::span<const float> values);

// Error (invalid_vectors): a NaN or infinite value, with its index; the message calls the tensor's
// elements `what`, as in "a weight must be finite".
Result<float> finite_amax(std::string_view tensor, std::string_view what,
                          std::span<const float> values);

}  // namespace assay
