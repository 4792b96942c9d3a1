// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) of many equally long messages, one a thread: rotations, bytes, constants.
__constant__ unsigned round_constants[64];

__device__ unsigned rotate(unsigned x, int by) {
  return __funnelshift_r(x, x, by);
}

__device__ void compress(unsigned (&hash)[8], const unsigned (&block)[16]) {
  unsigned w[64], v[8];
  for (int i = 0; i < 16; ++i)
    w[i] = block[i];
  for (int i = 16; i < 64; ++i) {
    const unsigned s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
    const unsigned s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  for (int i = 0; i < 8; ++i)
    v[i] = hash[i];
  for (int i = 0; i < 64; ++i) {
    const unsigned s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    const unsigned choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
    const unsigned t1 = v[7] + s1 + choice + round_constants[i] + w[i];
    const unsigned s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    const unsigned majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    for (int k = 7; k > 0; --k)
      v[k] = v[k - 1];
    v[4] += t1;
    v[0] = t1 + s0 + majority;
  }
  for (int i = 0; i < 8; ++i)
    hash[i] += v[i];
}

extern "C" __global__ void sha256(const unsigned char* messages, unsigned length, unsigned count,
                                  unsigned* digests) {
  const unsigned thread = blockIdx.x * blockDim.x + threadIdx.x;
  if (thread >= count) return;
  const unsigned char* const message = messages + thread * length;
  unsigned hash[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                      0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
  for (unsigned start = 0; start < length + 9; start += 64) {
    unsigned block[16];
    for (unsigned i = 0; i < 16; ++i) {
      unsigned word = 0;
      for (unsigned at = start + 4 * i; at < start + 4 * i + 4; ++at)
        word = word << 8 | (at < length ? message[at] : at == length ? 0x80u : 0u);
      block[i] = word;
    }
    if (start + 64 >= length + 9) block[15] = length * 8;
    compress(hash, block);
  }
  for (int i = 0; i < 8; ++i)
    digests[thread * 8 + i] = hash[i];
}
