// SPDX-License-Identifier: Apache-2.0
// Accumulation contracts: how the exact dots d_b of 16-element blocks and their scales s_b become
// one binary32 (docs/numerics.md, section 4).
#pragma once

namespace assay {

enum class Accumulation {
  exact,      // sum_b d_b * s_b rounded once, to nearest even
  block_fma,  // acc = fma(fl(d_b), s_b, acc), blocks in order, from +0
};

}  // namespace assay
