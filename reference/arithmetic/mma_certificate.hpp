// SPDX-License-Identifier: Apache-2.0
// The certificate of mma_tile.hpp for kernels whose lanes are rows: first by the extremes of rows
// of A and columns of B, then, where those do not settle it, term by term.
#pragma once

#include "reference/arithmetic/mma_chain.hpp"

namespace assay::lanes {

// The value of the lowest bit of each element, which divides it: infinite for zero, which
// everything divides; 0 for subnormals of its format, so that nothing is certified of them.
template <int W>
ASSAY_LANES Float<W> units(const Float<W>& x, float min_normal) {
  const Int<W> size = magnitude<W>(x);
  const Float<W> without = from_bits<W>(size & (size - splat<W>(1u)));
  const Int<W> is_power = (size & splat<W>(0x007FFFFFu)) == 0;
  Float<W> unit = is_power ? from_bits<W>(size) : from_bits<W>(size) - without;
  unit = size < splat<W>(bits_of(min_normal)) ? Float<W>{} : unit;
  return size == 0 ? from_bits<W>(splat<W>(kF32Infinity)) : unit;
}

template <int W>
struct Units {
  ASSAY_LANES static Float<W> apply(const Float<W>& x, float min_normal) {
    return units<W>(x, min_normal);
  }
};

inline float min_normal(Format format) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(128 - format_info(format).layout.bias)
                              << kF32FractionBits);
}

// What the accumulator's format asks of a sum: below precision * unit and below `limit`, in units
// of at least `min_unit`.
struct Precision {
  float precision, limit, min_unit, min_normal;
};
inline Precision precision_of(Format accumulator) {
  if (accumulator == Format::f16) return {0x1p11f, 0x1p16f, 0x1p-24f, 0x1p-14f};
  return {0x1p24f, kInfinity, 0x1p-149f, 0x1p-126f};
}

template <int W>
ASSAY_LANES Float<W> smaller(const Float<W>& a, const Float<W>& b) {
  return a < b ? a : b;  // b where a is NaN, which is a subnormal's unit times that of zero
}

// -1 where the sum of magnitudes is not certified to be exact in every order. Sums that stay below
// the bound are exact, and rounding is monotonic: where the true sum reaches it, so does this one.
template <int W>
ASSAY_LANES Int<W> reaches(const Float<W>& sum, const Float<W>& unit, const Precision& precision) {
  const Float<W> bound =
      smaller<W>(unit * splat<W>(precision.precision), splat<W>(precision.limit));
  const Int<W> reached = sum < bound ? Int<W>{} : splat<W>(-1u);
  return unit >= splat<W>(precision.min_unit) ? reached : splat<W>(-1u);
}

// The same for all outputs of some rows at once: by the largest magnitude and the smallest unit of
// a row of A and of a column of B.
struct Extremes {
  alignas(64) float a_max[kRows], a_unit[kRows];
  alignas(64) float b_max[kColumns * 2], b_unit[kColumns * 2];  // the second half is not used
};

template <int W>
struct Sizes {
  ASSAY_LANES static Float<W> apply(const Float<W>& x, float /*min_normal*/) {
    return absolute<W>(x);
  }
};
template <int W>
struct Larger {  // may lose a NaN, which shows in the result
  ASSAY_LANES static Float<W> apply(const Float<W>& a, const Float<W>& b) { return a > b ? a : b; }
};
template <int W>
struct Smaller {
  ASSAY_LANES static Float<W> apply(const Float<W>& a, const Float<W>& b) {
    return smaller<W>(a, b);
  }
};

