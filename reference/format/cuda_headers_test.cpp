// SPDX-License-Identifier: Apache-2.0
// cast_array and decode against the host functions of NVIDIA's headers: every binary16 and bfloat16
// input, binary64 inputs around every boundary and at random, every code. (Every binary32 input:
// cast_sweep_test.cpp.)
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <span>

#include <gtest/gtest.h>

#include "reference/format/boundary.hpp"
#include "reference/format/cuda_oracle.hpp"

namespace assay {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kRandomInputs = 1 << 18;
#else
constexpr std::uint64_t kRandomInputs = 1 << 26;
#endif

using Bytes = std::vector<std::byte>;

std::uint64_t splitmix64(std::uint64_t index) {
  std::uint64_t z = (index + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// Random bits; in every second pattern the exponent lies within 2^±32, where the narrow formats
// live.
std::uint64_t random_f64(std::uint64_t index) {
  const std::uint64_t bits = splitmix64(index);
  constexpr std::uint64_t kExponent = std::uint64_t{0x7FF} << 52;
  const std::uint64_t near_one = 1023 - 32 + (bits >> 52) % 64;
  return index % 2 == 0 ? bits : (bits & ~kExponent) | (near_one << 52);
}

// The ends of the certificate's runs and its ties, with their neighbours in binary64 and the
// points that binary32, binary16 or bfloat16 would round to them.
std::vector<std::uint64_t> directed_f64(const Cast& cast) {
  const BoundaryCertificate certificate = make_boundary_certificate(cast);
  std::vector<std::uint64_t> points;
  for (const CodeRun& run : certificate.runs)
    points.insert(points.end(), {run.first, run.last});
  for (const TiePoint& tie : certificate.ties)
    points.push_back(tie.source);
  std::vector<std::uint64_t> inputs;
  for (const std::uint64_t point : points)
    for (const std::uint64_t step : {0, 1, 28, 29, 30, 41, 42, 43, 44, 45, 46})
      for (const std::uint64_t offset : {std::uint64_t{1} << step, -(std::uint64_t{1} << step)})
        inputs.insert(inputs.end(),
                      {point, point + offset, point + offset - 1, point + offset + 1});
  return inputs;
}

template <typename Code>
std::uint64_t differences(const HeaderConversion& conversion, const Bytes& source) {
  const std::size_t count =
      source.size() / static_cast<std::size_t>(format_bytes(conversion.cast.from));
  std::vector<Code> expected(count);
  std::vector<Code> actual(count);
  conversion.convert(source, std::as_writable_bytes(std::span(expected)));
  cast_array(conversion.cast, source, std::as_writable_bytes(std::span(actual)));
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < count; ++i)
    result += expected[i] != actual[i];
  return result;
}

std::uint64_t differences(const HeaderConversion& conversion, const Bytes& source) {
  return format_bytes(conversion.cast.to) == 1 ? differences<std::uint8_t>(conversion, source)
                                               : differences<std::uint16_t>(conversion, source);
}

template <typename Word>
Bytes to_bytes(const std::vector<Word>& words) {
  Bytes bytes(words.size() * sizeof(Word));
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

Bytes every_16_bit_pattern() {
  std::vector<std::uint16_t> patterns(1 << 16);
  for (std::size_t i = 0; i < patterns.size(); ++i)
    patterns[i] = static_cast<std::uint16_t>(i);
  return to_bytes(patterns);
}

std::string name_of(const testing::TestParamInfo<HeaderConversion>& info) {
  const Cast& cast = info.param.cast;
  return fmt::format("{}_to_{}_{}_{}", format_info(cast.from).name, format_info(cast.to).name,
                     cast_policy_name(cast.policy), rounding_name(cast.rounding));
}

std::vector<HeaderConversion> conversions_from(std::initializer_list<Format> sources) {
  std::vector<HeaderConversion> result;
  for (const HeaderConversion& conversion : header_conversions())
    if (std::ranges::count(sources, conversion.cast.from) > 0) result.push_back(conversion);
  return result;
}

class CudaHeaders16 : public testing::TestWithParam<HeaderConversion> {};

TEST_P(CudaHeaders16, EveryInputAgrees) {
  EXPECT_EQ(differences(GetParam(), every_16_bit_pattern()), 0u);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CudaHeaders16);
INSTANTIATE_TEST_SUITE_P(Binary16, CudaHeaders16,
                         testing::ValuesIn(conversions_from({Format::f16, Format::bf16})), name_of);

class CudaHeaders64 : public testing::TestWithParam<HeaderConversion> {};

TEST_P(CudaHeaders64, BoundaryNeighboursAgree) {
  EXPECT_EQ(differences(GetParam(), to_bytes(directed_f64(GetParam().cast))), 0u);
}

TEST_P(CudaHeaders64, RandomInputsAgree) {
  std::uint64_t sum = 0;
  std::vector<std::uint64_t> inputs(1 << 16);
  for (std::uint64_t first = 0; first < kRandomInputs; first += inputs.size()) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inputs[i] = random_f64(first + i);
    sum += differences(GetParam(), to_bytes(inputs));
  }
  EXPECT_EQ(sum, 0u) << "of " << kRandomInputs;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CudaHeaders64);
INSTANTIATE_TEST_SUITE_P(Binary64, CudaHeaders64,
                         testing::ValuesIn(conversions_from({Format::f64})), name_of);

std::string format_name(const testing::TestParamInfo<HeaderDecoding>& row) {
  return std::string(format_info(row.param.format).name);
}

class CudaHeadersDecode : public testing::TestWithParam<HeaderDecoding> {};

TEST_P(CudaHeadersDecode, EveryCodeAgrees) {
  const HeaderDecoding& header = GetParam();
  for (std::uint32_t code = 0; code < header.codes; ++code) {
    const double expected = header.value(code);
    const double actual = decode(header.format, code);
    if (std::isnan(expected))
      EXPECT_TRUE(std::isnan(actual)) << code;
    else
      EXPECT_EQ(std::bit_cast<std::uint64_t>(actual), std::bit_cast<std::uint64_t>(expected))
          << code;
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CudaHeadersDecode);
INSTANTIATE_TEST_SUITE_P(Codes, CudaHeadersDecode, testing::ValuesIn(header_decodings()),
                         format_name);

// A cast under CUDA's rules that nothing here compares would be a claim without proof.
TEST(CudaHeaders, EveryCastUnderTheirRulesIsCompared) {
  if (header_conversions().empty())
    GTEST_SKIP() << "built without CUDA's headers: set CUDAToolkit_ROOT";
  for (const FormatInfo& to : formats()) {
    if (to.format == Format::tf32) continue;  // only the hardware converts to it
    for (const Cast& cast : casts_between(Format::f32, to.format)) {
      const bool is_theirs =
          cast.policy == CastPolicy::cuda_satfinite || cast.policy == CastPolicy::cuda_nosat;
      const bool is_compared = std::ranges::any_of(header_conversions(), [&](const auto& row) {
        return canonical_cast(row.cast) == canonical_cast(cast);
      });
      EXPECT_TRUE(is_compared || !is_theirs)
          << to.name << " " << cast_policy_name(cast.policy) << " " << rounding_name(cast.rounding);
    }
  }
}

}  // namespace
}  // namespace assay
