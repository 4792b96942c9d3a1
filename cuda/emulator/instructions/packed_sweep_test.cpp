// SPDX-License-Identifier: Apache-2.0
// Every binary32 input (every 1021st chunk of them under a sanitizer) through the emulated cvt
// instructions to FP8, FP6, FP4 and E8M0 pairs: the bytes that the kernel stores are those of the
// host functions of NVIDIA's headers.
#include <atomic>
#include <bit>

#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

#include "cuda/emulator/instructions/sweep_test.hpp"

namespace assay::emulator {
namespace {

using u8 = std::uint8_t;
using u32 = std::uint32_t;

// Eight inputs, the even one of a pair in the lower part.
std::string conversions(const std::string& instruction, bool packs_nibbles) {
  std::string text;
  for (int i = 0; i < 4; ++i)
    text += fmt::format("{} {}{}, %r{}, %r{};\n", instruction, packs_nibbles ? "%c" : "%h", i,
                        11 + 2 * i, 10 + 2 * i);
  return text + (packs_nibbles
                     ? "mov.b32 %r20, {%c0, %c1, %c2, %c3}; st.global.b32 [%rd1], %r20;\n"
                     : "mov.b64 %rd2, {%h0, %h1, %h2, %h3}; st.global.b64 [%rd1], %rd2;\n");
}

template <typename Header>
void sweep(const std::string& instruction, bool packs_nibbles, Header header) {
  std::atomic<std::uint64_t> differences = 0, first_difference = ~std::uint64_t{0};
  const auto check = [&](u32 first, const std::vector<u8>& actual) {
    std::uint64_t count = 0;
    for (u32 i = 0; i < kChunk; ++i) {
      const u8 code = header(std::bit_cast<float>(first + i));
      const u8 byte =
          packs_nibbles ? static_cast<u8>(actual[i / 2] >> (4 * (i % 2)) & 0xF) : actual[i];
      if (code == byte) continue;
      ++count;
      first_difference = std::min<std::uint64_t>(first_difference, first + i);
    }
    differences += count;
  };
  sweep_words(conversions(instruction, packs_nibbles), 8, packs_nibbles ? 4 : 8, check);
  EXPECT_EQ(differences, 0u) << instruction << ", first at " << std::hex << first_difference;
}

TEST(PackedSweep, E4m3) {
  sweep("cvt.rn.satfinite.e4m3x2.f32", false,
        [](float x) -> u8 { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E4M3); });
}
TEST(PackedSweep, E5m2) {
  sweep("cvt.rn.satfinite.e5m2x2.f32", false,
        [](float x) -> u8 { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E5M2); });
}
TEST(PackedSweep, E2m1) {
  sweep("cvt.rn.satfinite.e2m1x2.f32", true,
        [](float x) -> u8 { return __nv_cvt_float_to_fp4(x, __NV_E2M1, cudaRoundNearest); });
}
TEST(PackedSweep, E2m3) {
  sweep("cvt.rn.satfinite.e2m3x2.f32", false,
        [](float x) -> u8 { return __nv_cvt_float_to_fp6(x, __NV_E2M3, cudaRoundNearest); });
}
TEST(PackedSweep, E3m2) {
  sweep("cvt.rn.satfinite.e3m2x2.f32", false,
        [](float x) -> u8 { return __nv_cvt_float_to_fp6(x, __NV_E3M2, cudaRoundNearest); });
}
TEST(PackedSweep, E8m0) {
  sweep("cvt.rp.satfinite.ue8m0x2.f32", false,
        [](float x) -> u8 { return __nv_cvt_float_to_e8m0(x, __NV_SATFINITE, cudaRoundPosInf); });
}

}  // namespace
}  // namespace assay::emulator
