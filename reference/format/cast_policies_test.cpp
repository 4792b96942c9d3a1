// SPDX-License-Identifier: Apache-2.0
// Every cast against a search through the destination's values (nearest_value_oracle.hpp), on all
// binary16 and bfloat16 inputs and around every code, midpoint and limit in binary32 and binary64;
// and the choice of casts itself.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "reference/format/cast.hpp"
#include "reference/format/nearest_value_oracle.hpp"

namespace assay {
namespace {

constexpr Format kSources[]{Format::f32, Format::f16, Format::bf16, Format::f64};

double exact_value(Format from, std::uint64_t bits) {
  if (from == Format::f64) return std::bit_cast<double>(bits);
  if (from == Format::f32) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  if (from == Format::bf16) return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  const auto exponent = static_cast<int>((bits >> 10) & 0x1F);
  const auto fraction = static_cast<double>(bits & 0x3FF);
  const double magnitude = exponent == 0x1F ? (fraction == 0 ? INFINITY : NAN)
                           : exponent == 0  ? std::ldexp(fraction, -24)
                                            : std::ldexp(1024 + fraction, exponent - 25);
  return std::copysign(magnitude, (bits & 0x8000) != 0 ? -1.0 : 1.0);
}

std::vector<std::uint64_t> sixteen_bit_patterns() {
  std::vector<std::uint64_t> patterns(0x10000);
  for (std::size_t i = 0; i < patterns.size(); ++i)
    patterns[i] = i;
  return patterns;
}

// Both signs of: the patterns within 2 of each value of a code, of each midpoint, of powers of two
// and of the specials; NaN payloads; random patterns.
std::vector<std::uint64_t> directed_patterns(Format from, Format to) {
  const bool is_wide = from == Format::f64;
  const std::uint64_t sign = is_wide ? std::uint64_t{1} << 63 : std::uint64_t{1} << 31;
  std::vector<std::uint64_t> patterns;
  const auto add_around = [&](double value) {
    const std::uint64_t bits = is_wide ? std::bit_cast<std::uint64_t>(value)
                                       : std::bit_cast<std::uint32_t>(static_cast<float>(value));
    for (std::uint64_t near = bits - 2; near != bits + 3; ++near) {
      patterns.push_back(near & (sign - 1));
      patterns.push_back((near & (sign - 1)) | sign);
    }
    // One part in 2^40 beside a tie: lost where binary64 passes through binary32.
    if (is_wide) patterns.push_back(bits + (std::uint64_t{1} << 12));
  };
  const FloatFormat& layout = format_info(to).layout;
  const std::uint64_t step = std::max<std::uint64_t>(layout.max_code() / 2048, 1);
  for (std::uint64_t code = 0; code <= layout.max_code(); code += step) {
    const double low = decode(to, code << layout.padding_bits);
    const double high = code == layout.max_code()
                            ? 2 * low - decode(to, (code - 1) << layout.padding_bits)
                            : decode(to, (code + 1) << layout.padding_bits);
    for (const double value : {low, (low + high) / 2, high})
      add_around(value);
  }
  for (int exponent = is_wide ? -1074 : -149; exponent <= (is_wide ? 1023 : 127); ++exponent) {
    add_around(std::ldexp(1.0, exponent));
    add_around(std::ldexp(1.5, exponent));
  }
  for (const double value : {0.0, static_cast<double>(INFINITY), static_cast<double>(NAN)})
    add_around(value);
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i)
    patterns.push_back(is_wide ? random() : random() >> 32);
  return patterns;
}

std::vector<std::uint32_t> array_codes(const Cast& cast,
                                       const std::vector<std::uint64_t>& patterns) {
  const auto source_bytes = static_cast<std::size_t>(format_bytes(cast.from));
  const auto code_bytes = static_cast<std::size_t>(format_bytes(cast.to));
  std::vector<std::byte> source(patterns.size() * source_bytes);
  for (std::size_t i = 0; i < patterns.size(); ++i)
    std::memcpy(&source[i * source_bytes], &patterns[i], source_bytes);
  std::vector<std::byte> packed(patterns.size() * code_bytes);
  cast_array(cast, source, packed);
  std::vector<std::uint32_t> codes(patterns.size());
  for (std::size_t i = 0; i < codes.size(); ++i)
    std::memcpy(&codes[i], &packed[i * code_bytes], code_bytes);
  return codes;
}

std::string described(const Cast& cast) {
  return fmt::format("{} to {}, {} {}", format_info(cast.from).name, format_info(cast.to).name,
                     cast_policy_name(cast.policy), rounding_name(cast.rounding));
}

template <typename Visit>
void for_each_cast(Visit visit) {
  for (const Format from : kSources) {
    for (const FormatInfo& to : formats()) {
      for (const Cast& cast : casts_between(from, to.format))
        visit(cast);
    }
  }
}

std::vector<std::uint64_t> patterns_for(Format from, Format to) {
  return format_bytes(from) == 2 ? sixteen_bit_patterns() : directed_patterns(from, to);
}

TEST(CastPolicies, EveryCastFindsTheNearestValue) {
  for_each_cast([](const Cast& cast) {
    const NearestValueOracle oracle(cast.to);
    const std::vector<std::uint64_t> patterns = patterns_for(cast.from, cast.to);
    const std::vector<std::uint32_t> codes = array_codes(cast, patterns);
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const double value = exact_value(cast.from, patterns[i]);
      ASSERT_EQ(codes[i], oracle.cast(cast, patterns[i], value))
          << described(cast) << std::hex << ": 0x" << patterns[i] << " = " << value;
    }
  });
}

