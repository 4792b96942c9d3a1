// SPDX-License-Identifier: Apache-2.0
// Module variables: constants that the host sets by name, initialised arrays and structs, a pointer
// initialised with another variable's address, a counter that lives across launches.
struct Setting {
  short scale;
  double offset;
  char name[6];
};

__constant__ float polynomial[5];
__constant__ Setting settings[2] = {{3, 0.25, "first"}, {-7, 1e300, "other"}};
__device__ int table[8] = {10, 11, 12, 13, 14, 15};
__device__ int* window = table + 2;
__device__ unsigned launches = 40;
__device__ unsigned char bytes[3] = {1, 2, 255};

extern "C" __global__ void evaluate(const float* x, float* out, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float sum = polynomial[4];
  for (int k = 3; k >= 0; --k)
    sum = __fmaf_rn(sum, x[i], polynomial[k]);
  out[i] = sum;
}

extern "C" __global__ void read_settings(double* out) {
  const Setting& setting = settings[threadIdx.x & 1];
  out[threadIdx.x] = __dadd_rn(setting.scale * setting.offset, setting.name[threadIdx.x / 2]);
}

extern "C" __global__ void move_window(int* out) {
  out[threadIdx.x] = window[threadIdx.x] + bytes[threadIdx.x % 3];
  if (threadIdx.x == 0) {
    launches += 1;
    table[7] = static_cast<int>(launches);
  }
}
