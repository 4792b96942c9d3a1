// SPDX-License-Identifier: Apache-2.0
// Oracle: sums in int of whole numbers that binary16 (and, for the second kernel, its sums) holds.
#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/tensor/tensor_data.hpp"

namespace assay::corpus {
namespace {

void check_single(CUfunction kernel, int m, int n, int k) {
  const WholeGemm gemm(m, n, k, -15, 15);
  const Array<std::uint16_t> a(encoded<std::uint16_t>(gemm.a, 5, 10)),
      b(encoded<std::uint16_t>(gemm.b_by_depth(), 5, 10));
  const Array<float> c(gemm.c.size());
  launch(kernel, {{blocks_for(n, 64), blocks_for(m, 64)}, {128}}, a, b, c, m, n, k);
  expect_equal(c.download(), as_floats(gemm.c), "C");
}

void check_half(CUfunction kernel, int m, int n, int k) {
  const WholeGemm gemm(m, n, k, -3, 3);
  const Array<std::uint16_t> a(encoded<std::uint16_t>(gemm.a, 5, 10)),
      b(encoded<std::uint16_t>(gemm.b, 5, 10)), c(gemm.c.size());
  launch(kernel, {{blocks_for(n, 8), blocks_for(m, 16)}, {32}}, a, b, c, k);
  expect_equal(c.download(), encoded<std::uint16_t>(gemm.c, 5, 10), "C in binary16");
}

}  // namespace

void gemm_f16_mma(const Module& module) {
  check_single(module.function("gemm_f16_mma"), 1, 1, 1);
  check_single(module.function("gemm_f16_mma"), 64, 64, 32);
  check_single(module.function("gemm_f16_mma"), 67, 90, 45);
  check_single(module.function("gemm_f16_mma"), 40, 72, 200);
  check_single(module.function("gemm_f16_mma"), 128, 128, 128);
  check_half(module.function("gemm_f16_half"), 16, 8, 16);
  check_half(module.function("gemm_f16_half"), 48, 24, 160);
}

}  // namespace assay::corpus
