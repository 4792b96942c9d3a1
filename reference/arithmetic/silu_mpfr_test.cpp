// SPDX-License-Identifier: Apache-2.0
// silu for all 2^32 inputs, scalar and array form. Outside oracles: silu_oracle.hpp, and MPFR alone
// for a random sample of everything. ASSAY_SILU_RANDOM sets the size of that sample.
#include <array>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "reference/arithmetic/silu.hpp"
#include "reference/arithmetic/silu_oracle.hpp"

namespace assay {
namespace {

// Sanitizers slow the check down about thirtyfold: they see every 61st block and a smaller sample.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kBlockStride = 61;
constexpr std::uint64_t kDefaultSample = 500'000;
#else
constexpr std::uint64_t kBlockStride = 1;
constexpr std::uint64_t kDefaultSample = 50'000'000;
#endif
constexpr std::uint64_t kAllInputs = std::uint64_t{1} << 32;
constexpr std::uint64_t kBlock = 1 << 14;

// The inputs whose results are not obvious.
constexpr std::uint32_t kFirst = 0x33000000;
constexpr std::uint32_t kPositives = std::bit_cast<std::uint32_t>(40.0f) - kFirst + 1;
constexpr std::uint32_t kNegatives = std::bit_cast<std::uint32_t>(150.0f) - kFirst;

struct Tally {
  std::atomic<std::uint64_t> checked{0};
  std::atomic<std::uint64_t> near_boundary{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint32_t> a_wrong_input{0};

  void expect(float expected, float actual, float x) {
    if (bits_of(expected) == bits_of(actual)) return;
    ++wrong;
    a_wrong_input = bits_of(x);
  }
};

void check_block(std::uint64_t first, Tally& tally, MpfrSilu& oracle) {
  std::array<float, kBlock> x;
  std::array<float, kBlock> y;
  for (std::uint64_t i = 0; i < kBlock; ++i)
    x[i] = from_bits(static_cast<std::uint32_t>(first + i));
  silu(x, y);
  std::uint64_t near_boundary = 0;
  for (std::uint64_t i = 0; i < kBlock; ++i) {
    float expected = 0;
    if (!settle_silu(x[i], expected)) {
      expected = oracle(x[i]);
      ++near_boundary;
    }
    tally.expect(expected, y[i], x[i]);
    tally.expect(expected, silu(x[i]), x[i]);
  }
  tally.checked += kBlock;
  tally.near_boundary += near_boundary;
}

TEST(SiluExhaustive, AllInputsAreCorrectlyRounded) {
  Tally tally;
  constexpr std::uint64_t kBlocks = kAllInputs / kBlock / kBlockStride;
  tbb::parallel_for(tbb::blocked_range<std::uint64_t>(0, kBlocks, 256),
                    [&](const tbb::blocked_range<std::uint64_t>& range) {
                      MpfrSilu oracle;
                      for (std::uint64_t block = range.begin(); block != range.end(); ++block)
                        check_block(block * kBlockStride * kBlock, tally, oracle);
                    });
  std::printf("%llu inputs, %llu of them within 2^-40 of a rounding boundary and checked by MPFR\n",
              static_cast<unsigned long long>(tally.checked),
              static_cast<unsigned long long>(tally.near_boundary));
  EXPECT_EQ(kBlocks * kBlock, tally.checked);
  if (kBlockStride == 1) {
    EXPECT_NEAR(11754, static_cast<double>(tally.near_boundary), 50);
  }
  EXPECT_EQ(0u, tally.wrong) << std::hexfloat
                             << "for example x = " << from_bits(tally.a_wrong_input);
}

// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014: the i-th number.
std::uint64_t splitmix64(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

float random_input(std::uint64_t i) {
  const auto n = static_cast<std::uint32_t>(splitmix64(i) % (kPositives + kNegatives));
  return n < kPositives ? from_bits(kFirst + n) : -from_bits(kFirst + (n - kPositives));
}

TEST(SiluRandom, SampleRoundsAsMpfrSays) {
  const char* size = std::getenv("ASSAY_SILU_RANDOM");
  const std::uint64_t count = size != nullptr ? std::stoull(size) : kDefaultSample;
  Tally tally;
  tbb::parallel_for(tbb::blocked_range<std::uint64_t>(0, count, kBlock),
                    [&](const tbb::blocked_range<std::uint64_t>& range) {
                      MpfrSilu oracle;
                      for (std::uint64_t i = range.begin(); i != range.end(); ++i) {
                        const float x = random_input(i);
                        tally.expect(oracle(x), silu(x), x);
                      }
                      tally.checked += range.size();
                    });
  std::printf("%llu random inputs\n", static_cast<unsigned long long>(tally.checked));
  EXPECT_EQ(count, tally.checked);
  EXPECT_EQ(0u, tally.wrong) << std::hexfloat
                             << "for example x = " << from_bits(tally.a_wrong_input);
}

}  // namespace
}  // namespace assay
