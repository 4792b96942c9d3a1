// SPDX-License-Identifier: Apache-2.0
// atom and red by PTX ISA, "Parallel Synchronization and Communication Instructions: atom",
// Semantics; additions of halves against exact sums rounded by searching all values of the format.
#include "cuda/emulator/instructions/atomic_operations.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "reference/format/format.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

template <typename T>
T apply(std::string_view name, Type type, T old, T b, T c = {}, bool is_global = false) {
  const auto operation = find_atomic(name, type);
  EXPECT_TRUE(operation) << name;
  std::byte value[sizeof(T)], second[sizeof(T)], third[sizeof(T)];
  std::memcpy(value, &old, sizeof old);
  std::memcpy(second, &b, sizeof b);
  std::memcpy(third, &c, sizeof c);
  (is_global ? operation->apply_global : operation->apply)(value, second, third);
  T result;
  std::memcpy(&result, value, sizeof result);
  return result;
}

constexpr std::uint32_t kMax = 0xFFFFFFFF;

TEST(AtomicOperation, OfIntegersIsWhatTheIsaSays) {
  EXPECT_EQ(apply<std::uint32_t>("add", Type::u32, kMax, 2), 1u);
  EXPECT_EQ(apply<std::uint32_t>("add", Type::s32, 0x7FFFFFFF, 1), 0x80000000u);
  EXPECT_EQ(apply<std::uint64_t>("add", Type::u64, kMax, 1), 0x100000000u);
  EXPECT_EQ(apply<std::uint32_t>("min", Type::u32, kMax, 1), 1u);
  EXPECT_EQ(apply<std::uint32_t>("min", Type::s32, kMax, 1), kMax);
  EXPECT_EQ(apply<std::uint32_t>("max", Type::u32, kMax, 1), kMax);
  EXPECT_EQ(apply<std::uint32_t>("max", Type::s32, kMax, 1), 1u);
  EXPECT_EQ(apply<std::uint64_t>("min", Type::s64, ~0ull, 1), ~0ull);
  EXPECT_EQ(apply<std::uint64_t>("min", Type::u64, ~0ull, 1), 1u);
  EXPECT_EQ(apply<std::uint64_t>("max", Type::s64, ~0ull, 1), 1u);
  EXPECT_EQ(apply<std::uint64_t>("max", Type::u64, ~0ull, 1), ~0ull);
  EXPECT_EQ(apply<std::uint32_t>("and", Type::b32, 0b1100, 0b1010), 0b1000u);
  EXPECT_EQ(apply<std::uint32_t>("or", Type::b32, 0b1100, 0b1010), 0b1110u);
  EXPECT_EQ(apply<std::uint32_t>("xor", Type::b32, 0b1100, 0b1010), 0b0110u);
  EXPECT_EQ(apply<std::uint64_t>("and", Type::b64, ~0ull, 1ull << 40), 1ull << 40);
  EXPECT_EQ(apply<std::uint64_t>("or", Type::b64, 1, 1ull << 40), 1 + (1ull << 40));
  EXPECT_EQ(apply<std::uint64_t>("xor", Type::b64, 3, 1ull << 40), 3 + (1ull << 40));
}

// inc(r, s) = (r >= s) ? 0 : r+1; dec(r, s) = (r == 0 || r > s) ? s : r-1
TEST(AtomicOperation, CountsUpAndDownWithinABound) {
  EXPECT_EQ(apply<std::uint32_t>("inc", Type::u32, 4, 5), 5u);
  EXPECT_EQ(apply<std::uint32_t>("inc", Type::u32, 5, 5), 0u);
  EXPECT_EQ(apply<std::uint32_t>("inc", Type::u32, 6, 5), 0u);
  EXPECT_EQ(apply<std::uint32_t>("dec", Type::u32, 5, 5), 4u);
  EXPECT_EQ(apply<std::uint32_t>("dec", Type::u32, 6, 5), 5u);
  EXPECT_EQ(apply<std::uint32_t>("dec", Type::u32, 0, 5), 5u);
}

