// SPDX-License-Identifier: Apache-2.0
// Loops whose trip counts differ by lane: Collatz, Euclid, an escape-time fractal with its
// arithmetic spelled out, and a loop with continue, break and an inner loop that some lanes never
// enter.
extern "C" __global__ void divergent_collatz(const unsigned* starts, int count, unsigned* steps) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  unsigned long long n = starts[i];
  unsigned taken = 0;
  while (n > 1) {
    n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    ++taken;
  }
  steps[i] = taken;
}

extern "C" __global__ void divergent_euclid(const unsigned* a, const unsigned* b, unsigned* out) {
  unsigned x = a[threadIdx.x], y = b[threadIdx.x];
  while (y != 0) {
    const unsigned rest = x % y;
    x = y;
    y = rest;
  }
  out[threadIdx.x] = x;
}

extern "C" __global__ void divergent_escape(int width, int limit, int* iterations) {
  const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y;
  if (x >= width) return;
  const float cr = __fsub_rn(__fmul_rn(static_cast<float>(x), 0.0625f), 2.0f);
  const float ci = __fsub_rn(__fmul_rn(static_cast<float>(y), 0.125f), 1.0f);
  float zr = 0.0f, zi = 0.0f;
  int i = 0;
  for (; i < limit; ++i) {
    const float rr = __fmul_rn(zr, zr), ii = __fmul_rn(zi, zi);
    if (__fadd_rn(rr, ii) > 4.0f) break;
    zi = __fmaf_rn(__fadd_rn(zr, zr), zi, ci);
    zr = __fadd_rn(__fsub_rn(rr, ii), cr);
  }
  iterations[y * width + x] = i;
}

extern "C" __global__ void divergent_nest(const int* in, int* out) {
  const int lane = threadIdx.x;
  int sum = 0;
  for (int i = 0; i < 20; ++i) {
    if ((in[lane] >> (i % 8) & 1) == 0) continue;
    for (int j = 0; j < (lane ^ i) % 5; ++j) {
      if (j == 3 && lane % 3 == 0) break;
      sum += i * j + 1;
    }
    if (sum > 150) break;
  }
  out[lane] = sum;
}
