// SPDX-License-Identifier: Apache-2.0
// The device's silu for all 2^32 inputs, run on the host, and how many of them need binary64.
// Outside oracle: reference/arithmetic/silu_oracle.hpp, the C library's exp and MPFR.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "cuda/kernels/silu_sweep.hpp"
#include "reference/arithmetic/silu_oracle.hpp"

namespace assay::kernels {
namespace {

// Sanitizers slow the check down about thirtyfold: they see every 61st block.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kBlockStride = 61;
#else
constexpr std::uint64_t kBlockStride = 1;
#endif
constexpr std::uint64_t kBlocks = (std::uint64_t{1} << 32) / kSiluBlock / kBlockStride;

struct Tally {
  std::atomic<std::uint64_t> checked{0};
  std::atomic<std::uint64_t> undecided{0};  // within the limits
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint32_t> a_wrong_input{0};
};

void check_block(std::uint32_t first, Tally& tally, MpfrSilu& mpfr) {
  SiluBlock block;
  attempt_silu(first, block);
  std::uint64_t undecided = 0;
  for (std::uint32_t i = 0; i < kSiluBlock; ++i) {
    const float x = from_bits(first + i);
    const float y = block.decided[i] != 0 ? block.results[i] : detail::silu_undecided(x);
    if (block.decided[i] == 0 && is_within_limits(x)) ++undecided;
    if (bits_of(y) == bits_of(expected_silu(x, mpfr))) continue;
    ++tally.wrong;
    tally.a_wrong_input = bits_of(x);
  }
  tally.checked += kSiluBlock;
  tally.undecided += undecided;
}

TEST(DeviceSiluExhaustive, AllInputsAreCorrectlyRounded) {
  Tally tally;
  tbb::parallel_for(tbb::blocked_range<std::uint64_t>(0, kBlocks, 1024),
                    [&](const tbb::blocked_range<std::uint64_t>& range) {
                      MpfrSilu mpfr;
                      for (std::uint64_t i = range.begin(); i != range.end(); ++i)
                        check_block(static_cast<std::uint32_t>(i * kBlockStride * kSiluBlock),
                                    tally, mpfr);
                    });
  std::printf("%llu inputs, %llu of them left undecided by pairs of binary32\n",
              static_cast<unsigned long long>(tally.checked),
              static_cast<unsigned long long>(tally.undecided));
  EXPECT_EQ(kBlocks * kSiluBlock, tally.checked);
  if (kBlockStride == 1) {
    EXPECT_EQ(3190u, tally.undecided);
  }
  EXPECT_EQ(0u, tally.wrong) << std::hexfloat
                             << "for example x = " << from_bits(tally.a_wrong_input);
}

using Errors = std::array<double, kSiluBlock>;

ASSAY_MULTIVERSION void relative_errors(std::uint32_t first, Errors& errors) {
  for (std::uint32_t i = 0; i < kSiluBlock; ++i) {
    const float x = __uint_as_float(first + i);
    const auto pair = detail::quotient<float>(x);
    const auto exact = detail::quotient<double>(x);
    const double y = exact.high + exact.low;
    errors[i] = std::fabs(((pair.high - y) + pair.low) / y);
  }
}

// Measured from binary64, whose own error, 2^-53, does not count.
TEST(DeviceSiluExhaustive, PairsOfBinary32KeepTheirErrorBound) {
  double largest = 0;
  Errors errors;
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    const auto first = static_cast<std::uint32_t>(i * kBlockStride * kSiluBlock);
    if (!is_within_limits(from_bits(first)) || std::fabs(from_bits(first)) < 0x1p-28f) continue;
    relative_errors(first, errors);
    largest = std::max(largest, *std::max_element(errors.begin(), errors.end()));
  }
  EXPECT_LT(largest, detail::kSiluError);
  if (kBlockStride == 1) {
    EXPECT_NEAR(-41.973, std::log2(largest), 0.001);
  }
}

// How far the real result lies from the nearer end of the interval that rounds as it does, and from
// a pair of binary64, both in units of the result.
struct Distances {
  double boundary;
  double pair;
};

Distances distances(float x) {
  mpfr_t real, difference;
  mpfr_inits2(320, real, difference, nullptr);
  mpfr_set_flt(real, -x, MPFR_RNDN);
  mpfr_exp(real, real, MPFR_RNDN);
  mpfr_add_ui(real, real, 1, MPFR_RNDN);
  mpfr_d_div(real, x, real, MPFR_RNDN);
  const float rounded = mpfr_get_flt(real, MPFR_RNDN);
  Distances result{1, 0};
  for (const float end : {-HUGE_VALF, HUGE_VALF}) {
    const double middle = (double{rounded} + std::nextafter(rounded, end)) / 2;
    mpfr_d_sub(difference, middle, real, MPFR_RNDN);
    mpfr_div(difference, difference, real, MPFR_RNDN);
    result.boundary = std::fmin(result.boundary, std::fabs(mpfr_get_d(difference, MPFR_RNDN)));
  }
  const auto y = detail::quotient<double>(x);
  mpfr_d_sub(difference, y.high, real, MPFR_RNDN);
  mpfr_add_d(difference, difference, y.low, MPFR_RNDN);
  mpfr_div(difference, difference, real, MPFR_RNDN);
  result.pair = std::fabs(mpfr_get_d(difference, MPFR_RNDN));
  mpfr_clears(real, difference, nullptr);
  return result;
}

// Correct results could be luck; these are not.
TEST(DeviceSiluExhaustive, PairsOfBinary64AreTenTimesNearerThanABoundary) {
  for (const float x : undecided_inputs()) {
    const auto [boundary, pair] = distances(x);
    EXPECT_LT(10 * pair, boundary) << std::hexfloat << "x = " << x;
  }
}

}  // namespace
}  // namespace assay::kernels
