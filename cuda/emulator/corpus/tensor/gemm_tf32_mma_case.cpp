// SPDX-License-Identifier: Apache-2.0
// Oracle: sums in int of whole numbers of 11 bits; what is stored lies a little beside them, by
// less than half a unit of TF32, so the conversion must round it back.
#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/tensor/tensor_data.hpp"

namespace assay::corpus {
namespace {

std::vector<std::uint32_t> beside(const std::vector<int>& values) {
  Random random(values.size());
  std::vector<std::uint32_t> bits;
  for (const int value : values)
    bits.push_back(whole_bits(value, 8, 23) + (value == 0 ? 0u : random.u32() % 0x1000u));
  return bits;
}

}  // namespace

void gemm_tf32_mma(const Module& module) {
  const CUfunction kernel = module.function("gemm_tf32_mma");
  for (const auto& [m, n, k] :
       {std::array{1, 1, 1}, {16, 8, 8}, {16, 8, 4}, {35, 19, 44}, {32, 24, 61}}) {
    const WholeGemm gemm(m, n, k, -400, 400);
    const Array<std::uint32_t> a(beside(gemm.a)), b(beside(gemm.b));
    const Array<float> c(gemm.c.size());
    launch(kernel, {{blocks_for(n, 8), blocks_for(m, 16)}, {32}}, a, b, c, m, n, k);
    expect_equal(c.download(), as_floats(gemm.c), "C");
  }
}

}  // namespace assay::corpus
