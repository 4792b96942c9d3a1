// SPDX-License-Identifier: Apache-2.0
// Oracle: sums in 64 bits, wrapped to 32; for the saturating form one step of k = 32, clamped.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

// C starts from `start_c[column % 8]`; sums are of the bytes taken as signed or unsigned.
struct ByteGemm {
  int m, n, k;
  std::vector<std::uint8_t> a, b;
  std::vector<int> start_c;

  ByteGemm(int rows, int columns, int depth, std::vector<int> start)
      : m(rows), n(columns), k(depth), start_c(std::move(start)) {
    Random random(static_cast<std::uint64_t>(rows * 100 + depth));
    const auto byte = [&] { return static_cast<std::uint8_t>(random.u32()); };
    a = random.vector(m * k, byte);
    b = random.vector(n * k, byte);
  }

  std::vector<std::int64_t> sums(bool signed_a, bool signed_b) const {
    const auto value = [](std::uint8_t bits, bool is_signed) {
      return is_signed ? std::int64_t{static_cast<std::int8_t>(bits)} : std::int64_t{bits};
    };
    std::vector<std::int64_t> result;
    for (int row = 0; row < m; ++row)
      for (int column = 0; column < n; ++column) {
        std::int64_t sum = start_c[column % 8];
        for (int i = 0; i < k; ++i)
          sum += value(a[row * k + i], signed_a) * value(b[column * k + i], signed_b);
        result.push_back(sum);
      }
    return result;
  }
};

void check_form(CUfunction kernel, const ByteGemm& gemm, const std::vector<std::int64_t>& sums,
                const std::string& what) {
  std::vector<int> want;
  for (const std::int64_t sum : sums)
    want.push_back(static_cast<int>(sum));
  const Array<std::uint8_t> a(gemm.a), b(gemm.b);
  const Array<int> start_c(gemm.start_c), c(want.size());
  launch(kernel, {{blocks_for(gemm.n, 8), blocks_for(gemm.m, 16)}, {32}}, a, b, start_c, c, gemm.m,
         gemm.n, gemm.k);
  expect_equal(c.download(), want, what);
}

void check_short(CUfunction kernel, int m, int n, int k) {
  const ByteGemm gemm(m, n, k, std::vector<int>(8, 0));
  const std::vector<std::int64_t> sums = gemm.sums(true, true);
  const std::vector<int> want(sums.begin(), sums.end());
  const Array<std::uint8_t> a(gemm.a), b(gemm.b);
  const Array<int> c(want.size());
  launch(kernel, {{blocks_for(n, 8), blocks_for(m, 16)}, {32}}, a, b, c, m, n, k);
  expect_equal(c.download(), want, "k16");
}

}  // namespace

void gemm_s8_mma(const Module& module) {
  const std::vector<int> starts{
      0, 1, -1, 1000, INT32_MAX, INT32_MIN, INT32_MAX - 5000, INT32_MIN + 9};
  for (const auto& [m, n, k] : {std::array{1, 1, 1}, {16, 8, 32}, {39, 30, 77}}) {
    const ByteGemm gemm(m, n, k, starts);
    check_form(module.function("gemm_s8_s8"), gemm, gemm.sums(true, true), "s8 s8");
    check_form(module.function("gemm_s8_u8"), gemm, gemm.sums(true, false), "s8 u8");
    check_form(module.function("gemm_u8_s8"), gemm, gemm.sums(false, true), "u8 s8");
    check_form(module.function("gemm_u8_u8"), gemm, gemm.sums(false, false), "u8 u8");
    check_short(module.function("gemm_s8_short"), m, n, k);
  }
  const ByteGemm one_step(48, 40, 32, starts);
  std::vector<std::int64_t> clamped = one_step.sums(true, true);
  for (std::int64_t& sum : clamped)
    sum = std::clamp<std::int64_t>(sum, INT32_MIN, INT32_MAX);
  check_form(module.function("gemm_s8_s8_saturating"), one_step, clamped, "saturating");
}

}  // namespace assay::corpus
