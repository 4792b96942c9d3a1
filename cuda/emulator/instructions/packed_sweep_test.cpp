// SPDX-License-Identifier: Apache-2.0
// Every binary32 input (every 1021st chunk of them under a sanitizer) through the emulated cvt
// instructions to FP8, FP6, FP4 and E8M0 pairs: the bytes that the kernel stores are those of the
// host functions of NVIDIA's headers.
#include <array>
#include <atomic>
#include <bit>

#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>
#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include "cuda/emulator/instructions/ptx_test.hpp"

namespace assay::emulator {
namespace {

using u8 = std::uint8_t;
using u32 = std::uint32_t;

constexpr std::uint64_t kChunk = 1 << 20;  // inputs of a launch
constexpr std::uint64_t kChunks = (std::uint64_t{1} << 32) / kChunk;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kStep = 1021;
#else
constexpr std::uint64_t kStep = 1;
#endif
constexpr u32 kRounds = 64, kBlock = 256;  // a thread converts 8 inputs a round
constexpr u32 kThreads = kChunk / 8 / kRounds;

// Converts kChunk inputs from the word at %in0 on, 8 a thread and round, the even one of a pair in
// the lower part.
std::string sweep_body(const std::string& instruction, bool packs_nibbles) {
  const char* half = packs_nibbles ? "%c" : "%h";
  std::string round;
  for (int i = 0; i < 8; ++i)
    round += fmt::format("add.u32 %r{}, %r0, {};\n", 10 + i, i);
  for (int i = 0; i < 4; ++i)
    round += fmt::format("{} {}{}, %r{}, %r{};\n", instruction, half, i, 11 + 2 * i, 10 + 2 * i);
  round += packs_nibbles ? "mov.b32 %r20, {%c0, %c1, %c2, %c3}; st.global.b32 [%rd1], %r20;\n"
                         : "mov.b64 %rd2, {%h0, %h1, %h2, %h3}; st.global.b64 [%rd1], %rd2;\n";
  return fmt::format(R"(
  ld.global.u32 %r0, [%in0];
  mad.lo.u32 %r0, %i, 8, %r0;
  mul.wide.u32 %rd1, %i, {0};
  add.u64 %rd1, %out0, %rd1;
  mov.u32 %r1, 0;
round:
{1}
  add.u32 %r0, %r0, {2};
  add.u64 %rd1, %rd1, {3};
  add.u32 %r1, %r1, 1;
  setp.lt.u32 %p1, %r1, {4};
  @%p1 bra round;
)",
                     packs_nibbles ? 4 : 8, round, kThreads * 8, kThreads * (packs_nibbles ? 4 : 8),
                     kRounds);
}

// One worker's device.
class Sweeper {
 public:
  Sweeper(const std::string& body, std::size_t bytes)
      : kernel_(body),
        out_(bytes),
        source_(kernel_.upload(std::vector<u32>(1))),
        target_(kernel_.upload(out_)) {}

  const std::vector<u8>& convert(u32 first) {
    EXPECT_TRUE(kernel_.memory().write(source_, &first, sizeof first));
    kernel_.launch({kThreads / kBlock, 1, 1}, {kBlock, 1, 1}, {source_, target_});
    EXPECT_TRUE(kernel_.findings.empty()) << kernel_.finding_texts();
    EXPECT_TRUE(kernel_.memory().read(target_, out_.data(), out_.size()));
    return out_;
  }

 private:
  TestKernel kernel_;
  std::vector<u8> out_;
  std::uint64_t source_, target_;
};

template <typename Header>
void sweep(const std::string& instruction, bool packs_nibbles, Header header) {
  const std::size_t bytes = packs_nibbles ? kChunk / 2 : kChunk;
  tbb::enumerable_thread_specific<std::unique_ptr<Sweeper>> sweepers;
  std::atomic<std::uint64_t> differences = 0, first_difference = ~std::uint64_t{0};
  tbb::parallel_for(std::uint64_t{0}, (kChunks + kStep - 1) / kStep, [&](std::uint64_t chunk) {
    auto& sweeper = sweepers.local();
    if (!sweeper)
      sweeper = std::make_unique<Sweeper>(sweep_body(instruction, packs_nibbles), bytes);
    const auto first = static_cast<u32>(chunk * kStep * kChunk);
    const std::vector<u8>& actual = sweeper->convert(first);
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
  });
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
