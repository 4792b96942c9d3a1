// SPDX-License-Identifier: Apache-2.0
// Kernels and variables for the driver's tests: parameters of several sizes, tables, a trap, errors
// of each kind that a launch reports.
struct Box {
  char tag;
  double weight;
};

__device__ int counter = 3;
__device__ const int* pointer_to_counter = &counter;
__constant__ float table[4] = {1.0f, 2.5f, -4.0f, 8.0f};

extern "C" __global__ void scale(float* data, float factor, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) data[i] = data[i] * factor + table[i & 3];
}

extern "C" __global__ void take_all(double* out, char a, short b, Box box, long long c) {
  out[0] = a;
  out[1] = b;
  out[2] = box.tag;
  out[3] = box.weight;
  out[4] = static_cast<double>(c);
}

extern "C" __global__ void count(int by) {
  atomicAdd(&counter, by);
}

extern "C" __global__ void dynamic_shared(int* out) {
  extern __shared__ int shared[];
  shared[threadIdx.x] = static_cast<int>(threadIdx.x);
  __syncthreads();
  out[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

extern "C" __global__ void beyond(int* data, int index) {
  data[index] = 1;
}

extern "C" __global__ void misaligned(char* data) {
  *reinterpret_cast<int*>(data + 1) = 1;
}

extern "C" __global__ void trapped() {
  __trap();
}

extern "C" __global__ void __launch_bounds__(128) bounded(int* out) {
  out[threadIdx.x] = 1;
}
