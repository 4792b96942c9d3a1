// SPDX-License-Identifier: Apache-2.0
// A dense switch, which becomes a branch through a table (brx.idx), in a loop: a small byte-code
// machine with an accumulator and a register, a program a thread.
extern "C" __global__ void switch_table(const unsigned char* programs, int length, int* out) {
  const unsigned char* const program =
      programs + (blockIdx.x * blockDim.x + threadIdx.x) * static_cast<unsigned>(length);
  int accumulator = 1, kept = 0, steps = 0;
  for (int at = 0; at < length && steps < 200; ++at, ++steps) {
    switch (program[at] % 13) {
      case 0:
        accumulator += 7;
        break;
      case 1:
        accumulator -= kept;
        break;
      case 2:
        accumulator *= 3;
        break;
      case 3:
        accumulator ^= 0x5A5A;
        break;
      case 4:
        kept = accumulator;
        break;
      case 5:
        accumulator = ~accumulator;
        break;
      case 6:
        accumulator = static_cast<int>(static_cast<unsigned>(accumulator) >> 3);
        break;
      case 7:
        accumulator <<= 2;
        [[fallthrough]];
      case 8:
        accumulator += kept;
        break;
      case 9:
        accumulator = accumulator < kept ? kept : accumulator;
        break;
      case 10:
        if (accumulator & 1) at += 2;
        break;
      case 11:
        if (steps % 5 == 0) at -= at < 2 ? at : 2;
        break;
      default:
        accumulator = accumulator % 1009 + at;
        break;
    }
  }
  out[blockIdx.x * blockDim.x + threadIdx.x] = accumulator + steps * 65536;
}
