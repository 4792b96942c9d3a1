// SPDX-License-Identifier: Apache-2.0
// Scalar operations of binary32 and binary64 in every rounding mode, and conversions in every mode.
#define ASSAY_MODES(function, ...) \
  put(function##_rn(__VA_ARGS__)); \
  put(function##_rz(__VA_ARGS__)); \
  put(function##_ru(__VA_ARGS__)); \
  put(function##_rd(__VA_ARGS__))

extern "C" __global__ void round_f32(const float* a, const float* b, const float* c, int count,
                                     float* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const float x = a[i], y = b[i], z = c[i], positive = fabsf(x);
  int row = 0;
  const auto put = [&](float result) { out[row++ * count + i] = result; };
  ASSAY_MODES(__fadd, x, y);
  ASSAY_MODES(__fsub, x, y);
  ASSAY_MODES(__fmul, x, y);
  ASSAY_MODES(__fmaf, x, y, z);
  ASSAY_MODES(__fdiv, x, y);
  ASSAY_MODES(__frcp, y);
  ASSAY_MODES(__fsqrt, positive);
  ASSAY_MODES(__double2float, static_cast<double>(x) * y);
  ASSAY_MODES(__int2float, __float_as_int(x));
  ASSAY_MODES(__ull2float, static_cast<unsigned long long>(__float_as_uint(x)) << 20 | 12345u);
}

extern "C" __global__ void round_f64(const double* a, const double* b, const double* c, int count,
                                     double* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const double x = a[i], y = b[i], z = c[i], positive = fabs(x);
  int row = 0;
  const auto put = [&](double result) { out[row++ * count + i] = result; };
  ASSAY_MODES(__dadd, x, y);
  ASSAY_MODES(__dsub, x, y);
  ASSAY_MODES(__dmul, x, y);
  ASSAY_MODES(__fma, x, y, z);
  ASSAY_MODES(__ddiv, x, y);
  ASSAY_MODES(__drcp, y);
  ASSAY_MODES(__dsqrt, positive);
  ASSAY_MODES(__ll2double, __double_as_longlong(x));
}

extern "C" __global__ void round_to_integer(const float* a, int count, int* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const float x = a[i];
  const double wide = static_cast<double>(x) * 1.0000001;
  int row = 0;
  const auto put = [&](long long result) { out[row++ * count + i] = static_cast<int>(result); };
  ASSAY_MODES(__float2int, x);
  ASSAY_MODES(__float2ll, x);
  ASSAY_MODES(__double2int, wide);
  ASSAY_MODES(__double2ll, wide);
  ASSAY_MODES(__float2uint, fabsf(x));
  put(__float_as_int(rintf(x)));
  put(__float_as_int(truncf(x)));
  put(__float_as_int(ceilf(x)));
  put(__float_as_int(floorf(x)));
}
