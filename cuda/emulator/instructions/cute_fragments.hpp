// SPDX-License-Identifier: Apache-2.0
// For tests: where CuTe says that the elements of mma's multiplicands lie, transcribed from CUTLASS
// 4.2, include/cute/atom/mma_traits_sm75.hpp, sm80, sm89 and sm90.
#pragma once

#include <string>

#include "cuda/emulator/instructions/cute_layout.hpp"

namespace assay::emulator {

struct FragmentCase {
  std::string name;
  std::size_t bits, m, k;
  CuteLayout a, b;  // to (m, k) and (n, k), columns first
};

inline const std::vector<FragmentCase>& cute_fragments() {
  static const std::vector<FragmentCase> cases = {
      {"SM75_16x8x8_F32F16F16F32",
       16,
       16,
       8,
       {{{4, 32}, {8, 1}}, {{2, 16}, {2, 8}}},
       {{{4, 16}, {8, 1}}, {{2, 8}}}},
      {"SM80_16x8x16_F32F16F16F32",
       16,
       16,
       16,
       {{{4, 32}, {8, 1}}, {{2, 16}, {2, 8}, {2, 128}}},
       {{{4, 16}, {8, 1}}, {{2, 8}, {2, 64}}}},
      {"SM80_16x8x4_F32TF32TF32F32",
       32,
       16,
       4,
       {{{4, 16}, {8, 1}}, {{2, 8}}},
       {{{4, 8}, {8, 1}}, {{1, 0}}}},
      {"SM80_16x8x8_F32TF32TF32F32",
       32,
       16,
       8,
       {{{4, 16}, {8, 1}}, {{2, 8}, {2, 64}}},
       {{{4, 8}, {8, 1}}, {{2, 32}}}},
      {"SM80_8x8x4_F64F64F64F64",
       64,
       8,
       4,
       {{{4, 8}, {8, 1}}, {{1, 0}}},
       {{{4, 8}, {8, 1}}, {{1, 0}}}},
      {"SM90_16x8x4_F64F64F64F64",
       64,
       16,
       4,
       {{{4, 16}, {8, 1}}, {{2, 8}}},
       {{{4, 8}, {8, 1}}, {{1, 0}}}},
      {"SM90_16x8x8_F64F64F64F64",
       64,
       16,
       8,
       {{{4, 16}, {8, 1}}, {{2, 8}, {2, 64}}},
       {{{4, 8}, {8, 1}}, {{2, 32}}}},
      {"SM90_16x8x16_F64F64F64F64",
       64,
       16,
       16,
       {{{4, 16}, {8, 1}}, {{2, 8}, {4, 64}}},
       {{{4, 8}, {8, 1}}, {{4, 32}}}},
      {"SM80_8x8x16_S32S8S8S32",
       8,
       8,
       16,
       {{{4, 32}, {8, 1}}, {{4, 8}}},
       {{{4, 32}, {8, 1}}, {{4, 8}}}},
      {"SM80_16x8x16_S32S8S8S32",
       8,
       16,
       16,
       {{{4, 64}, {8, 1}}, {{4, 16}, {2, 8}}},
       {{{4, 32}, {8, 1}}, {{4, 8}}}},
      {"SM80_16x8x32_S32S8S8S32, SM89_16x8x32_F32E4M3E4M3F32",
       8,
       16,
       32,
       {{{4, 64}, {8, 1}}, {{4, 16}, {2, 8}, {2, 256}}},
       {{{4, 32}, {8, 1}}, {{4, 8}, {2, 128}}}},
      {"SM80_8x8x32_S32S4S4S32",
       4,
       8,
       32,
       {{{4, 64}, {8, 1}}, {{8, 8}}},
       {{{4, 64}, {8, 1}}, {{8, 8}}}},
      // CuTe 4.2 has a stride of 32 for B's threads, with which lanes overlap; PTX ISA (row =
      // threadID_in_group * 8 + i) is a stride of 64.
      {"SM80_16x8x32_S32S4S4S32",
       4,
       16,
       32,
       {{{4, 128}, {8, 1}}, {{8, 16}, {2, 8}}},
       {{{4, 64}, {8, 1}}, {{8, 8}}}},
      {"SM80_16x8x64_S32S4S4S32",
       4,
       16,
       64,
       {{{4, 128}, {8, 1}}, {{8, 16}, {2, 8}, {2, 512}}},
       {{{4, 64}, {8, 1}}, {{8, 8}, {2, 256}}}},
      {"SM80_8x8x128_S32U1U1S32",
       1,
       8,
       128,
       {{{4, 256}, {8, 1}}, {{32, 8}}},
       {{{4, 256}, {8, 1}}, {{32, 8}}}},
      {"SM80_16x8x128_S32U1U1S32",
       1,
       16,
       128,
       {{{4, 512}, {8, 1}}, {{32, 16}, {2, 8}}},
       {{{4, 256}, {8, 1}}, {{32, 8}}}},
      {"SM80_16x8x256_S32U1U1S32",
       1,
       16,
       256,
       {{{4, 512}, {8, 1}}, {{32, 16}, {2, 8}, {2, 2048}}},
       {{{4, 256}, {8, 1}}, {{32, 8}, {2, 1024}}}},
  };
  return cases;
}

// Of C and D, to (m, n) columns first: SM80_8x8_Row and SM80_16x8_Row.
inline CuteLayout cute_accumulator(std::size_t m) {
  if (m == 8) return {{{4, 16}, {8, 1}}, {{2, 8}}};
  return {{{4, 32}, {8, 1}}, {{2, 16}, {2, 8}}};
}

}  // namespace assay::emulator
