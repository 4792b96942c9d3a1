// SPDX-License-Identifier: Apache-2.0
// From the codes of an instruction's operands to binary32 values, and from C and to D column by
// column: matrices are transposed once, then every lane is a row.
#pragma once

#include "reference/arithmetic/mma_lanes.hpp"
#include "reference/arithmetic/mma_tile_kernels.hpp"

namespace assay::lanes {

inline constexpr int kMaxProducts = 32;
inline constexpr int kRowWords = 8;  // kMmaRowBytes / 4
inline constexpr int kRows = kMmaRows;
inline constexpr int kColumns = kMmaColumns;

template <typename T>
using Matrices = MmaMatrices<T>;
using Values = MmaValues;

inline int codes_per_word(Format format) {
  if (format == Format::tf32) return 1;
  return format == Format::f16 || format == Format::bf16 ? 2 : 4;
}

// One word of every row, and all words of every column of B, zero behind the K-th code.
struct Codes {
  alignas(64) std::int32_t a[kRowWords][kRows];
  alignas(64) std::int32_t b[kColumns * kRowWords];
};

template <int W>
ASSAY_LANES void load_codes(const MmaTile& tile, int words, Codes& codes) {
  Int<W> a[128 / W];
#pragma GCC unroll 32
  for (int i = 0; i < 128 / W; ++i)
    a[i] = load<Int<W>>(tile.a[0].data() + i * W * 4);
  transpose_16x8<W>(a);
#pragma GCC unroll 32
  for (int i = 0; i < 128 / W; ++i)
    store(&codes.a[0][0] + i * W, a[i]);

  alignas(64) std::int32_t taken[kRowWords * 2];
  for (int i = 0; i < kRowWords * 2; ++i)
    taken[i] = i % kRowWords < words ? -1 : 0;
  for (int i = 0; i < kColumns * kRowWords; i += W)
    store(&codes.b[i],
          load<Int<W>>(tile.b[0].data() + i * 4) & load<Int<W>>(&taken[i % kRowWords]));
}

template <int W, FloatFormat F, int Parts>
ASSAY_LANES void decode_a(const Codes& codes, Values& values) {
  for (int word = 0; word < values.words; ++word) {
    for (int row = 0; row < kRows; row += W) {
      const auto words = load<Int<W>>(&codes.a[word][row]);
#pragma GCC unroll 4
      for (int part = 0; part < Parts; ++part)
        store(&values.a[word * Parts + part][row], decode<W, F>(words, part));
    }
  }
}

template <int W, FloatFormat F, int Parts>
ASSAY_LANES void decode_b(const Codes& codes, Values& values) {
  for (int i = 0; i < kColumns * kRowWords; i += W) {
    const auto words = load<Int<W>>(&codes.b[i]);
#pragma GCC unroll 4
    for (int part = 0; part < Parts; ++part)
      store(&values.b[part][i], decode<W, F>(words, part));
  }
}

template <int W, FloatFormat F, int Parts>
ASSAY_LANES void decode_both(const Codes& codes, Values& values) {
  decode_a<W, F, Parts>(codes, values);
  decode_b<W, F, Parts>(codes, values);
}

template <int W>
ASSAY_LANES void decode_operands(const MmaForm& form, const MmaTile& tile, Values& values) {
  values.codes_per_word = codes_per_word(form.a);
  values.words = form.products / values.codes_per_word;
  Codes codes;
  load_codes<W>(tile, values.words, codes);
  if (form.a == Format::f16) return decode_both<W, kF16, 2>(codes, values);
  if (form.a == Format::bf16) return decode_both<W, kBf16, 2>(codes, values);
  if (form.a == Format::tf32) return decode_both<W, kTf32, 1>(codes, values);
  if (form.a == Format::e4m3)
    decode_a<W, kE4m3, 4>(codes, values);
  else
    decode_a<W, kE5m2, 4>(codes, values);
  if (form.b == Format::e4m3)
    decode_b<W, kE4m3, 4>(codes, values);
  else
    decode_b<W, kE5m2, 4>(codes, values);
}

// C or D column by column: [column][row].
struct Outputs {
  alignas(64) std::int32_t words[kColumns][kRows];
};

template <int W>
ASSAY_LANES void load_outputs(const MmaResult& from, Outputs& outputs) {
  Int<W> words[128 / W];
#pragma GCC unroll 32
  for (int i = 0; i < 128 / W; ++i)
    words[i] = load<Int<W>>(from.data() + i * W);
  transpose_16x8<W>(words);
#pragma GCC unroll 32
  for (int i = 0; i < 128 / W; ++i)
    store(&outputs.words[0][0] + i * W, words[i]);
}

template <int W>
ASSAY_LANES void store_outputs(const Outputs& outputs, MmaResult& to) {
  Int<W> words[128 / W];
#pragma GCC unroll 32
  for (int i = 0; i < 128 / W; ++i)
    words[i] = load<Int<W>>(&outputs.words[0][0] + i * W);
  transpose_8x16<W>(words);
#pragma GCC unroll 32
  for (int i = 0; i < 128 / W; ++i)
    store(to.data() + i * W, words[i]);
}

// to = map(values), vector by vector: Map::apply(vector, of A's or B's format).
template <int W, typename Map, typename T, typename Parameter>
ASSAY_LANES void map_values(const Values& values, Parameter of_a, Parameter of_b, Matrices<T>& to) {
  for (int k = 0; k < values.products(); ++k) {
    for (int row = 0; row < kRows; row += W)
      store(&to.a[k][row], Map::apply(load<Float<W>>(&values.a[k][row]), of_a));
  }
  for (int part = 0; part < values.codes_per_word; ++part) {
    for (int i = 0; i < kColumns * kRowWords; i += W)
      store(&to.b[part][i], Map::apply(load<Float<W>>(&values.b[part][i]), of_b));
  }
}

template <int W>
ASSAY_LANES Int<W> is_outside(const Float<W>& x, float low, float high) {
  const Int<W> size = magnitude<W>(x);
  const Int<W> small = size < splat<W>(bits_of(low)) ? size : Int<W>{};
  return size < splat<W>(bits_of(high)) ? small : splat<W>(-1u);
}

// Whether every value that is not zero is at least `low` and below `high`, and none is NaN.
template <int W>
ASSAY_LANES bool values_in_range(const Values& values, float low, float high) {
  Int<W> outside{};
  for (int k = 0; k < values.products(); ++k) {
    for (int row = 0; row < kRows; row += W)
      outside |= is_outside<W>(load<Float<W>>(&values.a[k][row]), low, high);
  }
  for (int part = 0; part < values.codes_per_word; ++part) {
    for (int i = 0; i < kColumns * kRowWords; i += W)
      outside |= is_outside<W>(load<Float<W>>(&values.b[part][i]), low, high);
  }
  return !any<W>(outside);
}

}  // namespace assay::lanes
