// SPDX-License-Identifier: Apache-2.0
// Loads and stores of 1 to 32 bytes: built-in vectors, cache hints, the read-only path, volatile,
// 256-bit vectors (sm_100 and later), in global and shared memory.
template <typename T>
__device__ void reverse(const T* in, T* out, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) out[count - 1 - i] = in[i];
}

extern "C" __global__ void reverse_char3(const char3* in, char3* out, int n) {
  reverse(in, out, n);
}
extern "C" __global__ void reverse_uchar4(const uchar4* in, uchar4* out, int n) {
  reverse(in, out, n);
}
extern "C" __global__ void reverse_short2(const short2* in, short2* out, int n) {
  reverse(in, out, n);
}
extern "C" __global__ void reverse_ushort4(const ushort4* in, ushort4* out, int n) {
  reverse(in, out, n);
}
extern "C" __global__ void reverse_float2(const float2* in, float2* out, int n) {
  reverse(in, out, n);
}
extern "C" __global__ void reverse_int3(const int3* in, int3* out, int n) {
  reverse(in, out, n);
}
extern "C" __global__ void reverse_int4(const int4* in, int4* out, int n) {
  reverse(in, out, n);
}
extern "C" __global__ void reverse_double2(const double2* in, double2* out, int n) {
  reverse(in, out, n);
}

extern "C" __global__ void reverse_wide(const unsigned* in, unsigned* out, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  unsigned v[8];
  asm volatile("ld.global.v8.b32 {%0, %1, %2, %3, %4, %5, %6, %7}, [%8];"
               : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3]), "=r"(v[4]), "=r"(v[5]), "=r"(v[6]),
                 "=r"(v[7])
               : "l"(in + 8 * i));
  asm volatile(
      "st.global.v8.b32 [%0], {%1, %2, %3, %4, %5, %6, %7, %8};" ::"l"(out + 8 * (count - 1 - i)),
      "r"(v[0]), "r"(v[1]), "r"(v[2]), "r"(v[3]), "r"(v[4]), "r"(v[5]), "r"(v[6]), "r"(v[7])
      : "memory");
}

extern "C" __global__ void reverse_hinted(const uint4* in, uint4* out, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const int to = count - 1 - i;
  switch (i % 5) {
    case 0:
      __stcs(&out[to], __ldcs(&in[i]));
      break;
    case 1:
      __stcg(&out[to], __ldcg(&in[i]));
      break;
    case 2:
      __stwt(&out[to], __ldca(&in[i]));
      break;
    case 3:
      __stwb(&out[to], __ldg(&in[i]));
      break;
    default: {
      uint4 v;
      asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];"
                   : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                   : "l"(in + i));
      out[to] = v;
    }
  }
}

// Bytes to shared memory one by one, out of it as 16-byte vectors, sign-extended on the way.
extern "C" __global__ void shared_vectors(const signed char* in, short* out) {
  __shared__ __align__(16) short values[512];
  for (int i = threadIdx.x; i < 512; i += blockDim.x)
    values[511 - i] = in[i];
  __syncthreads();
  for (int i = threadIdx.x; i < 64; i += blockDim.x)
    reinterpret_cast<int4*>(out)[i] = reinterpret_cast<const int4*>(values)[i];
}
