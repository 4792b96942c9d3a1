// SPDX-License-Identifier: Apache-2.0
// SiLU, x / (1 + e^-x), correctly rounded to binary32 on the device: the bits of docs/numerics.md,
// section 5. Ziv's strategy: pairs of binary32 decide the rounding of nearly every input, since
// GPUs for inference have few binary64 units; pairs of binary64 decide the rest. Only operations
// of IEEE 754, each rounded as its name says. silu_exhaustive_test.cpp has every input.
#pragma once

#include <cstdint>

namespace assay::kernels {
namespace detail {

// high + low, low being at most about an ulp of high.
template <typename Real>
struct Pair {
  Real high, low;
};

__device__ __forceinline__ float add(float a, float b) {
  return __fadd_rn(a, b);
}
__device__ __forceinline__ double add(double a, double b) {
  return __dadd_rn(a, b);
}
__device__ __forceinline__ float multiply(float a, float b) {
  return __fmul_rn(a, b);
}
__device__ __forceinline__ double multiply(double a, double b) {
  return __dmul_rn(a, b);
}
__device__ __forceinline__ float fused(float a, float b, float c) {
  return __fmaf_rn(a, b, c);
}
__device__ __forceinline__ double fused(double a, double b, double c) {
  return __fma_rn(a, b, c);
}

// constant + u * v. |u * v| is below |constant|, so that constant - high is exact.
template <typename Real>
__device__ __forceinline__ Pair<Real> horner(Real u, Real v, Real constant) {
  const Real high = fused(u, v, constant);
  return {high, fused(u, v, add(constant, -high))};
}
template <typename Real>
__device__ __forceinline__ Pair<Real> horner(Real u, Pair<Real> v, Real constant) {
  const auto [high, low] = horner(u, v.high, constant);
  return {high, fused(u, v.low, low)};
}

// a + b exactly, whichever is larger; both are positive.
template <typename Real>
__device__ __forceinline__ Pair<Real> sum(Real a, Real b) {
  const Real larger = max(a, b), smaller = min(a, b);
  const Real high = add(larger, smaller);
  return {high, add(smaller, add(larger, -high))};
}

// 1 / d but for a relative 2^-23.9; 2^-100 < d < 2^100. The exponent's bits subtracted give 1 / d
// within 5 %, a step of Newton's with the constant of least error 2^-9.6, one of third order the
// rest.
__device__ __forceinline__ float reciprocal(float d) {
  const float guess = __uint_as_float(0x7ef33400u - __float_as_uint(d));
  const float near = __fmul_rn(guess, __fmaf_rn(-d, guess, 0x1.0029f2p+1f));
  const float error = __fmaf_rn(-d, near, 1.0f);
  return __fmaf_rn(near, __fmaf_rn(error, error, error), near);
}
// But for 2^-45.
__device__ __forceinline__ double reciprocal(double d) {
  const double near = reciprocal(__double2float_rn(d));
  return __fma_rn(near, __fma_rn(-d, near, 1.0), near);
}

// e^-x = e^(u + u_low) / scale, |u| < 0.3467, scale = 2^k.
template <typename Real>
struct Reduced {
  Real u, u_low, scale;
};

// x / log 2 as an integer, twice: k, and bits whose lowest are those of k in two's complement.
struct Exponent {
  float k;
  std::uint32_t bits;
};

// |x| < 2^21.
__device__ __forceinline__ Exponent exponent(float x) {
  constexpr float to_integer = 0x1.8p23f;
  const float shifted = __fmaf_rn(x, 0x1.715476p+0f, to_integer);
  return {__fadd_rn(shifted, -to_integer), __float_as_uint(shifted)};
}

// u = k ln 2 - x with the first word of ln 2 is exact; its second word times k is u_low. Binary32
// needs |k| < 127.
template <typename Real>
__device__ __forceinline__ Reduced<Real> reduce(float x);

template <>
__device__ __forceinline__ Reduced<float> reduce<float>(float x) {
  const auto [k, bits] = exponent(x);
  return {__fmaf_rn(k, 0x1.62e43p-1f, -x), __fmul_rn(k, -0x1.05c61p-29f),
          __uint_as_float((bits << 23) + 0x3f800000u)};
}
template <>
__device__ __forceinline__ Reduced<double> reduce<double>(float x) {
  const auto [k, bits] = exponent(x);
  const auto biased = static_cast<std::uint64_t>(bits + 1023u);
  return {__fma_rn(k, 0x1.62e42fefa39efp-1, -static_cast<double>(x)),
          __dmul_rn(k, 0x1.abc9e3b39803fp-56),
          __longlong_as_double(static_cast<long long>(biased << 52))};
}

// (e^u - 1 - u) / u^2 but for 2^-42 / u^2: e^u's polynomial of degree 9 with the least error.
__device__ __forceinline__ Pair<float> second_order(float u) {
  float p = 0x1.6d561ap-19f;
  p = __fmaf_rn(u, p, 0x1.a14ffcp-16f);
  p = __fmaf_rn(u, p, 0x1.a01e56p-13f);
  p = __fmaf_rn(u, p, 0x1.6c165cp-10f);
  Pair<float> q = horner(u, p, 0x1.11111p-7f);
  q = horner(u, q, 0x1.555556p-5f);
  q.low = __fadd_rn(q.low, -0x1.2d2756p-30f);
  q = horner(u, q, 0x1.555556p-3f);
  q.low = __fadd_rn(q.low, -0x1.54e506p-28f);
  return horner(u, q, 0.5f);
}
// But for 2^-53 and 2^-58 / u^2: Taylor's series.
__device__ __forceinline__ double second_order(double u) {
  double p = 1.0 / 87178291200;
  p = __fma_rn(u, p, 1.0 / 6227020800);
  p = __fma_rn(u, p, 1.0 / 479001600);
  p = __fma_rn(u, p, 1.0 / 39916800);
  p = __fma_rn(u, p, 1.0 / 3628800);
  p = __fma_rn(u, p, 1.0 / 362880);
  p = __fma_rn(u, p, 1.0 / 40320);
  p = __fma_rn(u, p, 1.0 / 5040);
  p = __fma_rn(u, p, 1.0 / 720);
  p = __fma_rn(u, p, 1.0 / 120);
  p = __fma_rn(u, p, 1.0 / 24);
  p = __fma_rn(u, p, 1.0 / 6);
  return __fma_rn(u, p, 0.5);
}

// x / (1 + e^-x) = x scale / (scale + e^(u + u_low)).
template <typename Real>
__device__ __forceinline__ Pair<Real> quotient(float x) {
  const auto [u, u_low, scale] = reduce<Real>(x);
  Pair<Real> power = horner(u, horner(u, second_order(u), Real{1}), Real{1});
  power.low = fused(power.high, u_low, power.low);
  Pair<Real> divisor = sum(scale, power.high);
  divisor.low = add(divisor.low, power.low);
  const Real dividend = multiply(Real{x}, scale);
  const Real inverse = reciprocal(divisor.high);
  const Real high = multiply(dividend, inverse);
  const Real rest = fused(-high, divisor.low, fused(-high, divisor.high, dividend));
  return {high, multiply(rest, inverse)};
}

// The binary64 towards zero of a, with its last bit set where a is not a binary64: rounding that to
// a narrower format rounds a.
__device__ __forceinline__ double round_to_odd(Pair<double> a) {
  const double high = __dadd_rn(a.high, a.low);
  const double low = __dadd_rn(a.low, __dadd_rn(a.high, -high));
  const long long bits = __double_as_longlong(high);
  if (low == 0 || (bits & 1) != 0) return high;
  return __longlong_as_double((low > 0) == (high > 0) ? bits + 1 : bits - 1);
}

// silu(x) before its only rounding to binary32, -150 < x < 64.
__device__ __forceinline__ double silu_to_odd(float x) {
  return round_to_odd(quotient<double>(x));
}

// Bounds the relative error of a pair of binary32 where no part of it underflows, within the limits
// that silu_attempt sets.
constexpr float kSiluError = 0x1.1p-42f;

// What pairs of binary32 make of x.
struct Attempt {
  float result;
  bool decided;
};

__device__ __forceinline__ Attempt silu_attempt(float x) {
  const Pair<float> y = quotient<float>(x);
  const float nearer = __fadd_rn(y.high, __fmaf_rn(y.high, -kSiluError, y.low));
  const float further = __fadd_rn(y.high, __fmaf_rn(y.high, kSiluError, y.low));
  return {further, nearer == further && fabsf(x) >= 0x1p-60f && fabsf(x) < 64};
}

// Right for every x. Not inlined: kernels have one copy of this rare path.
__device__ __noinline__ inline float silu_undecided(float x) {
  if (x != x) return __uint_as_float(0x7fc00000u);
  // x/2 + x^2/4 - ...: just above x/2. Among the subnormals, ties of x/2 go up.
  const std::uint32_t bits = __float_as_uint(x), sign = bits & 0x80000000u;
  if (fabsf(x) < 0x1p-125f)
    return __uint_as_float(sign | ((bits ^ sign) + (sign == 0 ? 1 : 0)) >> 1);
  if (fabsf(x) < 0x1p-60f) return __fmul_rn(0.5f, x);
  if (x >= 64) return x;
  if (x <= -150) return -0.0f;
  return __double2float_rn(silu_to_odd(x));
}

}  // namespace detail

// Total: +0 -> +0, -0 -> -0, +Inf -> +Inf, -Inf -> -0, every NaN -> the quiet NaN 0x7FC00000.
// Large negative x underflows through the subnormals to -0, rounding correctly all the way.
__device__ __forceinline__ float silu(float x) {
  const auto [result, decided] = detail::silu_attempt(x);
  return decided ? result : detail::silu_undecided(x);
}

}  // namespace assay::kernels
