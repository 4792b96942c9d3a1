// SPDX-License-Identifier: Apache-2.0
// Oracles: boundary certificates (found by bisection on the casts, while the sources are derived
// from the formats), and sources that docs/formats.md and cuda_fp8.h's behaviour single out.
#include "vectors/generate/cast_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "reference/format/boundary.hpp"

namespace assay {
namespace {

constexpr std::array kSources{Format::f32, Format::f16, Format::bf16, Format::f64};

std::set<std::uint64_t> boundaries(Format from, Format to) {
  const auto sources = boundary_sources(from, to, 1);
  return {sources.begin(), sources.end()};
}

// How many ends of the certificate's runs the sources lack.
std::size_t missing_ends(const Cast& cast, const std::set<std::uint64_t>& sources) {
  std::size_t missing = 0;
  for (const CodeRun& run : make_boundary_certificate(cast).runs)
    missing += (sources.contains(run.first) ? 0u : 1u) + (sources.contains(run.last) ? 0u : 1u);
  return missing;
}

TEST(Boundaries, HoldBothEndsOfEveryRunOfEveryCastToASmallFormat) {
  for (const Format from : kSources) {
    for (const FormatInfo& to : formats()) {
      if (format_bytes(to.format) != 1) continue;
      const auto sources = boundaries(from, to.format);
      for (const Cast& cast : casts_between(from, to.format))
        EXPECT_EQ(missing_ends(cast, sources), 0u)
            << format_info(from).name << " to " << to.name << ", " << cast_policy_name(cast.policy)
            << ", " << rounding_name(cast.rounding);
    }
  }
}

TEST(Boundaries, HoldEveryTieOfE4m3) {
  const auto sources = boundaries(Format::f32, Format::e4m3);
  int ties = 0;
  for (std::uint64_t code = 0; code <= 0x7E; ++code) {
    const double next = code == 0x7E ? 480 : decode(Format::e4m3, code + 1);
    const auto tie = static_cast<float>((decode(Format::e4m3, code) + next) / 2);
    const auto bits = std::bit_cast<std::uint32_t>(tie);
    for (const std::uint32_t source : {bits - 1, bits, bits + 1})
      ties += sources.contains(source) && sources.contains(source | 0x80000000u) ? 1 : 0;
  }
  EXPECT_EQ(ties, 3 * 127);
}

TEST(Boundaries, HoldWhatADetourThroughANarrowFormatWouldMoveOntoATie) {
  // 1.0625 lies between E4M3's 1 and 1.125.
  const auto wide = boundaries(Format::f32, Format::e4m3);
  EXPECT_TRUE(wide.contains(std::bit_cast<std::uint32_t>(1.0625f * (1 + 0x1p-9f))));
  EXPECT_TRUE(wide.contains(std::bit_cast<std::uint32_t>(1.0625f * (1 - 0x1p-12f))));
  const auto widest = boundaries(Format::f64, Format::e4m3);
  EXPECT_TRUE(widest.contains(std::bit_cast<std::uint64_t>(std::nextafter(1.0625, 2.0))));
  const double half_ulp = 0x1p-24;  // of binary32 at 1.0625: up to there it rounds to the tie
  for (const double end : {1.0625 + half_ulp, 1.0625 - half_ulp})
    for (const double toward : {0.0, end, 2.0})
      EXPECT_TRUE(widest.contains(std::bit_cast<std::uint64_t>(std::nextafter(end, toward))));
}

TEST(Boundaries, HoldTheSpecialsOfBothSigns) {
  const auto sources = boundaries(Format::f32, Format::e2m1);
  for (const std::uint32_t magnitude : {0u, 1u, 0x007FFFFFu, 0x00800000u, 0x7F7FFFFFu, 0x7F800000u,
                                        0x7F800001u, 0x7FC00000u, 0x7FC00001u, 0x7FFFFFFFu}) {
    EXPECT_TRUE(sources.contains(magnitude)) << magnitude;
    EXPECT_TRUE(sources.contains(magnitude | 0x80000000u)) << magnitude;
  }
}

TEST(Boundaries, SampleWideFormatsInEveryBinade) {
  const auto sources = boundaries(Format::f32, Format::bf16);
  EXPECT_LT(sources.size(), 100'000u);
  for (std::uint32_t binade = 0; binade < 255; ++binade) {
    const std::uint32_t tie = (binade << 23) | 0x8000;  // after the binade's first value
    EXPECT_TRUE(sources.contains(tie) && sources.contains(tie + 1)) << binade;
    const std::uint32_t last = (binade << 23) | 0x7F8000;  // carries into the next binade
    EXPECT_TRUE(sources.contains(last) && sources.contains(last - 1)) << binade;
  }
  EXPECT_NE(sources, [] {
    const auto other = boundary_sources(Format::f32, Format::bf16, 2);
    return std::set<std::uint64_t>(other.begin(), other.end());
  }());
}

TEST(Boundaries, AreStrictlyIncreasingOnEachSign) {
  const auto sources = boundary_sources(Format::f16, Format::e5m2, 1);
  const std::size_t half = sources.size() / 2;
  for (std::size_t i = 1; i < sources.size(); ++i)
    EXPECT_TRUE(i == half || sources[i - 1] < sources[i]) << i;
  EXPECT_EQ(sources[0], 0u);
  EXPECT_EQ(sources[half], 0x8000u);
}

TEST(CastSources, AllHoldsEveryPatternOnce) {
  const auto sources = cast_sources({{Format::bf16, Format::e4m3}, "all"}, 1);
  ASSERT_EQ(sources.size(), 65536u);
  for (std::size_t i = 0; i < sources.size(); ++i)
    ASSERT_EQ(sources[i], i);
}

TEST(CastSources, RandomBitsFillTheSource) {
  for (const Format from : kSources) {
    const auto sources = cast_sources({{from, Format::e4m3}, "random_bits", 4096}, 1);
    ASSERT_EQ(sources.size(), 4096u);
    const int bits = 8 * static_cast<int>(format_bytes(from));
    for (int bit = 0; bit < bits; ++bit) {
      const auto set = std::ranges::count_if(
          sources, [&](std::uint64_t source) { return (source >> bit & 1) != 0; });
      EXPECT_NEAR(static_cast<double>(set), 2048, 5 * 32) << bit;  // 5 sigma
    }
    EXPECT_LE(*std::ranges::max_element(sources), ~std::uint64_t{0} >> (64 - bits));
  }
}

}  // namespace
}  // namespace assay
