// SPDX-License-Identifier: Apache-2.0
// The extents of one MoE layer call.
#pragma once

#include <cstdint>

namespace assay {

struct MoeShape {
  std::int64_t batch = 0;
  std::int64_t sequence_length = 0;
  std::int64_t hidden_size = 0;        // a multiple of 16
  std::int64_t intermediate_size = 0;  // a multiple of 16
  std::int64_t num_experts = 0;
  std::int64_t top_k = 0;

  std::int64_t tokens() const { return batch * sequence_length; }
  std::int64_t slots() const { return tokens() * top_k; }
};

}  // namespace assay
