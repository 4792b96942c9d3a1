// SPDX-License-Identifier: Apache-2.0
// Vectors of W binary32 lanes in the compilers' own notation (GCC, "Vector Extensions"), so that
// one text serves every instruction set: W = 4, 8, 16 for SSE or NEON, AVX2, AVX-512. All functions
// are inlined into kernels that name their instruction set (reference/simd_kernel.hpp).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "reference/format/float_format.hpp"

// What includes this names its instruction set, an attribute, as ASSAY_LANES_TARGET. GCC expands
// vectors function by function before it inlines, so that every function needs the attribute. It
// expands comparisons that are not the condition of a selection into scalar code: masks are written
// as selections.
#define ASSAY_LANES ASSAY_LANES_TARGET __attribute__((always_inline)) inline

namespace assay::lanes {

template <int W>
struct Types {
  typedef float Float __attribute__((vector_size(4 * W)));
  typedef std::int32_t Int __attribute__((vector_size(4 * W)));
  // Half as many lanes, for what binary32 cannot hold.
  typedef double Double __attribute__((vector_size(4 * W)));
  typedef std::int64_t Long __attribute__((vector_size(4 * W)));
  typedef float HalfFloat __attribute__((vector_size(2 * W)));
  typedef std::int32_t HalfInt __attribute__((vector_size(2 * W)));
};

template <int W>
using Float = typename Types<W>::Float;
template <int W>
using Int = typename Types<W>::Int;
template <int W>
using Double = typename Types<W>::Double;
template <int W>
using Long = typename Types<W>::Long;
template <int W>
using HalfFloat = typename Types<W>::HalfFloat;
template <int W>
using HalfInt = typename Types<W>::HalfInt;

template <typename Vector, typename T>
ASSAY_LANES Vector load(const T* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}
template <typename Vector, typename T>
ASSAY_LANES void store(T* to, const Vector& vector) {
  std::memcpy(to, &vector, sizeof vector);
}

template <int W>
ASSAY_LANES Int<W> bits(const Float<W>& x) {
  return reinterpret_cast<Int<W>>(x);
}
template <int W>
ASSAY_LANES Float<W> from_bits(const Int<W>& x) {
  return reinterpret_cast<Float<W>>(x);
}
template <int W>
ASSAY_LANES Int<W> splat(std::uint32_t x) {
  return Int<W>{} + static_cast<std::int32_t>(x);
}
template <int W>
ASSAY_LANES Float<W> splat(float x) {
  return x - Float<W>{};  // of -0, too
}

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr std::uint32_t kMagnitude = 0x7FFFFFFF;
constexpr std::uint32_t bits_of(float x) {
  return std::bit_cast<std::uint32_t>(x);
}

template <int W>
ASSAY_LANES Int<W> magnitude(const Float<W>& x) {
  return bits<W>(x) & splat<W>(kMagnitude);
}
template <int W>
ASSAY_LANES Float<W> absolute(const Float<W>& x) {
  return from_bits<W>(magnitude<W>(x));
}

// sum + a * b; where the product is exact, one rounding.
template <int W>
ASSAY_LANES Float<W> add_product(const Float<W>& sum, const Float<W>& a, const Float<W>& b) {
#if defined(__x86_64__)
  if constexpr (W == 16) return _mm512_fmadd_ps(a, b, sum);
#endif
  return sum + a * b;
}

template <int W>
ASSAY_LANES bool any(const Int<W>& mask) {
  const Long<W> words = reinterpret_cast<Long<W>>(mask);
  std::int64_t all = 0;
  for (int i = 0; i < W / 2; ++i)
    all |= words[i];
  return all != 0;
}

// The even lanes of two vectors, or the odd ones.
template <int W, typename Vector, int... I>
ASSAY_LANES Vector every_other(const Vector& a, const Vector& b, std::integer_sequence<int, I...>,
                               std::integral_constant<int, 0>) {
  return __builtin_shufflevector(a, b, (2 * I)...);
}
template <int W, typename Vector, int... I>
ASSAY_LANES Vector every_other(const Vector& a, const Vector& b, std::integer_sequence<int, I...>,
                               std::integral_constant<int, 1>) {
  return __builtin_shufflevector(a, b, (2 * I + 1)...);
}
template <int W, int Odd, typename Vector>
ASSAY_LANES Vector unzip(const Vector& a, const Vector& b) {
  return every_other<W>(a, b, std::make_integer_sequence<int, W>{},
                        std::integral_constant<int, Odd>{});
}

// The lanes of two vectors in turns: of their low halves, or of their high ones.
template <int W, int High, typename Vector, int... I>
ASSAY_LANES Vector interleave(const Vector& a, const Vector& b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (I / 2 + (I % 2) * W + High * W / 2)...);
}
template <int W, int High, typename Vector>
ASSAY_LANES Vector zip(const Vector& a, const Vector& b) {
  return interleave<W, High>(a, b, std::make_integer_sequence<int, W>{});
}

