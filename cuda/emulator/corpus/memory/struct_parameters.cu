// SPDX-License-Identifier: Apache-2.0
// Kernel parameters of every size: bytes, halves, doubles, pointers, structs by value with padding,
// an array within a struct indexed at run time, a __grid_constant__ struct whose address is taken.
struct Problem {
  signed char sign;
  const int* values;
  short shift[3];
  double factor;
  unsigned counts[6];
};

__device__ __noinline__ unsigned pick(const Problem* problem, int which) {
  return problem->counts[which % 6];
}

extern "C" __global__ void struct_by_value(unsigned char byte, short half, Problem problem,
                                           float single, unsigned long long wide, bool flag,
                                           double* out) {
  const int i = threadIdx.x;
  double sum = problem.factor * problem.values[i];
  sum += problem.sign * problem.shift[i % 3];
  sum += problem.counts[(i * byte) % 6];
  sum += half + static_cast<double>(single);
  sum += static_cast<double>(wide >> 40);
  out[i] = flag ? sum : -sum;
}

extern "C" __global__ void struct_in_place(const __grid_constant__ Problem problem, int which,
                                           unsigned* out) {
  out[threadIdx.x] = pick(&problem, which + threadIdx.x) + blockDim.y * gridDim.z;
}

// Every special register that says where a thread is, in a grid and a block of three dimensions.
extern "C" __global__ void where_am_i(unsigned* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  unsigned lane, below, warps;
  asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
  asm volatile("mov.u32 %0, %%lanemask_lt;" : "=r"(below));
  asm volatile("mov.u32 %0, %%nwarpid;" : "=r"(warps));
  unsigned* const row = out + (block * blockDim.x * blockDim.y * blockDim.z + thread) * 6;
  row[0] = blockIdx.x | blockIdx.y << 8 | blockIdx.z << 16;
  row[1] = threadIdx.x | threadIdx.y << 8 | threadIdx.z << 16;
  row[2] = gridDim.x | gridDim.y << 8 | gridDim.z << 16;
  row[3] = lane;
  row[4] = below;
  row[5] = warps > 0 && clock64() >= 0;
}
