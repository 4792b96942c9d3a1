// SPDX-License-Identifier: Apache-2.0
// CUDA's intrinsics that kernels/*.cuh name, as functions of the host, so that tests can run device
// functions on all inputs. Each is the one operation of IEEE 754, rounded to nearest, that CUDA
// Math API documents; the build has -ffp-contract=off. Include it before the device header.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))

// Not NaN.
template <typename Real>
__forceinline__ Real max(Real a, Real b) {
  return a > b ? a : b;
}
template <typename Real>
__forceinline__ Real min(Real a, Real b) {
  return a < b ? a : b;
}

__forceinline__ float __fadd_rn(float a, float b) {
  return a + b;
}
__forceinline__ float __fmul_rn(float a, float b) {
  return a * b;
}
__forceinline__ float __fmaf_rn(float a, float b, float c) {
  return std::fma(a, b, c);
}
__forceinline__ double __dadd_rn(double a, double b) {
  return a + b;
}
__forceinline__ double __dmul_rn(double a, double b) {
  return a * b;
}
__forceinline__ double __fma_rn(double a, double b, double c) {
  return std::fma(a, b, c);
}
__forceinline__ float __double2float_rn(double a) {
  return static_cast<float>(a);
}
__forceinline__ float __uint_as_float(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}
__forceinline__ std::uint32_t __float_as_uint(float a) {
  return std::bit_cast<std::uint32_t>(a);
}
__forceinline__ double __longlong_as_double(long long bits) {
  return std::bit_cast<double>(bits);
}
__forceinline__ long long __double_as_longlong(double a) {
  return std::bit_cast<long long>(a);
}