TEST(AtomicOperation, ExchangesAndComparesBitsOfAnySize) {
  struct Wide {
    std::uint64_t low, high;
    bool operator==(const Wide&) const = default;
  };
  EXPECT_EQ(apply<std::uint32_t>("exch", Type::b32, 1, 2), 2u);
  EXPECT_EQ(apply<std::uint64_t>("exch", Type::b64, 1, 2), 2u);
  EXPECT_EQ(apply<Wide>("exch", Type::b128, {1, 2}, {3, 4}), (Wide{3, 4}));
  EXPECT_EQ(apply<std::uint16_t>("cas", Type::b16, 7, 7, 9), 9);
  EXPECT_EQ(apply<std::uint16_t>("cas", Type::b16, 7, 8, 9), 7);
  EXPECT_EQ(apply<std::uint32_t>("cas", Type::b32, 7, 7, 9), 9u);
  EXPECT_EQ(apply<std::uint64_t>("cas", Type::b64, 7, 7, 9), 9u);
  EXPECT_EQ(apply<Wide>("cas", Type::b128, {1, 2}, {1, 2}, {5, 6}), (Wide{5, 6}));
  EXPECT_EQ(apply<Wide>("cas", Type::b128, {1, 2}, {1, 3}, {5, 6}), (Wide{1, 2}));
}

// "Current implementation of atom.add.f32 on global memory flushes subnormal inputs and results to
// sign-preserving zero; whereas atom.add.f32 on shared memory supports subnormal inputs and
// results".
TEST(AtomicOperation, FlushesSubnormalsOfBinary32InGlobalMemoryOnly) {
  const float tiny = 1e-40f, least = std::numeric_limits<float>::min();
  const auto add = [](float old, float b, bool is_global) {
    return std::bit_cast<std::uint32_t>(apply<float>("add", Type::f32, old, b, 0, is_global));
  };
  EXPECT_EQ(add(tiny, tiny, false), std::bit_cast<std::uint32_t>(2 * tiny));
  EXPECT_EQ(add(tiny, tiny, true), 0u);
  EXPECT_EQ(add(-tiny, -tiny, true), 0x80000000u);
  EXPECT_EQ(add(least, tiny, true), std::bit_cast<std::uint32_t>(least));
  EXPECT_EQ(add(1.5f * least, -least, true), 0u);
  EXPECT_EQ(add(-1.5f * least, least, true), 0x80000000u);
  EXPECT_EQ(add(16777216.0f, 1.0f, true), std::bit_cast<std::uint32_t>(16777216.0f));
  EXPECT_EQ(add(INFINITY, -INFINITY, false), 0x7FFFFFFFu);
  EXPECT_EQ(apply<double>("add", Type::f64, 0x1p53, 1.0), 0x1p53);
  EXPECT_EQ(apply<double>("add", Type::f64, 0x1p53, 3.0), 0x1p53 + 4);
}

// The code of a finite or infinite format value nearest to x, ties to even codes.
class NearestCode {
 public:
  NearestCode(Format format, std::uint32_t infinity) : infinity_(infinity) {
    for (std::uint32_t code = 0; code < infinity; ++code)
      codes_.emplace(decode(format, code), code);
    // Beyond the largest value, as if the format went on.
    const double largest = codes_.rbegin()->first;
    codes_.emplace(largest + (largest - std::next(codes_.rbegin())->first), infinity);
  }
  std::uint32_t operator()(double x) const {
    const std::uint32_t sign = std::signbit(x) ? 0x8000 : 0;
    const double size = std::fabs(x);
    const auto above = codes_.lower_bound(size);
    if (above == codes_.end()) return sign | infinity_;
    if (above == codes_.begin()) return sign | above->second;
    const auto below = std::prev(above);
    const double up = above->first - size, down = size - below->first;
    const bool goes_up = up < down || (up == down && above->second % 2 == 0);
    return sign | (goes_up ? above->second : below->second);
  }

