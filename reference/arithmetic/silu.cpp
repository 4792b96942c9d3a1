// SPDX-License-Identifier: Apache-2.0
// Ziv's strategy: a binary64 approximation whose error is proved decides the rounding of nearly
// every input; the few that it leaves open go to double-double arithmetic. Only IEEE 754
// operations are used, no library function, so any compiler and CPU gives these bits. Assumed:
// rounding to nearest and gradual underflow, as everywhere in Assay.
#include "reference/arithmetic/silu.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "reference/arithmetic/exp_reduction.hpp"
#include "reference/arithmetic/silu_double_double.hpp"
#include "reference/multiversion.hpp"

namespace assay {
namespace {

// Beyond this magnitude e^-x no longer matters: the quotient is x, or far below the subnormals.
constexpr float kMaxExponent = 256;

// -x, limited to ±kMaxExponent; NaN becomes a finite number.
float exponent(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const auto magnitude = std::min(bits & INT32_MAX, std::bit_cast<std::int32_t>(kMaxExponent));
  return std::bit_cast<float>(magnitude | (~bits & INT32_MIN));
}

// e^r by Taylor's polynomial of degree 11, summed by fours to shorten the chain of operations.
double exp_near_zero(double r) {
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double p0 = (1 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
  const double p4 = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
  const double p8 =
      (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
  return p0 + r4 * (p4 + r4 * p8);
}

// Relative error below 2^-46: Taylor's remainder, 0.3467^12 / 12! < 2^-47 beside e^r > 2^-0.51, and
// all roundings together, < 2^-50.
double approximate(float x) {
  const auto [k, high, low] = reduce_exponent(exponent(x));
  return x / (1 + exp_near_zero(high + low) * power_of_two(k));
}

// The two ends, nearer to and further from zero, of an interval that holds the real result: 64
// times wider than the error bound. Where they round to the same binary32, so does all between
// them.
struct Rounded {
  float nearer;
  float further;
  bool decided() const { return nearer == further; }  // false for NaN and infinite y
  float value() const { return further; }             // -0 + -0 is -0, but -0 - -0 is +0
};

Rounded round_both_ends(double y) {
  const double margin = y * 0x1p-40;
  return {static_cast<float>(y - margin), static_cast<float>(y + margin)};
}

// silu(x) = x/2 + x^2/4 - ...: the second term is far below the last bit of the result, but above
// zero, and so breaks the ties of x/2 among the subnormals. The product keeps the sign of 0.
float near_zero(float x) {
  return static_cast<float>(0.5 * x * (1 + std::copysign(0x1p-40, static_cast<double>(x))));
}

float silu_undecided(float x) {
  if (std::isnan(x)) return std::numeric_limits<float>::quiet_NaN();
  if (std::isinf(x)) return x > 0 ? x : -0.0f;
  if (std::fabs(x) < 0x1p-25f) return near_zero(x);
  return static_cast<float>(round_to_odd(silu_double_double(x)));
}

constexpr std::size_t kBlock = 128;

// y = the results where all are decided. Branch-free, so that it compiles to vector instructions.
ASSAY_MULTIVERSION bool silu_block(const float* x, std::size_t count, float* y) {
  std::uint32_t undecided = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Rounded rounded = round_both_ends(approximate(x[i]));
    undecided |= rounded.decided() ? 0 : 1;
    y[i] = rounded.value();
  }
  return undecided == 0;
}

}  // namespace

float silu(float x) {
  const Rounded rounded = round_both_ends(approximate(x));
  return rounded.decided() ? rounded.value() : silu_undecided(x);
}

void silu(std::span<const float> x, std::span<float> y) {
  std::array<float, kBlock> results;  // apart from y, which may be x
  for (std::size_t begin = 0; begin < x.size(); begin += kBlock) {
    const auto src = x.subspan(begin, std::min(kBlock, x.size() - begin));
    if (!silu_block(src.data(), src.size(), results.data()))
      std::ranges::transform(src, results.begin(), [](float v) { return silu(v); });
    std::copy_n(results.begin(), src.size(), y.begin() + static_cast<std::ptrdiff_t>(begin));
  }
}

}  // namespace assay
