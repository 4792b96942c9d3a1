// SPDX-License-Identifier: Apache-2.0
// The fused step of fused_dot.hpp for kernels whose lanes are rows. A term's integer is its value
// in units of 2^(emax - F), truncated: one exact multiplication by a power of two and one
// conversion.
#pragma once

#include <span>

#include "reference/arithmetic/mma_chain.hpp"

namespace assay::lanes {

// Bounds of operands that are not zero, and of such accumulators (which may be larger, but finite).
// Inside them scaled terms stay in binary32's range, and results are multiples of 2^-125: no bits
// of a subnormal result are cut off. Other tiles are left to the scalar model.
inline constexpr float kModelLow = 0x1p-50f, kModelHigh = 0x1p62f, kAddendLow = 0x1p-100f;
inline constexpr int kMaxFractionBits = 25;
inline constexpr int kProductsPerSum = 16;  // of less than 2^(F + 2) units: they fit 32 bits

inline constexpr int kZeroProduct = -1000;  // the exponent of a zero operand, below all others

// Exponent fields: those of subnormals are the smallest normal number's.
template <int W>
ASSAY_LANES Int<W> exponents(const Float<W>& x, int min_exponent, int of_zero) {
  const Int<W> size = magnitude<W>(x);
  const Int<W> field = (size >> kF32FractionBits) - splat<W>(127u);
  const Int<W> lowest = splat<W>(static_cast<std::uint32_t>(min_exponent));
  const Int<W> exponent = field > lowest ? field : lowest;
  return size == 0 ? splat<W>(static_cast<std::uint32_t>(of_zero)) : exponent;
}

template <int W>
struct ProductExponents {
  ASSAY_LANES static Int<W> apply(const Float<W>& x, int min_exponent) {
    return exponents<W>(x, min_exponent, kZeroProduct);
  }
};

struct ModelStep {
  FusedStep step;
  Format accumulator = Format::f32;
  std::span<const std::uint8_t> products;  // which k
};

// 2^exponent, for -126 <= exponent <= 127.
template <int W>
ASSAY_LANES Float<W> power_of_two(const Int<W>& exponent) {
  return from_bits<W>((exponent + splat<W>(127u)) << kF32FractionBits);
}

// sum * 2^unit, cut off after the fraction bits of the rounding, as binary32 bits; for rn_f16 made
// odd, which rounds as the sum does.
template <int W>
ASSAY_LANES HalfInt<W> narrow(const Double<W>& sum, const HalfInt<W>& unit, SumRounding rounding) {
  const Long<W> scale = (__builtin_convertvector(unit, Long<W>) + 1023) << 52;
  const Double<W> value = sum * reinterpret_cast<Double<W>>(scale);
  const auto size = reinterpret_cast<Long<W>>(value);
  const int count = rounding == SumRounding::rz_e8m13 ? 39 : 29;
  const std::int64_t dropped = (std::int64_t{1} << count) - 1;
  Long<W> kept = size & ~dropped;
  if (rounding == SumRounding::rn_f16) kept |= ((size & dropped) != 0) & (std::int64_t{1} << count);
  // Beyond binary32's range the conversion gives Inf.
  const HalfFloat<W> result =
      __builtin_convertvector(reinterpret_cast<Double<W>>(kept), HalfFloat<W>);
  return reinterpret_cast<HalfInt<W>>(result);
}

template <int W>
ASSAY_LANES Int<W> round_sums(const Double<W> (&sum)[2], const Int<W>& unit, SumRounding rounding) {
  const Int<W> result = join<W>(narrow<W>(sum[0], half<W, 0>(unit), rounding),
                                narrow<W>(sum[1], half<W, 1>(unit), rounding));
  Int<W> size = result & splat<W>(kMagnitude);
  Int<W> sign = result & splat<W>(kF32SignBit);
  if (rounding == SumRounding::rn_f16) {
    size = round_to_f16<W>(size);
    sign = (sign >> 16) & splat<W>(0x8000u);
  }
  return size == 0 ? size : size | sign;
}

// The largest exponents of the products and of c, which is never below that of a zero.
template <int W>
ASSAY_LANES void max_exponents(const Values& shape, const Matrices<std::int32_t>& exponent,
                               std::span<const std::uint8_t> products, int row,
                               Int<W> (&max)[kColumns]) {
  for (const int k : products) {
    const auto a = load<Int<W>>(&exponent.a[k][row]);
    const std::int32_t* b = &exponent.b[shape.b_part(k)][shape.b_word(k)];
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      const Int<W> sum = a + b[j * kRowWords];
      max[j] = sum > max[j] ? sum : max[j];
    }
  }
}

template <int W>
ASSAY_LANES void add_products(const Values& values, std::span<const std::uint8_t> products, int row,
                              const Float<W> (&scale)[kColumns], Int<W> (&sum)[kColumns]) {
  for (const int k : products) {
    const auto a = load<Float<W>>(&values.a[k][row]);
    const float* b = &values.b[values.b_part(k)][values.b_word(k)];
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j)
      sum[j] += __builtin_convertvector(a * splat<W>(b[j * kRowWords]) * scale[j], Int<W>);
  }
}

// outputs: c, then the result. False, and outputs are void, where some c is out of bounds.
template <int W>
ASSAY_LANES bool fused_step(const Values& values, const Matrices<std::int32_t>& exponent,
                            const ModelStep& model, Outputs& outputs) {
  const FusedStep& step = model.step;
  const int min_exponent = model.accumulator == Format::f32 ? -126 : -14;
  Int<W> bad{};
  for (int row = 0; row < kRows; row += W) {
    Float<W> c[kColumns], scale[kColumns];
    Int<W> max[kColumns];
    load_values<W>(model.accumulator, outputs, row, c);
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      bad |= is_outside<W>(c[j], kAddendLow, kInfinity);
      max[j] = exponents<W>(c[j], min_exponent, step.zero_exponent);
    }
    max_exponents<W>(values, exponent, model.products, row, max);
    const Int<W> fraction_bits = splat<W>(static_cast<std::uint32_t>(step.fraction_bits));
    const Int<W> largest = splat<W>(127u);  // reached where all terms are zero
    Double<W> total[kColumns][2];
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      const Int<W> places = fraction_bits - max[j];
      scale[j] = power_of_two<W>(places < largest ? places : largest);
      const Int<W> term = __builtin_convertvector(c[j] * scale[j], Int<W>);
      total[j][0] = __builtin_convertvector((half<W, 0>(term)), Double<W>);
      total[j][1] = __builtin_convertvector((half<W, 1>(term)), Double<W>);
    }
    for (std::size_t begin = 0; begin < model.products.size(); begin += kProductsPerSum) {
      const std::size_t count =
          std::min<std::size_t>(kProductsPerSum, model.products.size() - begin);
      Int<W> sum[kColumns]{};
      add_products<W>(values, model.products.subspan(begin, count), row, scale, sum);
#pragma GCC unroll 8
      for (int j = 0; j < kColumns; ++j) {
        total[j][0] += __builtin_convertvector((half<W, 0>(sum[j])), Double<W>);
        total[j][1] += __builtin_convertvector((half<W, 1>(sum[j])), Double<W>);
      }
    }
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j)
      store(&outputs.words[j][row], round_sums<W>(total[j], max[j] - fraction_bits, step.rounding));
  }
  return !any<W>(bad);
}

}  // namespace assay::lanes
