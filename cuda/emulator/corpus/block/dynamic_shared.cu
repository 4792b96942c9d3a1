// SPDX-License-Identifier: Apache-2.0
// Dynamic shared memory, cut into three arrays of different types after a static one; more than the
// 48 KiB that need no leave.
extern __shared__ __align__(16) unsigned char dynamic[];

extern "C" __global__ void dynamic_shared(const int* in, int count, long long* out) {
  __shared__ int bias;
  long long* const wide = reinterpret_cast<long long*>(dynamic);
  int* const word = reinterpret_cast<int*>(wide + count);
  unsigned char* const byte = reinterpret_cast<unsigned char*>(word + count);
  if (threadIdx.x == 0) bias = count;
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    word[i] = in[i];
    byte[i] = static_cast<unsigned char>(in[i]);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < count; i += blockDim.x)
    wide[i] = static_cast<long long>(word[count - 1 - i]) * byte[(i + 1) % count] + bias;
  __syncthreads();
  for (int i = threadIdx.x; i < count; i += blockDim.x)
    out[i] = wide[(i + 7) % count];
}