TEST(CastPolicies, SingleValuesConvertLikeArrays) {
  for_each_cast([](const Cast& cast) {
    std::vector<std::uint64_t> patterns = patterns_for(cast.from, cast.to);
    patterns.resize(1500);
    const std::vector<std::uint32_t> codes = array_codes(cast, patterns);
    for (std::size_t i = 0; i < patterns.size(); i += 7)
      ASSERT_EQ(cast_code(cast, patterns[i]), codes[i]) << described(cast);
  });
}

TEST(CastPolicies, ArraysMayBeEmptyAndUnaligned) {
  const Cast cast = make_cast(Format::f32, Format::bf16, CastPolicy::cuda_nosat).value();
  cast_array(cast, {}, {});
  std::vector<std::byte> source(4 * 37 + 1);
  std::vector<std::byte> codes(2 * 37 + 2, std::byte{0xA5});
  for (std::size_t i = 0; i < 37; ++i) {
    const auto value = static_cast<float>(i);
    std::memcpy(&source[4 * i + 1], &value, 4);
  }
  cast_array(cast, std::span(source).subspan(1), std::span(codes).subspan(1, 2 * 37));
  for (std::size_t i = 0; i < 37; ++i) {
    std::uint16_t code = 0;
    std::memcpy(&code, &codes[2 * i + 1], 2);
    EXPECT_EQ(decode(Format::bf16, code), static_cast<double>(i));
  }
  EXPECT_EQ(codes.front(), std::byte{0xA5});
  EXPECT_EQ(codes.back(), std::byte{0xA5});
}

TEST(CastPolicies, EveryFiniteCodeComesBackFromEverySourceThatHoldsIt) {
  for_each_cast([](const Cast& cast) {
    const FloatFormat& layout = format_info(cast.to).layout;
    for (std::uint64_t code = 0; code <= layout.max_code(); ++code) {
      const double value = decode(cast.to, code << layout.padding_bits);
      std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
      if (cast.from != Format::f64) {
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
        if (cast.from == Format::bf16) bits >>= 16;
        if (cast.from == Format::f16) {
          const Cast to_f16 = make_cast(Format::f32, Format::f16, CastPolicy::cuda_nosat).value();
          bits = cast_code(to_f16, bits);
        }
        if (exact_value(cast.from, bits) != value) continue;
      }
      // onnx rounds 2^-127 itself up, for it reads code 0 as zero.
      const bool is_onnx_up =
          cast.to == Format::e8m0 && cast.rounding == Rounding::rp &&
          (cast.policy == CastPolicy::onnx_saturate || cast.policy == CastPolicy::onnx_nosaturate);
      const std::uint64_t expected = is_onnx_up && code == 0 ? 1 : code;
      ASSERT_EQ(cast_code(cast, bits), expected << layout.padding_bits)
          << described(cast) << ": " << value;
    }
  });
}

TEST(CastPolicies, CodesGrowWithTheMagnitudeAndMirrorAcrossZero) {
  for_each_cast([](const Cast& cast) {
    if (format_bytes(cast.from) != 2) return;
    const std::vector<std::uint32_t> codes = array_codes(cast, sixteen_bit_patterns());
    const FloatFormat& layout = format_info(cast.to).layout;
    const std::uint32_t infinity = cast.from == Format::f16 ? 0x7C00 : 0x7F80;
    // ml_dtypes sends what E8M0 cannot hold to NaN: zero and negative values.
    const bool above_zero_only = cast.to == Format::e8m0 && cast.policy == CastPolicy::ml_dtypes;
    for (std::uint32_t bits = above_zero_only ? 2 : 1; bits <= infinity; ++bits)
      ASSERT_LE(codes[bits - 1], codes[bits]) << described(cast) << " " << bits;
    const std::uint32_t sign = layout.has_sign ? 1u << layout.sign_shift() : 0;
    for (std::uint32_t bits = 0; bits <= infinity && !above_zero_only; ++bits)
      ASSERT_EQ(codes[bits | 0x8000], codes[bits] | sign) << described(cast) << " " << bits;
  });
}

TEST(CastPolicies, CastsWithOneCanonicalCastAreExactlyThoseWithEqualCodes) {
  for (const Format from : {Format::f16, Format::bf16}) {
    for (const FormatInfo& to : formats()) {
      std::vector<std::pair<Cast, std::vector<std::uint32_t>>> distinct;
      for (const Cast& cast : casts_between(from, to.format)) {
        const std::vector<std::uint32_t> codes = array_codes(cast, sixteen_bit_patterns());
        const auto same = std::find_if(distinct.begin(), distinct.end(),
                                       [&](const auto& other) { return other.second == codes; });
        const Cast expected = same == distinct.end() ? cast : same->first;
        if (same == distinct.end()) distinct.emplace_back(cast, codes);
        EXPECT_EQ(canonical_cast(cast), expected) << described(cast);
      }
    }
  }
}

}  // namespace
}  // namespace assay
