// SPDX-License-Identifier: Apache-2.0
#pragma once
__device__ inline float silu(float x) {
  if (isnan(x)) return __int_as_float(0x7FC00000);
  if (isinf(x)) return x > 0 ? x : -0.0f;
  const double t = -static_cast<double>(x);
  const double lim = t > 200 ? 200 : t < -200 ? -200 : t;
  const double n = rint(__dmul_rn(lim, 1.4426950408889634));
  const double r = __fma_rn(n, -5.497923018708371e-14, __fma_rn(n, -0.6931471805598903, lim));
  double p = 1.0;
  for (int i = 16; i > 0; --i)
    p = __fma_rn(p, __ddiv_rn(r, (double)i), 1.0);
  const double e = __dmul_rn(p, __longlong_as_double((1023LL + (long long)n) << 52));
  return __double2float_rn(__ddiv_rn((double)x, __dadd_rn(1.0, e)));
}
