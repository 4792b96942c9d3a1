// SPDX-License-Identifier: Apache-2.0
// With AVX-512: a vector is a column of the tile.
#include "reference/simd_kernel.hpp"

#if defined(__x86_64__)
#define ASSAY_LANES_TARGET ASSAY_AVX512
#include "reference/arithmetic/mma_tile_kernel.hpp"

namespace assay::avx512 {

ASSAY_AVX512 void mma_decode(const MmaForm& form, const MmaTile& tile, MmaValues& values) {
  lanes::decode_operands<16>(form, tile, values);
}

ASSAY_AVX512 bool mma_chain(const MmaForm& form, const MmaValues& values, const MmaResult& c,
                            MmaResult& result) {
  return lanes::chain_kernel<16>(form, values, c, result);
}

ASSAY_AVX512 bool mma_certified(const MmaForm& form, const MmaValues& values, const MmaResult& c,
                                MmaResult& result, MmaOutputs& doubtful) {
  return lanes::certified_kernel<16>(form, values, c, result, doubtful);
}

ASSAY_AVX512 bool mma_model(const TensorCoreModel& model, const MmaForm& form,
                            const MmaValues& values, const MmaResult& c, MmaResult& result) {
  return lanes::model_kernel<16>(model, form, values, c, result);
}

}  // namespace assay::avx512
#endif
