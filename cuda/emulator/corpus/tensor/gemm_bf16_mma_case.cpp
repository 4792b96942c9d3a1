// SPDX-License-Identifier: Apache-2.0
// Oracle: sums in int of whole numbers that bfloat16 holds.
#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/tensor/tensor_data.hpp"

namespace assay::corpus {

void gemm_bf16_mma(const Module& module) {
  const CUfunction kernel = module.function("gemm_bf16_mma");
  for (const auto& [m, n, k] :
       {std::array{1, 1, 1}, {16, 8, 16}, {16, 8, 8}, {37, 21, 90}, {48, 40, 136}}) {
    const WholeGemm gemm(m, n, k, -200, 200);
    const Array<std::uint16_t> a(encoded<std::uint16_t>(gemm.a, 8, 7)),
        b(encoded<std::uint16_t>(gemm.b, 8, 7));
    const Array<float> c(gemm.c.size());
    launch(kernel, {{blocks_for(n, 8), blocks_for(m, 16)}, {32}}, a, b, c, m, n, k);
    expect_equal(c.download(), as_floats(gemm.c), "C");
  }
}

}  // namespace assay::corpus