template <int W, int High, int... I>
ASSAY_LANES HalfInt<W> half_of(const Int<W>& a, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, a, (I + High * W / 2)...);
}
template <int W, int High>
ASSAY_LANES HalfInt<W> half(const Int<W>& a) {
  return half_of<W, High>(a, std::make_integer_sequence<int, W / 2>{});
}
template <int W, int... I>
ASSAY_LANES Int<W> join_of(const HalfInt<W>& a, const HalfInt<W>& b,
                           std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, I...);
}
template <int W>
ASSAY_LANES Int<W> join(const HalfInt<W>& low, const HalfInt<W>& high) {
  return join_of<W>(low, high, std::make_integer_sequence<int, W>{});
}

// A 16 by 8 matrix of words into 8 by 16: three times, the even elements before the odd ones.
template <int W>
ASSAY_LANES void transpose_16x8(Int<W> (&words)[128 / W]) {
  constexpr int kVectors = 128 / W;
#pragma GCC unroll 3
  for (int step = 0; step < 3; ++step) {
    Int<W> next[kVectors];
#pragma GCC unroll 16
    for (int i = 0; i < kVectors / 2; ++i) {
      next[i] = unzip<W, 0>(words[2 * i], words[2 * i + 1]);
      next[i + kVectors / 2] = unzip<W, 1>(words[2 * i], words[2 * i + 1]);
    }
#pragma GCC unroll 32
    for (int i = 0; i < kVectors; ++i)
      words[i] = next[i];
  }
}

// The inverse.
template <int W>
ASSAY_LANES void transpose_8x16(Int<W> (&words)[128 / W]) {
  constexpr int kVectors = 128 / W;
#pragma GCC unroll 3
  for (int step = 0; step < 3; ++step) {
    Int<W> next[kVectors];
#pragma GCC unroll 16
    for (int i = 0; i < kVectors / 2; ++i) {
      next[2 * i] = zip<W, 0>(words[i], words[i + kVectors / 2]);
      next[2 * i + 1] = zip<W, 1>(words[i], words[i + kVectors / 2]);
    }
#pragma GCC unroll 32
    for (int i = 0; i < kVectors; ++i)
      words[i] = next[i];
  }
}

// The value of code `part` of each word: of F's bytes, the first in the lowest bits. Exact; NaN
// stays NaN. Subnormals are never operands of a multiplication, which may be slow.
template <int W, FloatFormat F>
ASSAY_LANES Float<W> decode(const Int<W>& words, int part) {
  constexpr int kBits = F.bits();
  if constexpr (F == kTf32) return from_bits<W>(words & splat<W>(0xFFFFE000));
  if constexpr (F == kBf16)
    return from_bits<W>(part == 0 ? words << 16 : words & splat<W>(0xFFFF0000));
  constexpr int kShift = kF32FractionBits - F.fraction_bits;
  const Int<W> code = words << (32 - kBits - kBits * part);  // at the top
  const Int<W> sign = code & splat<W>(kF32SignBit);
  const Int<W> magnitude = (code >> (32 - kBits)) & splat<W>(std::uint32_t{F.magnitude_mask()});
  const Int<W> aligned = magnitude << kShift;
  constexpr std::uint32_t kMinNormal = static_cast<std::uint32_t>(128 - F.bias) << 23;
  const Int<W> normal = aligned + splat<W>(static_cast<std::uint32_t>(127 - F.bias) << 23);
  const Float<W> min_normal = from_bits<W>(splat<W>(kMinNormal));
  const Int<W> subnormal = bits<W>(from_bits<W>(aligned | splat<W>(kMinNormal)) - min_normal);
  const Int<W> special = aligned | splat<W>(kF32Infinity);
  Int<W> result = magnitude < splat<W>(std::uint32_t{F.min_normal_code()}) ? subnormal : normal;
  result = magnitude > splat<W>(std::uint32_t{F.max_code()}) ? special : result;
  return from_bits<W>(result | sign);
}

// Binary16 codes of binary32 magnitudes, rounded to nearest even; the canonical NaN.
template <int W>
ASSAY_LANES Int<W> round_to_f16(const Int<W>& magnitude) {
  const Int<W> carry = (magnitude >> 13) & splat<W>(1u);
  Int<W> code = ((magnitude + splat<W>(0xFFFu) + carry) >> 13) - splat<W>(112u << 10);
  code = code > splat<W>(0x7C00u) ? splat<W>(0x7C00u) : code;
  // 0.5 has its last place where binary16's subnormals have theirs.
  const Int<W> subnormal =
      bits<W>(from_bits<W>(magnitude) + splat<W>(0.5f)) - splat<W>(bits_of(0.5f));
  code = magnitude < splat<W>(bits_of(0x1p-14f)) ? subnormal : code;
  return magnitude > splat<W>(kF32Infinity) ? splat<W>(0x7FFFu) : code;
}

}  // namespace assay::lanes
