// SPDX-License-Identifier: Apache-2.0
// Boundary certificates against stepping through all 16-bit inputs, and against the breakpoints
// that the formats' definitions give. (Every binary32 input: cast_sweep_test.cpp.)
#include "reference/format/boundary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace assay {
namespace {

std::string name_of(const Cast& cast) {
  return fmt::format("{} to {} {} {}", format_info(cast.from).name, format_info(cast.to).name,
                     cast_policy_name(cast.policy), rounding_name(cast.rounding));
}

std::vector<Cast> casts_from(Format from) {
  std::vector<Cast> casts;
  for (const FormatInfo& to : formats())
    if (to.format != Format::tf32)
      for (const Cast& cast : casts_between(from, to.format))
        if (canonical_cast(cast) == cast) casts.push_back(cast);
  return casts;
}

BoundaryCertificate certificate_of(Format from, Format to, CastPolicy policy) {
  return make_boundary_certificate(make_cast(from, to, policy).value());
}

std::uint32_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

bool is_same_kind(Format from, std::uint64_t a, std::uint64_t b) {
  const double left = decode(from, a);
  const double right = decode(from, b);
  if (std::isnan(left) || std::isnan(right)) return std::isnan(left) && std::isnan(right);
  return std::signbit(left) == std::signbit(right);
}

// By stepping through all patterns.
std::vector<CodeRun> stepped_runs(const Cast& cast) {
  std::vector<CodeRun> runs;
  for (std::uint64_t pattern = 0; pattern < 1 << 16; ++pattern) {
    const std::uint32_t code = cast_code(cast, pattern);
    const bool continues = !runs.empty() && runs.back().code == code &&
                           is_same_kind(cast.from, pattern - 1, pattern) && pattern != 0x8000;
    if (!continues) runs.push_back({pattern, pattern, code});
    runs.back().last = pattern;
  }
  return runs;
}

// The magnitudes of the destination's finite codes.
std::vector<double> magnitudes(Format to) {
  std::set<double> values;
  const int bits = format_info(to).layout.bits();
  for (std::uint64_t code = 0; code < std::uint64_t{1} << bits; ++code)
    if (const double value = decode(to, code); std::isfinite(value))
      values.insert(std::fabs(value));
  return {values.begin(), values.end()};
}

// By looking every pattern's value up among the midpoints of neighbouring values.
std::vector<TiePoint> stepped_ties(const Cast& cast) {
  if (cast.rounding == Rounding::rz || cast.rounding == Rounding::rp) return {};
  const std::vector<double> values = magnitudes(cast.to);
  std::vector<TiePoint> ties;
  for (std::uint64_t pattern = 0; pattern < 1 << 16; ++pattern) {
    const double value = std::fabs(decode(cast.from, pattern));
    const auto above = std::ranges::upper_bound(values, value);
    if (std::isnan(value) || above == values.begin() || above == values.end()) continue;
    const std::uint32_t code = cast_code(cast, pattern);
    const double given = std::fabs(decode(cast.to, code));
    const double below = *(above - 1);
    if (value == (below + *above) / 2 && (given == below || given == *above))
      ties.push_back({pattern, code});
  }
  return ties;
}

TEST(Boundary, CertificatesFrom16BitFormatsEqualSteppingThroughAllInputs) {
  for (const Format from : {Format::f16, Format::bf16})
    for (const Cast& cast : casts_from(from)) {
      const BoundaryCertificate certificate = make_boundary_certificate(cast);
      EXPECT_EQ(certificate.cast, cast);
      EXPECT_TRUE(certificate.runs == stepped_runs(cast)) << name_of(cast);
      EXPECT_TRUE(certificate.ties == stepped_ties(cast)) << name_of(cast);
    }
}

TEST(Boundary, TheTiesOfE2m1GoToEvenCodes) {
  const BoundaryCertificate certificate =
      certificate_of(Format::f32, Format::e2m1, CastPolicy::cuda_satfinite);
  const std::vector<std::pair<float, std::uint32_t>> expected{
      {0.25f, 0}, {0.75f, 2}, {1.25f, 2}, {1.75f, 4}, {2.5f, 4}, {3.5f, 6}, {5.0f, 6}};
  ASSERT_EQ(certificate.ties.size(), 2 * expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto [value, code] = expected[i];
    EXPECT_EQ(certificate.ties[i], (TiePoint{bits(value), code}));
    EXPECT_EQ(certificate.ties[i + expected.size()], (TiePoint{bits(-value), code | 8}));
  }
}

TEST(Boundary, E4m3HasARunForEveryCode) {
  const BoundaryCertificate certificate =
      certificate_of(Format::f32, Format::e4m3, CastPolicy::cuda_satfinite);
  ASSERT_EQ(certificate.runs.size(), 256u);
  EXPECT_EQ(certificate.ties.size(), 252u);
  EXPECT_EQ(certificate.runs[0], (CodeRun{0, bits(0x1p-10f), 0x00}));
  EXPECT_EQ(certificate.runs[1], (CodeRun{bits(0x1p-10f) + 1, bits(0x1.8p-9f) - 1, 0x01}));
  EXPECT_EQ(certificate.runs[126], (CodeRun{bits(432), 0x7F800000, 0x7E}));
  EXPECT_EQ(certificate.runs[127], (CodeRun{0x7F800001, 0x7FFFFFFF, 0x7F}));
  EXPECT_EQ(certificate.runs[128], (CodeRun{0x80000000, bits(-0x1p-10f), 0x80}));
  EXPECT_EQ(certificate.runs[255], (CodeRun{0xFF800001, 0xFFFFFFFF, 0x7F}));
}

TEST(Boundary, WithoutSaturationOverflowBeginsAbove464AndAt61440) {
  const auto e4m3 = certificate_of(Format::f32, Format::e4m3, CastPolicy::cuda_nosat);
  EXPECT_EQ(e4m3.runs[126], (CodeRun{bits(432), bits(464), 0x7E}));
  EXPECT_EQ(e4m3.runs[127], (CodeRun{bits(464) + 1, 0x7F800000, 0x7F}));
  EXPECT_EQ(e4m3.runs[128], (CodeRun{0x7F800001, 0x7FFFFFFF, 0x7F}));
  const auto e5m2 = certificate_of(Format::f32, Format::e5m2, CastPolicy::cuda_nosat);
  EXPECT_EQ(e5m2.runs[124], (CodeRun{bits(61440), 0x7F800000, 0x7C}));
}

TEST(Boundary, ZeroOfAnExponentOnlyFormatHasItsOwnRun) {
  const auto e8m0 = certificate_of(Format::f32, Format::e8m0, CastPolicy::ml_dtypes);
  EXPECT_EQ(e8m0.runs[0], (CodeRun{0, 0, 0xFF}));
  EXPECT_EQ(e8m0.runs[1].code, 0x00u);
}

TEST(Boundary, PayloadsThatNansKeepAreRuns) {
  const auto e5m2 = certificate_of(Format::f64, Format::e5m2, CastPolicy::cuda_satfinite);
  const std::uint64_t infinity = std::uint64_t{0x7FF} << 52;
  const std::uint64_t quarter = std::uint64_t{1} << 50;
  EXPECT_EQ(e5m2.runs[124], (CodeRun{infinity + 1, infinity + quarter - 1, 0x7E}));
  EXPECT_EQ(e5m2.runs[127], (CodeRun{infinity + 3 * quarter, infinity + 4 * quarter - 1, 0x7F}));
}

TEST(Boundary, RunsCoverEverySourcePattern) {
  for (const Format from : {Format::f32, Format::f64})
    for (const Cast& cast : casts_from(from)) {
      const std::vector<CodeRun> runs = make_boundary_certificate(cast).runs;
      EXPECT_EQ(runs.front().first, 0u);
      EXPECT_EQ(runs.back().last, ~std::uint64_t{0} >> (64 - 8 * format_bytes(from)));
      for (std::size_t i = 1; i < runs.size(); ++i)
        EXPECT_EQ(runs[i].first, runs[i - 1].last + 1) << name_of(cast);
      for (const CodeRun& run : runs) {
        EXPECT_EQ(cast_code(cast, run.first), run.code) << name_of(cast);
        EXPECT_EQ(cast_code(cast, run.last), run.code) << name_of(cast);
      }
    }
}

}  // namespace
}  // namespace assay
