// SPDX-License-Identifier: Apache-2.0
// Every binary32 input (every 251st under a sanitizer) of every cast: its boundary certificate,
// cast_array, the array kernels on each SIMD path and the host functions of NVIDIA's headers must
// all give the same code. One test a set of rules.
#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <span>

#include <gtest/gtest.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include "reference/format/boundary.hpp"
#include "reference/format/cuda_oracle.hpp"
#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/simd_path.hpp"

namespace assay {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kStride = 251;
#else
constexpr std::uint64_t kStride = 1;
#endif
constexpr std::uint64_t kInputs = ((std::uint64_t{1} << 32) + kStride - 1) / kStride;
constexpr std::uint64_t kChunk = 4096;

using Source = std::array<std::uint32_t, kChunk>;
using Convert = std::function<void(std::span<const std::byte>, std::span<std::byte>)>;

struct Subject {
  std::string name;
  Convert convert;
  SimdPath path = simd_path();
};

struct Differences {
  std::uint64_t count = 0;
  std::uint64_t first_input = std::numeric_limits<std::uint64_t>::max();

  Differences operator+(const Differences& other) const {
    return {count + other.count, std::min(first_input, other.first_input)};
  }
};

// The certificate's codes for inputs bits, bits + kStride, ...
template <typename Code>
void fill_expected(const BoundaryCertificate& certificate, std::uint64_t bits,
                   std::span<Code> codes) {
  auto run = std::ranges::lower_bound(certificate.runs, bits, {}, &CodeRun::last);
  for (std::size_t i = 0; i < codes.size();) {
    while (run->last < bits + i * kStride)
      ++run;
    const std::uint64_t left = (run->last - (bits + i * kStride)) / kStride + 1;
    const std::size_t count = std::min<std::uint64_t>(left, codes.size() - i);
    std::ranges::fill(codes.subspan(i, count), static_cast<Code>(run->code));
    i += count;
  }
}

// Among inputs first to last, each of which stands for bits i * kStride.
template <typename Code>
Differences differences_in(const BoundaryCertificate& certificate, const Convert& convert,
                           std::uint64_t first, std::uint64_t last) {
  Source source;
  std::array<Code, kChunk> actual;
  std::array<Code, kChunk> expected;
  const std::size_t size = last - first;
  for (std::size_t i = 0; i < size; ++i)
    source[i] = static_cast<std::uint32_t>((first + i) * kStride);
  const std::span codes = std::span(actual).first(size);
  convert(std::as_bytes(std::span(source).first(size)), std::as_writable_bytes(codes));
  fill_expected(certificate, first * kStride, std::span(expected).first(size));
  Differences result;
  if (std::memcmp(actual.data(), expected.data(), size * sizeof(Code)) == 0) return result;
  for (std::size_t i = 0; i < size; ++i)
    if (actual[i] != expected[i]) result = result + Differences{1, source[i]};
  return result;
}

template <typename Code>
Differences sweep(const BoundaryCertificate& certificate, const Convert& convert) {
  using Range = tbb::blocked_range<std::uint64_t>;
  return tbb::parallel_reduce(
      Range(0, kInputs, 64 * kChunk), Differences{},
      [&](const Range& range, Differences sum) {
        for (std::uint64_t i = range.begin(); i < range.end(); i += kChunk)
          sum = sum +
                differences_in<Code>(certificate, convert, i, std::min(i + kChunk, range.end()));
        return sum;
      },
      std::plus<>());
}

Differences sweep(const BoundaryCertificate& certificate, const Convert& convert) {
  switch (format_bytes(certificate.cast.to)) {
    case 1:
      return sweep<std::uint8_t>(certificate, convert);
    case 2:
      return sweep<std::uint16_t>(certificate, convert);
    default:
      return sweep<std::uint32_t>(certificate, convert);
  }
}

std::span<const float> floats(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

std::span<std::uint8_t> codes(std::span<std::byte> bytes) {
  return {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

// The functions that the reference itself converts with.
template <auto kSingle, auto kArray>
void add_kernels(const std::string& name, std::vector<Subject>& subjects) {
  subjects.push_back({name, [](auto source, auto result) {
                        std::ranges::transform(floats(source), codes(result).begin(), kSingle);
                      }});
  for (const SimdPath path : available_simd_paths())
    subjects.push_back({name + " array, " + std::string(simd_path_name(path)),
                        [](auto source, auto result) { kArray(floats(source), codes(result)); },
                        path});
}

constexpr auto kE4m3Single = [](float value) { return f32_to_e4m3(value); };
constexpr auto kE4m3Array = [](auto values, auto result) { f32_to_e4m3(values, result); };
constexpr auto kE2m1Single = [](float value) { return f32_to_e2m1(value); };
constexpr auto kE2m1Array = [](auto values, auto result) { f32_to_e2m1(values, result); };

// All that promises the rules of `cast`.
std::vector<Subject> subjects_of(const Cast& cast) {
  std::vector<Subject> subjects{
      {"cast_array", [cast](auto source, auto result) { cast_array(cast, source, result); }}};
  const auto is_satfinite_to = [&cast](Format to) {
    const Cast satfinite{Format::f32, to, CastPolicy::cuda_satfinite, Rounding::rn};
    return cast.to == to && canonical_cast(satfinite) == cast;
  };
  if (is_satfinite_to(Format::e4m3)) add_kernels<kE4m3Single, kE4m3Array>("f32_to_e4m3", subjects);
  if (is_satfinite_to(Format::e2m1)) add_kernels<kE2m1Single, kE2m1Array>("f32_to_e2m1", subjects);
  for (const HeaderConversion& conversion : header_conversions())
    if (canonical_cast(conversion.cast) == cast)
      subjects.push_back({conversion.name + " of NVIDIA's headers", conversion.convert});
  return subjects;
}

std::vector<Cast> rules_from_f32() {
  std::vector<Cast> casts;
  for (const FormatInfo& to : formats())
    for (const Cast& cast : casts_between(Format::f32, to.format))
      if (canonical_cast(cast) == cast) casts.push_back(cast);
  return casts;
}

class CastSweep : public testing::TestWithParam<Cast> {
 protected:
  void TearDown() override { ASSERT_TRUE(force_simd_path(m_path)); }

 private:
  SimdPath m_path = simd_path();
};

TEST_P(CastSweep, EveryInputFollowsTheCertificate) {
  const BoundaryCertificate certificate = make_boundary_certificate(GetParam());
  for (const Subject& subject : subjects_of(GetParam())) {
    ASSERT_TRUE(force_simd_path(subject.path));
    const Differences differences = sweep(certificate, subject.convert);
    fmt::print("{}: {} inputs, {} differences\n", subject.name, kInputs, differences.count);
    EXPECT_EQ(differences.count, 0u)
        << subject.name << fmt::format(", first at 0x{:08x}", differences.first_input);
  }
}

std::string name_of(const testing::TestParamInfo<Cast>& info) {
  const Cast& cast = info.param;
  return fmt::format("{}_{}_{}", format_info(cast.to).name, cast_policy_name(cast.policy),
                     rounding_name(cast.rounding));
}

INSTANTIATE_TEST_SUITE_P(Binary32, CastSweep, testing::ValuesIn(rules_from_f32()), name_of);

}  // namespace
}  // namespace assay