// The extreme of each column of B: Map::apply of its elements, reduced.
template <int W, typename Map, typename Reduce>
ASSAY_LANES void reduce_columns(const Values& values, float min_normal, float* to) {
  constexpr int kVectors = kColumns * kRowWords / W;
  Float<W> x[kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kVectors; ++i) {
    x[i] = Map::apply(load<Float<W>>(&values.b[0][i * W]), min_normal);
    for (int part = 1; part < values.codes_per_word; ++part)
      x[i] = Reduce::apply(Map::apply(load<Float<W>>(&values.b[part][i * W]), min_normal), x[i]);
  }
  constexpr int kSteps[] = {kVectors, kVectors / 2, kVectors / 4};
#pragma GCC unroll 3
  for (const int count : kSteps) {
#pragma GCC unroll 8
    for (int i = 0; i < (count + 1) / 2; ++i) {
      const Float<W> odd = x[2 * i + (count > 1 ? 1 : 0)];
      x[i] = Reduce::apply(unzip<W, 0>(x[2 * i], odd), unzip<W, 1>(x[2 * i], odd));
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i * W < kColumns; ++i)
    store(to + i * W, x[i]);
}

template <int W>
ASSAY_LANES void find_extremes(const Values& values, float a_normal, float b_normal,
                               Extremes& extremes) {
  for (int row = 0; row < kRows; row += W) {
    Float<W> size[2]{}, lowest[2] = {splat<W>(kInfinity), splat<W>(kInfinity)};
    for (int k = 0; k < values.products(); k += 2) {
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i) {
        const auto x = load<Float<W>>(&values.a[k + i][row]);
        size[i] = Larger<W>::apply(absolute<W>(x), size[i]);
        lowest[i] = smaller<W>(units<W>(x, a_normal), lowest[i]);
      }
    }
    store(&extremes.a_max[row], Larger<W>::apply(size[0], size[1]));
    store(&extremes.a_unit[row], smaller<W>(lowest[0], lowest[1]));
  }
  reduce_columns<W, Sizes<W>, Larger<W>>(values, b_normal, extremes.b_max);
  reduce_columns<W, Units<W>, Smaller<W>>(values, b_normal, extremes.b_unit);
}

// Whether an output may be reached, by the extremes alone.
template <int W>
ASSAY_LANES bool extremes_reach(const Values& values, const Extremes& extremes, Format accumulator,
                                const Outputs& c) {
  const Precision precision = precision_of(accumulator);
  const Float<W> count = splat<W>(static_cast<float>(values.products()));
  Int<W> reached{};
  for (int row = 0; row < kRows; row += W) {
    const auto a_max = load<Float<W>>(&extremes.a_max[row]) * count;
    const auto a_unit = load<Float<W>>(&extremes.a_unit[row]);
    Float<W> addends[kColumns];
    load_values<W>(accumulator, c, row, addends);
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      const Float<W> addend = addends[j];
      const Float<W> sum = add_product<W>(absolute<W>(addend), a_max, splat<W>(extremes.b_max[j]));
      const Float<W> unit =
          smaller<W>(a_unit * splat<W>(extremes.b_unit[j]), units<W>(addend, precision.min_normal));
      reached |= reaches<W>(sum, unit, precision);
    }
  }
  return any<W>(reached);
}

template <int W>
struct AddSize {
  ASSAY_LANES static Float<W> apply(const Float<W>& sum, const Float<W>& a, const Float<W>& b) {
    return sum + absolute<W>(a * b);
  }
};
template <int W>
struct KeepSmaller {
  ASSAY_LANES static Float<W> apply(const Float<W>& lowest, const Float<W>& a, const Float<W>& b) {
    return smaller<W>(a * b, lowest);
  }
};

// Term by term: -1 where it is reached; whether it is anywhere.
template <int W>
ASSAY_LANES bool sums_reach(const Values& values, const Matrices<float>& unit, Format accumulator,
                            const Outputs& c, Outputs& reached) {
  const Precision precision = precision_of(accumulator);
  Int<W> found{};
  for (int row = 0; row < kRows; row += W) {
    Float<W> sum[kColumns], lowest[kColumns];
    load_values<W>(accumulator, c, row, sum);
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      lowest[j] = units<W>(sum[j], precision.min_normal);
      sum[j] = absolute<W>(sum[j]);
    }
    for_products<W, AddSize<W>>(values, values, row, sum);
    for_products<W, KeepSmaller<W>>(unit, values, row, lowest);
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      const Int<W> mask = reaches<W>(sum[j], lowest[j], precision);
      found |= mask;
      store(&reached.words[j][row], mask);
    }
  }
  return any<W>(found);
}

// Whether some output is NaN, Inf or -0: a sum of finite terms that are not all -0 is neither,
// unless it overflows.
template <int W>
ASSAY_LANES bool any_special(const Outputs& outputs, Format accumulator) {
  const bool is_f32 = accumulator == Format::f32;
  const Int<W> minus_zero = splat<W>(is_f32 ? kF32SignBit : 0x8000u);
  const Int<W> infinity = splat<W>(is_f32 ? kF32Infinity : 0x7C00u);
  Int<W> found{};
#pragma GCC unroll 32
  for (int i = 0; i < 128; i += W) {
    const auto words = load<Int<W>>(&outputs.words[0][0] + i);
    found |= words == minus_zero ? infinity : Int<W>{};
    found |= (words & infinity) == infinity ? infinity : Int<W>{};
  }
  return any<W>(found);
}

}  // namespace assay::lanes
