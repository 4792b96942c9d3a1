// SPDX-License-Identifier: Apache-2.0
// Whether a whole layer call is of class A: every dot certified (docs/numerics.md, section 9).
#pragma once

#include <cstdint>
#include <span>

#include "reference/moe/layer.hpp"

namespace assay {

// `hidden_q` [B, S, H] and `mul_q` [B, S, K, I] are the stages of a run of the same inputs. A NaN
// code counts as zero. Stops at the first dot that is not certified.
bool moe_is_certified(const MoeInputs& inputs, std::span<const std::uint8_t> hidden_q,
                      std::span<const std::uint8_t> mul_q);

}  // namespace assay
