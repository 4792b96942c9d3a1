// SPDX-License-Identifier: Apache-2.0
// Functions of the math library whose results are exact or correctly rounded, in both precisions:
// remainders, exponents taken apart and put together, neighbours, whole parts, roots; and a small
// elimination in binary64 with its order spelled out.
template <typename T, typename Put>
__device__ void exact_functions(T x, T y, int power, Put put) {
  put(fmod(x, y));
  put(remainder(x, y));
  put(ldexp(x, power));
  int exponent;
  put(frexp(x, &exponent));
  put(static_cast<T>(exponent));
  put(static_cast<T>(ilogb(x)));
  put(logb(x));
  put(nextafter(x, y));
  T whole;
  put(modf(x, &whole));
  put(whole);
  put(rint(x));
  put(round(x));
  put(trunc(x));
  put(floor(x));
  put(ceil(x));
  put(copysign(x, y));
  put(fdim(x, y));
  put(fmin(x, y));
  put(fmax(x, y));
  put(sqrt(fabs(x)));
  put(fma(x, y, x));
}

extern "C" __global__ void exact_f64(const double* x, const double* y, const int* power, int count,
                                     double* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  int row = 0;
  exact_functions(x[i], y[i], power[i], [&](double result) { out[row++ * count + i] = result; });
}

extern "C" __global__ void exact_f32(const float* x, const float* y, const int* power, int count,
                                     float* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  int row = 0;
  exact_functions(x[i], y[i], power[i], [&](float result) { out[row++ * count + i] = result; });
}

// Solves an 8 x 8 system a thread by elimination without exchange of rows.
extern "C" __global__ void eliminate_f64(const double* systems, double* solutions) {
  constexpr int n = 8;
  const int thread = blockIdx.x * blockDim.x + threadIdx.x;
  double a[n][n + 1];
  for (int i = 0; i < n * (n + 1); ++i)
    a[i / (n + 1)][i % (n + 1)] = systems[thread * n * (n + 1) + i];
  for (int pivot = 0; pivot < n; ++pivot)
    for (int row = pivot + 1; row < n; ++row) {
      const double factor = __ddiv_rn(a[row][pivot], a[pivot][pivot]);
      for (int column = pivot; column <= n; ++column)
        a[row][column] = __fma_rn(-factor, a[pivot][column], a[row][column]);
    }
  for (int row = n - 1; row >= 0; --row) {
    double sum = a[row][n];
    for (int column = row + 1; column < n; ++column)
      sum = __fma_rn(-a[row][column], solutions[thread * n + column], sum);
    solutions[thread * n + row] = __ddiv_rn(sum, a[row][row]);
  }
}
