// SPDX-License-Identifier: Apache-2.0
// The device paths of cuda_fp8.h, cuda_fp6.h and cuda_fp4.h on arrays of bits.
#include "cuda/emulator/corpus/numbers/fp8_fp4_convert.cuh"

extern "C" __global__ void encode_narrow(const float* in, int pairs, unsigned short* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= pairs) return;
  int row = 0;
  encode_all(in[2 * i], in[2 * i + 1], [&](unsigned result) {
    out[row++ * pairs + i] = static_cast<unsigned short>(result);
  });
}

extern "C" __global__ void decode_narrow(unsigned* out) {
  const unsigned bits = blockIdx.x * blockDim.x + threadIdx.x, count = gridDim.x * blockDim.x;
  int row = 0;
  decode_all(bits, [&](unsigned result) { out[row++ * count + bits] = result; });
}