 private:
  std::uint32_t infinity_;
  std::map<double, std::uint32_t> codes_;
};

void check_sums(Format format, Type type, Type packed, std::uint32_t infinity) {
  const NearestCode nearest(format, infinity);
  std::mt19937 random(7);
  for (int i = 0; i < 300'000; ++i) {
    auto old = static_cast<std::uint16_t>(random()), b = static_cast<std::uint16_t>(random());
    // Half of the pairs have close exponents, where sums cancel and round.
    if (i % 2 == 0) b = static_cast<std::uint16_t>((old ^ 0x8000) + random() % 4096);
    const double x = decode(format, old), y = decode(format, b);
    const auto sum = apply<std::uint16_t>("add", type, old, b);
    const double exact = x + y;  // of halves, and of close bfloats, exact in binary64
    if (std::isnan(exact)) {
      EXPECT_EQ(sum, 0x7FFF);
      continue;
    }
    const double rest = (x - (exact - (exact - x))) + (y - (exact - x));
    if (std::isfinite(exact) && rest != 0) continue;
    const std::uint32_t expected =
        std::isinf(exact) ? (exact < 0 ? 0x8000 | infinity : infinity) : nearest(exact);
    ASSERT_EQ(sum, expected) << x << " + " << y;
    const std::uint32_t both = apply<std::uint32_t>("add", packed, old | std::uint32_t{b} << 16,
                                                    b | std::uint32_t{old} << 16);
    ASSERT_EQ(both, expected | expected << 16);
  }
}

TEST(AtomicOperation, AddsHalvesRoundedToNearestEven) {
  check_sums(Format::f16, Type::f16, Type::f16x2, 0x7C00);
  check_sums(Format::bf16, Type::bf16, Type::bf16x2, 0x7F80);
}

TEST(AtomicOperation, ChoosesExtremesOfHalvesLikeMinAndMax) {
  const auto least = [](std::uint16_t a, std::uint16_t b) {
    return apply<std::uint16_t>("min", Type::f16, a, b);
  };
  const auto most = [](std::uint16_t a, std::uint16_t b) {
    return apply<std::uint16_t>("max", Type::bf16, a, b);
  };
  EXPECT_EQ(least(0x3C00, 0xBC00), 0xBC00);
  EXPECT_EQ(least(0x0000, 0x8000), 0x8000);
  EXPECT_EQ(least(0x8000, 0x0000), 0x8000);
  EXPECT_EQ(least(0x7E01, 0x3C00), 0x3C00);
  EXPECT_EQ(least(0x3C00, 0xFE01), 0x3C00);
  EXPECT_EQ(least(0x7E01, 0xFE01), 0x7FFF);
  EXPECT_EQ(most(0x3F80, 0xBF80), 0x3F80);
  EXPECT_EQ(most(0x8000, 0x0000), 0x0000);
  EXPECT_EQ(most(0x0000, 0x8000), 0x0000);
  EXPECT_EQ(apply<std::uint32_t>("max", Type::f16x2, 0x3C00BC00, 0xC0004000), 0x3C004000u);
  EXPECT_EQ(apply<std::uint32_t>("min", Type::bf16x2, 0x3F80BF80, 0xC0004000), 0xC000BF80u);
}

// ptxas rejects these.
TEST(AtomicOperation, DoesNotExistForEveryType) {
  EXPECT_FALSE(find_atomic("min", Type::f32));
  EXPECT_FALSE(find_atomic("inc", Type::s32));
  EXPECT_FALSE(find_atomic("and", Type::u32));
  EXPECT_FALSE(find_atomic("cas", Type::u32));
  EXPECT_FALSE(find_atomic("exch", Type::b16));
}

}  // namespace
}  // namespace assay::emulator
