// SPDX-License-Identifier: Apache-2.0
// Indirect calls: a table of device functions in constant memory, a pointer in global memory that
// the kernel itself stores, functions of several signatures, virtual functions.
using Operation = int (*)(int, int);

__device__ __noinline__ int add(int a, int b) {
  return a + b;
}
__device__ __noinline__ int subtract(int a, int b) {
  return a - b;
}
__device__ __noinline__ int multiply(int a, int b) {
  return a * b;
}
__device__ __noinline__ int minimum(int a, int b) {
  return a < b ? a : b;
}

__constant__ Operation operations[4] = {add, subtract, multiply, minimum};
__device__ Operation chosen[4];

extern "C" __global__ void function_pointers(const int* selectors, const int* a, const int* b,
                                             int count, int* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) out[i] = operations[selectors[i] & 3](a[i], b[i]);
}

extern "C" __global__ void choose_functions() {
  chosen[threadIdx.x] = threadIdx.x % 2 == 0 ? multiply : subtract;
}

extern "C" __global__ void call_chosen(const int* a, const int* b, int* out) {
  out[threadIdx.x] = chosen[threadIdx.x % 4](a[threadIdx.x], b[threadIdx.x]);
}

struct Shape {
  int side;
  __device__ virtual int area() const { return 0; }
  __device__ virtual long long scaled(long long by) const { return by * area(); }
};
struct Square : Shape {
  __device__ int area() const override { return side * side; }
};
struct Cube : Square {
  __device__ int area() const override { return 6 * Square::area(); }
  __device__ long long scaled(long long by) const override { return by * by * area(); }
};

extern "C" __global__ void virtual_functions(const int* kinds, long long* out) {
  Shape shape;
  Square square;
  Cube cube;
  Shape* const shapes[3] = {&shape, &square, &cube};
  Shape* const chosen_shape = shapes[kinds[threadIdx.x] % 3];
  chosen_shape->side = static_cast<int>(threadIdx.x) + 1;
  out[threadIdx.x] = chosen_shape->scaled(3) + chosen_shape->area();
}
