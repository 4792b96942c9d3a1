// SPDX-License-Identifier: Apache-2.0
// CUDA's intrinsics that kernels/*.cuh name, as functions of the host, so that tests can run device
// functions on all inputs. Each is the one operation of IEEE 754, rounded to nearest, that CUDA
// Math API documents; the build has -ffp-contract=off. Include it before the device header.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#define __device__
#define __noinline__ __attribute__((noinline))

// Not NaN.
template <typename Real>
Real max(Real a, Real b) {
  return a > b ? a : b;
}
template <typename Real>
Real min(Real a, Real b) {
  return a < b ? a : b;
}

inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fmaf_rn(float a, float b, float c) {
  return std::fma(a, b, c);
}
inline double __dadd_rn(double a, double b) {
  return a + b;
}
inline double __dmul_rn(double a, double b) {
  return a * b;
}
inline double __fma_rn(double a, double b, double c) {
  return std::fma(a, b, c);
}
inline float __double2float_rn(double a) {
  return static_cast<float>(a);
}
inline float __uint_as_float(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}
inline std::uint32_t __float_as_uint(float a) {
  return std::bit_cast<std::uint32_t>(a);
}
inline double __longlong_as_double(long long bits) {
  return std::bit_cast<double>(bits);
}
inline long long __double_as_longlong(double a) {
  return std::bit_cast<long long>(a);
}
