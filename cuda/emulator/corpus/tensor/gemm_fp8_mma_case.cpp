// SPDX-License-Identifier: Apache-2.0
// Oracle: sums in int of whole numbers of three bits, which both formats hold.
#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/tensor/tensor_data.hpp"

namespace assay::corpus {
namespace {

struct Format {
  const char* name;
  int exponent_bits, fraction_bits;
};
constexpr Format kFormats[] = {{"e4m3", 4, 3}, {"e5m2", 5, 2}};

void check_shape(const Module& module, int m, int n, int k) {
  const WholeGemm gemm(m, n, k, -7, 7);
  for (const Format& of_a : kFormats)
    for (const Format& of_b : kFormats) {
      const std::string name = std::string("gemm_") + of_a.name + "_" + of_b.name;
      const Array<std::uint8_t> a(
          encoded<std::uint8_t>(gemm.a, of_a.exponent_bits, of_a.fraction_bits)),
          b(encoded<std::uint8_t>(gemm.b, of_b.exponent_bits, of_b.fraction_bits));
      const Array<float> c(gemm.c.size());
      launch(module.function(name.c_str()), {{blocks_for(n, 8), blocks_for(m, 16)}, {32}}, a, b, c,
             m, n, k);
      expect_equal(c.download(), as_floats(gemm.c), name);
    }
}

}  // namespace

void gemm_fp8_mma(const Module& module) {
  check_shape(module, 1, 1, 1);
  check_shape(module, 16, 8, 32);
  check_shape(module, 33, 17, 100);
}

}  // namespace assay::corpus
