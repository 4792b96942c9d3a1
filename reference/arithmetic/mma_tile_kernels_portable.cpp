// SPDX-License-Identifier: Apache-2.0
// With the vectors that every machine has.
#define ASSAY_LANES_TARGET
#include "reference/arithmetic/mma_tile_kernel.hpp"

namespace assay::portable {

void mma_decode(const MmaForm& form, const MmaTile& tile, MmaValues& values) {
  lanes::decode_operands<4>(form, tile, values);
}

bool mma_chain(const MmaForm& form, const MmaValues& values, const MmaResult& c,
               MmaResult& result) {
  return lanes::chain_kernel<4>(form, values, c, result);
}

bool mma_certified(const MmaForm& form, const MmaValues& values, const MmaResult& c,
                   MmaResult& result, MmaOutputs& doubtful) {
  return lanes::certified_kernel<4>(form, values, c, result, doubtful);
}

bool mma_model(const TensorCoreModel& model, const MmaForm& form, const MmaValues& values,
               const MmaResult& c, MmaResult& result) {
  return lanes::model_kernel<4>(model, form, values, c, result);
}

}  // namespace assay::portable
