// SPDX-License-Identifier: Apache-2.0
// Chains of fused multiply-adds for kernels whose lanes are rows. Products of operands are exact in
// binary32 inside the range that values_in_range checks, so a product and a sum that rounds are one
// fused multiply-add, which not every machine has.
#pragma once

#include "reference/arithmetic/mma_values.hpp"

namespace assay::lanes {

// acc[j] = Step::apply(acc[j], A[k], B[k][j]) for all columns, k increasing.
template <int W, typename Step>
ASSAY_LANES void for_products(const Matrices<float>& m, const Values& shape, int row,
                              Float<W> (&acc)[kColumns]) {
  for (int word = 0; word < shape.words; ++word) {
    for (int part = 0; part < shape.codes_per_word; ++part) {
      const auto a = load<Float<W>>(&m.a[word * shape.codes_per_word + part][row]);
      const float* b = &m.b[part][word];
#pragma GCC unroll 8
      for (int j = 0; j < kColumns; ++j)
        acc[j] = Step::apply(acc[j], a, splat<W>(b[j * kRowWords]));
    }
  }
}

// One rounding to binary16 of the exact sum of a binary16 value and a product of at most 22 bits,
// as a binary32 value: the error of the binary32 sum makes it odd, which rounds as the exact sum.
template <int W>
ASSAY_LANES Float<W> add_in_f16(const Float<W>& acc, const Float<W>& product) {
  const Float<W> sum = acc + product;
  const Float<W> part = sum - acc;
  const Float<W> error = (acc - (sum - part)) + (product - part);
  const Int<W> outwards = (bits<W>(error) ^ bits<W>(sum)) < 0 ? splat<W>(-1u) : splat<W>(1u);
  Int<W> step = error < splat<W>(0.0f) ? outwards : Int<W>{};
  step = error > splat<W>(0.0f) ? outwards : step;  // still 0 where the error is NaN
  const Int<W> odd = bits<W>(sum) + ((bits<W>(sum) & splat<W>(1u)) == 0 ? step : Int<W>{});
  const Int<W> code = round_to_f16<W>(odd & splat<W>(kMagnitude));
  const Int<W> sign = bits<W>(sum) & splat<W>(kF32SignBit);
  return from_bits<W>(bits<W>(decode<W, kF16>(code, 0)) | sign);
}

template <int W>
struct AddInF32 {
  ASSAY_LANES static Float<W> apply(const Float<W>& sum, const Float<W>& a, const Float<W>& b) {
    return add_product<W>(sum, a, b);
  }
};
template <int W>
struct AddInF16 {
  ASSAY_LANES static Float<W> apply(const Float<W>& sum, const Float<W>& a, const Float<W>& b) {
    return add_in_f16<W>(sum, a * b);
  }
};

template <int W>
ASSAY_LANES Int<W> f16_codes(const Float<W>& x) {
  const Int<W> code = round_to_f16<W>(magnitude<W>(x));
  const Int<W> sign = (bits<W>(x) >> 16) & splat<W>(0x8000u);
  return magnitude<W>(x) > splat<W>(kF32Infinity) ? code : code | sign;
}

template <int W>
ASSAY_LANES Int<W> f32_codes(const Float<W>& x) {
  return x != x ? splat<W>(kMagnitude) : bits<W>(x);
}

// A row's C, or D, of all columns.
template <int W>
ASSAY_LANES void load_values(Format accumulator, const Outputs& outputs, int row,
                             Float<W> (&values)[kColumns]) {
  if (accumulator == Format::f32) {
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j)
      values[j] = from_bits<W>(load<Int<W>>(&outputs.words[j][row]));
    return;
  }
#pragma GCC unroll 8
  for (int j = 0; j < kColumns; ++j)
    values[j] = decode<W, kF16>(load<Int<W>>(&outputs.words[j][row]), 0);
}

// The chain from c; outputs hold c, and then the result. `sums` is the accumulator's format, or f32
// where binary32 holds every sum and rounding them to binary16 changes none.
template <int W>
ASSAY_LANES void chain(const Values& values, Format sums, Format accumulator, Outputs& outputs) {
  for (int row = 0; row < kRows; row += W) {
    Float<W> acc[kColumns];
    load_values<W>(accumulator, outputs, row, acc);
    if (sums == Format::f32)
      for_products<W, AddInF32<W>>(values, values, row, acc);
    else
      for_products<W, AddInF16<W>>(values, values, row, acc);
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j)
      store(&outputs.words[j][row],
            accumulator == Format::f32 ? f32_codes<W>(acc[j]) : f16_codes<W>(acc[j]));
  }
}

}  // namespace assay::lanes
