// SPDX-License-Identifier: Apache-2.0
// The kernels of mma_tile.hpp, one set for each path: operands are decoded first. Those that return
// false, leaving the result void, met operands outside of what their arithmetic holds: the caller
// then goes output by output.
#pragma once

#include "reference/arithmetic/mma_tile.hpp"

namespace assay {

// The operands as binary32 values, which hold every operand format, for kernels whose lanes are
// rows of the tile: A[k] is a vector, and an element of B is broadcast.
template <typename T>
struct MmaMatrices {
  alignas(64) T a[kMmaRowBytes][kMmaRows];  // [k][row]
  alignas(64)
      T b[4][kMmaColumns * kMmaRowBytes / 4];  // [k % codes_per_word][column][k / codes_per_word]
};

struct MmaValues : MmaMatrices<float> {
  int codes_per_word = 2;
  int words = 8;  // of a row, that hold codes

  int products() const { return codes_per_word * words; }
  // Of column 0; that of column j lies 8 * j words behind it.
  int b_part(int k) const { return k % codes_per_word; }
  int b_word(int k) const { return k / codes_per_word; }
};

using MmaDecodeKernel = void(const MmaForm& form, const MmaTile& tile, MmaValues& values);
using MmaChainKernel = bool(const MmaForm& form, const MmaValues& values, const MmaResult& c,
                            MmaResult& result);
// `doubtful`: all that are not certified, and those that an infinity or a NaN certifies.
using MmaCertifiedKernel = bool(const MmaForm& form, const MmaValues& values, const MmaResult& c,
                                MmaResult& result, MmaOutputs& doubtful);
using MmaModelKernel = bool(const TensorCoreModel& model, const MmaForm& form,
                            const MmaValues& values, const MmaResult& c, MmaResult& result);

namespace portable {
MmaDecodeKernel mma_decode;
MmaChainKernel mma_chain;
MmaCertifiedKernel mma_certified;
MmaModelKernel mma_model;
}  // namespace portable

namespace avx2 {
MmaDecodeKernel mma_decode;
MmaChainKernel mma_chain;
MmaCertifiedKernel mma_certified;
MmaModelKernel mma_model;
}  // namespace avx2

namespace avx512 {
MmaDecodeKernel mma_decode;
MmaChainKernel mma_chain;
MmaCertifiedKernel mma_certified;
MmaModelKernel mma_model;
}  // namespace avx512

}  // namespace assay
