// SPDX-License-Identifier: Apache-2.0
// What makes nvcc emit every shape of PTX that the parser must read: tables of addresses, virtual
// and recursive calls, calls through pointers, inline assembly with scopes of its own, demoted and
// dynamic shared memory, branch tables, parameters of every kind, managed memory, printf, assert.
#include <cassert>
#include <cstdio>

#include <cooperative_groups.h>
#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp8.h>

__constant__ float table[4] = {1.0f, 2.5f, -3.0f, 0x1p-140f};
__constant__ double doubles[2][2] = {{1.0, 2.0}, {3.0, 4.0}};
__device__ unsigned char bytes[5] = {1, 2, 3, 4, 255};
__device__ int counter;
__device__ int* pointer = &counter;
__device__ int* pointers[3] = {&counter + 1, nullptr, &counter};
__device__ __managed__ int managed = 3;
extern __shared__ float dynamic[];

struct Mixed {
  int number;
  const char* text;
  double real;
};
__device__ Mixed mixed = {3, "hello", 2.5};

struct __attribute__((packed)) Packed {
  char tag;
  int* pointer;
};
__device__ Packed packed = {7, &counter};

using Function = float (*)(float);
__device__ __noinline__ float twice(float x) {
  return x * 2;
}
__device__ __noinline__ float shifted(float x) {
  return x + table[1];
}
__device__ Function functions[2] = {twice, shifted};

struct Shape {
  __device__ virtual float area(float x) = 0;
  __device__ virtual ~Shape() {}
};
struct Thrice : Shape {
  __device__ float area(float x) override { return x * 3; }
};
struct Scaled : Shape {
  float scale;
  __device__ float area(float x) override { return x * scale; }
};

__device__ __noinline__ int factorial(int n) {
  return n < 2 ? 1 : n * factorial(n - 1);
}

__device__ float chosen(int n, float x) {
  switch (n) {
    case 0:
      return x + 1;
    case 1:
      return x * 2;
    case 2:
      return sinf(x);
    case 3:
      return expf(x);
    case 4:
      return functions[n & 1](x);
    case 5:
      return __shfl_xor_sync(~0u, x, 1);
    case 6:
      return factorial(int(x));
    case 7:
      return x / 3;
    case 8:
      return sqrtf(x);
    default:
      return x;
  }
}

extern "C" __global__ __launch_bounds__(256, 2) void everything(float* dst,
                                                                const float* __restrict__ src,
                                                                int n, Mixed by_value) {
  __shared__ float tile[32][33];
  __shared__ unsigned long long barrier;
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  tile[threadIdx.x % 32][0] = src[i];
  if (threadIdx.x == 0)
    asm volatile(
        "{ .reg .pred P; .reg .b32 t; mov.b32 t, %0; mbarrier.init.shared::cta.b64 [%1], t;\n"
        "setp.ne.s32 P, t, 0; @P bra L%=; L%=: }" ::"r"(32),
        "r"(static_cast<unsigned>(__cvta_generic_to_shared(&barrier))));
  __syncthreads();
  float value = chosen(n, tile[threadIdx.x % 32][0]);
  Thrice thrice;
  Scaled scaled;
  scaled.scale = value;
  Shape* shape = (n & 1) != 0 ? static_cast<Shape*>(&thrice) : &scaled;
  value = shape->area(value);
  const auto fp4 =
      __nv_cvt_float2_to_fp4x2(make_float2(value, value * 2), __NV_E2M1, cudaRoundNearest);
  const auto fp8 =
      __nv_cvt_float2_to_fp8x2(make_float2(value, value * 2), __NV_SATFINITE, __NV_E4M3);
  atomicAdd(&counter, fp4 + fp8);
  dynamic[threadIdx.x] = value;
  __syncwarp();
  const auto group =
      cooperative_groups::tiled_partition<8>(cooperative_groups::this_thread_block());
  dst[i] = group.shfl_down(dynamic[threadIdx.x ^ 1], 1) + float(doubles[n & 1][0]) + bytes[n] +
           *pointer + *pointers[n % 3] + float(mixed.real + by_value.real) + by_value.text[0] +
           managed + packed.tag;
  if (n == 77) printf("%d\n", n);
  assert(n != 99);
}

template <int N>
__global__ __cluster_dims__(2, 1, 1) void instance(int* dst) {
  dst[threadIdx.x] = N;
}
template __global__ void instance<3>(int*);

union Bits {
  float real;
  int bits;
};

__global__ void parameters(int matrix[2][2], char c, short s, bool b, unsigned long long l,
                           float4 f, Bits u, __half h) {
  matrix[0][0] = c + s + b + int(l) + int(f.x) + u.bits + int(__half2float(h));
}
