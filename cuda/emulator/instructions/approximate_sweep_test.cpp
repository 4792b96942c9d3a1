// SPDX-License-Identifier: Apache-2.0
// Every binary32 input (every 1021st chunk of them under a sanitizer) through the emulated .approx
// functions, which are correctly rounded. Outside oracles: binary64 values that owe nothing to the
// C library (real_functions.hpp) decide each rounding that lies further than 2^-40 from a boundary,
// MPFR the rest.
#include <atomic>
#include <bit>
#include <cstdio>

#include "cuda/emulator/instructions/mpfr_oracle.hpp"
#include "cuda/emulator/instructions/real_functions.hpp"
#include "cuda/emulator/instructions/sweep_test.hpp"

namespace assay::emulator {
namespace {

using u8 = std::uint8_t;
using u32 = std::uint32_t;

u32 code_of(double x) {
  return x != x ? 0x7FFFFFFF : std::bit_cast<u32>(static_cast<float>(x));
}

u32 exact_code(int (*function)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), float x) {
  return static_cast<u32>(Real::of(function, x).code(kF32, MPFR_RNDN));
}

// `near`: about how many inputs MPFR decides, a count of an earlier run.
template <typename Binary64>
void sweep(const std::string& opcode, const Binary64& binary64,
           int (*exact)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), u32 near) {
  std::string instructions;
  for (int i = 0; i < 4; ++i)
    instructions += fmt::format("{}.approx.f32 %f{}, %r{};\n", opcode, i, 10 + i);
  instructions += "st.global.v4.f32 [%rd1], {%f0, %f1, %f2, %f3};\n";
  std::atomic<std::uint64_t> checked = 0, decided = 0, wrong = 0, a_wrong_input = 0;
  sweep_words(instructions, 4, 16, [&](u32 first, const std::vector<u8>& actual) {
    std::uint64_t by_mpfr = 0;
    for (u32 i = 0; i < kChunk; ++i) {
      const auto x = std::bit_cast<float>(first + i);
      const double value = binary64(x);
      u32 expected = code_of(value * (1 - 0x1p-40)), code = 0;
      if (expected != code_of(value * (1 + 0x1p-40))) {
        expected = exact_code(exact, x);
        ++by_mpfr;
      }
      std::memcpy(&code, &actual[4 * i], 4);
      if (code == expected) continue;
      ++wrong;
      a_wrong_input = first + i;
    }
    checked += kChunk;
    decided += by_mpfr;
  });
  std::printf("%s: %llu inputs, %llu of them within 2^-40 of a rounding boundary: by MPFR\n",
              opcode.c_str(), static_cast<unsigned long long>(checked),
              static_cast<unsigned long long>(decided));
  EXPECT_EQ(wrong, 0u) << opcode << ", for example of " << std::hex << a_wrong_input;
  if (sweep_step() != 1) return;
  EXPECT_EQ(checked, std::uint64_t{1} << 32);
  EXPECT_NEAR(static_cast<double>(decided), near, near / 50.0);
}

const RealFunctions real;

TEST(ApproximateSweep, Exp2) {
  sweep(
      "ex2", [](float x) { return real.exp2(x); }, mpfr_exp2, 12838);
}
TEST(ApproximateSweep, Log2) {
  sweep(
      "lg2", [](float x) { return real.log2(x); }, mpfr_log2, 49989);
}
TEST(ApproximateSweep, Sine) {
  sweep(
      "sin", [](float x) { return real.sin(x); }, mpfr_sin, 57290);
}
TEST(ApproximateSweep, Cosine) {
  sweep(
      "cos", [](float x) { return real.cos(x); }, mpfr_cos, 59108);
}
TEST(ApproximateSweep, Tanh) {
  sweep(
      "tanh", [](float x) { return real.tanh(x); }, mpfr_tanh, 6124);
}
TEST(ApproximateSweep, ReciprocalSqrt) {
  sweep(
      "rsqrt", [](float x) { return real.rsqrt(x); }, mpfr_rec_sqrt, 44982);
}

}  // namespace
}  // namespace assay::emulator
