// SPDX-License-Identifier: Apache-2.0
// Every binary32 input (every 1021st chunk of them under a sanitizer) through the emulated cvt
// instructions to pairs of FP8, FP6, FP4, E8M0, binary16 and bfloat16: the bytes that the kernel
// stores are those of the host functions of NVIDIA's headers.
#include <atomic>
#include <bit>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

#include "cuda/emulator/instructions/sweep_test.hpp"

namespace assay::emulator {
namespace {

using u8 = std::uint8_t;
using u32 = std::uint32_t;

// Eight inputs, the even one of a pair in the lower part; results of 4, 8 or 16 bits.
std::string conversions(const std::string& instruction, int bits) {
  const char* const registers = bits == 4 ? "%c" : bits == 8 ? "%h" : "%r2";
  std::string text;
  for (int i = 0; i < 4; ++i)
    text +=
        fmt::format("{} {}{}, %r{}, %r{};\n", instruction, registers, i, 11 + 2 * i, 10 + 2 * i);
  if (bits == 4) return text + "mov.b32 %r20, {%c0, %c1, %c2, %c3}; st.global.b32 [%rd1], %r20;\n";
  if (bits == 8) return text + "mov.b64 %rd2, {%h0, %h1, %h2, %h3}; st.global.b64 [%rd1], %rd2;\n";
  return text + "st.global.v4.b32 [%rd1], {%r20, %r21, %r22, %r23};\n";
}

u32 code_at(const std::vector<u8>& results, std::size_t i, int bits) {
  if (bits == 4) return results[i / 2] >> (4 * (i % 2)) & 0xFu;
  if (bits == 8) return results[i];
  return results[2 * i] | static_cast<u32>(results[2 * i + 1]) << 8;
}

template <typename Header>
void sweep(const std::string& instruction, int bits, Header header) {
  std::atomic<std::uint64_t> differences = 0, first_difference = ~std::uint64_t{0};
  const auto check = [&](u32 first, const std::vector<u8>& results) {
    std::uint64_t count = 0;
    for (u32 i = 0; i < kChunk; ++i) {
      const u32 code = header(std::bit_cast<float>(first + i));
      if (code == code_at(results, i, bits)) continue;
      ++count;
      first_difference = std::min<std::uint64_t>(first_difference, first + i);
    }
    differences += count;
  };
  const auto bytes = static_cast<u32>(bits);  // of eight results
  sweep_words(conversions(instruction, bits), 8, bytes, check);
  EXPECT_EQ(differences, 0u) << instruction << ", first at " << std::hex << first_difference;
}

TEST(PackedSweep, E4m3) {
  sweep("cvt.rn.satfinite.e4m3x2.f32", 8,
        [](float x) -> u8 { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E4M3); });
}
TEST(PackedSweep, E5m2) {
  sweep("cvt.rn.satfinite.e5m2x2.f32", 8,
        [](float x) -> u8 { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E5M2); });
}
TEST(PackedSweep, E2m1) {
  sweep("cvt.rn.satfinite.e2m1x2.f32", 4,
        [](float x) -> u8 { return __nv_cvt_float_to_fp4(x, __NV_E2M1, cudaRoundNearest); });
}
TEST(PackedSweep, E2m3) {
  sweep("cvt.rn.satfinite.e2m3x2.f32", 8,
        [](float x) -> u8 { return __nv_cvt_float_to_fp6(x, __NV_E2M3, cudaRoundNearest); });
}
TEST(PackedSweep, E3m2) {
  sweep("cvt.rn.satfinite.e3m2x2.f32", 8,
        [](float x) -> u8 { return __nv_cvt_float_to_fp6(x, __NV_E3M2, cudaRoundNearest); });
}
TEST(PackedSweep, E8m0) {
  sweep("cvt.rp.satfinite.ue8m0x2.f32", 8,
        [](float x) -> u8 { return __nv_cvt_float_to_e8m0(x, __NV_SATFINITE, cudaRoundPosInf); });
}
TEST(PackedSweep, E8m0TowardZero) {
  sweep("cvt.rz.satfinite.ue8m0x2.f32", 8,
        [](float x) -> u8 { return __nv_cvt_float_to_e8m0(x, __NV_SATFINITE, cudaRoundZero); });
}
TEST(PackedSweep, F16) {
  sweep("cvt.rn.f16x2.f32", 16, [](float x) { return __half_raw(__float2half_rn(x)).x; });
}
TEST(PackedSweep, Bf16) {
  sweep("cvt.rn.bf16x2.f32", 16,
        [](float x) { return __nv_bfloat16_raw(__float2bfloat16_rn(x)).x; });
}

}  // namespace
}  // namespace assay::emulator
