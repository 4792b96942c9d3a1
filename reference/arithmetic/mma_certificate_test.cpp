// SPDX-License-Identifier: Apache-2.0
// The certificate of mma_tile.hpp against its definition in GMP integers, and against what it
// promises: the same bits in any order, in any precision, under every model.
#include <algorithm>
#include <bit>
#include <cmath>

#include <gmpxx.h>
#include <gtest/gtest.h>

#include "reference/arithmetic/mma_tile.hpp"
#include "reference/arithmetic/mma_tile_cases.hpp"
#include "reference/simd_test.hpp"

namespace assay {
namespace {

struct Certified {
  MmaResult result;
  MmaOutputs doubtful;
  bool operator==(const Certified&) const = default;
};

Certified certify(const MmaForm& form, const MmaTile& tile) {
  return on_every_path([&] {
    Certified certified;
    certified.doubtful = mma_certified(form, tile, certified.result);
    return certified;
  });
}

double value(Format format, std::uint32_t code) {
  if (format == Format::tf32) code &= 0xFFFFE000;
  if (format == Format::f16) code &= 0xFFFF;
  return decode(format, code);
}

// All products and c.
std::vector<double> terms_of(const MmaForm& form, const MmaTile& tile, std::size_t i) {
  const auto a = tile_codes(form.a, form.products, tile.a[i / kMmaColumns]);
  const auto b = tile_codes(form.b, form.products, tile.b[i % kMmaColumns]);
  std::vector<double> terms;
  for (std::size_t k = 0; k < a.size(); ++k)
    terms.push_back(value(form.a, a[k]) * value(form.b, b[k]));
  terms.push_back(value(form.accumulator, tile.c[i]));
  return terms;
}

bool has_subnormal(const MmaForm& form, const MmaTile& tile, std::size_t i) {
  const auto is_subnormal = [](Format format, double x) {
    return x != 0 && std::fabs(x) < std::ldexp(1.0, 1 - format_info(format).layout.bias);
  };
  const auto a = tile_codes(form.a, form.products, tile.a[i / kMmaColumns]);
  const auto b = tile_codes(form.b, form.products, tile.b[i % kMmaColumns]);
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double x = value(form.a, a[k]), y = value(form.b, b[k]);
    if (x == 0 || y == 0) continue;
    if (is_subnormal(form.a, x) || is_subnormal(form.b, y)) return true;
  }
  return is_subnormal(form.accumulator, value(form.accumulator, tile.c[i]));
}

// In units of 2^-400, which divides every product of two subnormals.
bool sums_are_exact(const std::vector<double>& terms, Format accumulator) {
  const FloatFormat& format = format_info(accumulator).layout;
  mpz_class sum = 0;
  mp_bitcnt_t unit = 100000;
  for (const double term : terms) {
    int exponent = 0;
    mpz_class integer = std::ldexp(std::frexp(std::fabs(term), &exponent), 53);
    integer <<= static_cast<mp_bitcnt_t>(exponent - 53 + 400);
    if (integer != 0) unit = std::min(unit, mpz_scan1(integer.get_mpz_t(), 0));
    sum += integer;
  }
  if (sum == 0) return true;
  const mpz_class one = 1;
  const bool is_in_range = sum < (one << static_cast<mp_bitcnt_t>(400 + format.bias + 1));
  const auto last_place = static_cast<mp_bitcnt_t>(400 + 1 - format.bias - format.fraction_bits);
  return is_in_range && unit >= last_place &&
         sum < (one << (unit + static_cast<mp_bitcnt_t>(format.fraction_bits + 1)));
}

MmaDoubt expected_doubt(const MmaForm& form, const MmaTile& tile, std::size_t i) {
  const std::vector<double> terms = terms_of(form, tile, i);
  const auto some = [&](auto predicate) { return std::ranges::any_of(terms, predicate); };
  const bool has_plus = some([](double x) { return std::isinf(x) && x > 0; });
  const bool has_minus = some([](double x) { return std::isinf(x) && x < 0; });
  if (some([](double x) { return std::isnan(x); }) || (has_plus && has_minus))
    return MmaDoubt::none;
  if (has_subnormal(form, tile, i)) return MmaDoubt::subnormal;
  if (std::ranges::all_of(terms, [](double x) { return x == 0 && std::signbit(x); }))
    return MmaDoubt::minus_zero;
  if (has_plus || has_minus) {
    double size = 0;
    for (const double x : terms)
      size += std::isinf(x) ? 0 : std::fabs(x);
    const double limit = std::ldexp(1.0, format_info(form.accumulator).layout.bias + 1);
    return size < limit ? MmaDoubt::none : MmaDoubt::inexact;
  }
  return sums_are_exact(terms, form.accumulator) ? MmaDoubt::none : MmaDoubt::inexact;
}

TEST(MmaCertificate, AgreesWithItsDefinitionInIntegers) {
  TileMaker maker(10);
  std::array<int, 4> seen{};
  for (const MmaForm& form : mma_forms()) {
    SCOPED_TRACE(form_text(form));
    for (const TileKind kind : kTileKinds) {
      for (int round = 0; round < 10; ++round) {
        const MmaTile tile = maker.make(form, kind);
        const Certified certified = certify(form, tile);
        for (std::size_t i = 0; i < kMmaOutputs; ++i) {
          const std::size_t row = i / kMmaColumns, column = i % kMmaColumns;
          const MmaDoubt expected = expected_doubt(form, tile, i);
          ++seen[static_cast<std::size_t>(expected)];
          ASSERT_EQ(mma_doubt(form, tile, row, column), expected) << i;
          ASSERT_EQ(certified.doubtful.contains(row, column), expected != MmaDoubt::none) << i;
        }
      }
    }
  }
  for (const int count : seen)
    EXPECT_GT(count, 100) << "every answer is tried";
}

TEST(MmaCertificate, TheValuesAreTheChains) {
  TileMaker maker(11);
  for (const MmaForm& form : mma_forms()) {
    for (const TileKind kind : kTileKinds) {
      const MmaTile tile = maker.make(form, kind);
      MmaResult chain;
      mma_fma_chain(form, tile, chain);
      EXPECT_EQ(certify(form, tile).result, chain) << form_text(form);
    }
  }
}

bool computes(const TensorCoreModel& model, const MmaForm& form) {
  const bool is_fp8 = form.a == Format::e4m3 || form.a == Format::e5m2;
  return model.accumulator == form.accumulator &&
         model.operands == (is_fp8 ? "fp8" : format_info(form.a).name);
}

TEST(MmaCertificate, EveryModelReturnsWhatIsCertifiedWhereItKeepsThePrecisionThatPtxPromises) {
  TileMaker maker(12);
  int certified_outputs = 0;
  for (const TensorCoreModel& model : tensor_core_models()) {
    // Ada's and Hopper's FP8 steps keep 13 fraction bits, less than PTX says.
    if (model.operands == "fp8" && model.step.fraction_bits == 13) continue;
    for (const MmaForm& form : mma_forms()) {
      if (!computes(model, form)) continue;
      SCOPED_TRACE(model.name + " " + form_text(form));
      for (const TileKind kind : kTileKinds) {
        const MmaTile tile = maker.make(form, kind);
        const Certified certified = certify(form, tile);
        MmaResult result;
        mma_model(model, form, tile, result);
        for (std::size_t i = 0; i < kMmaOutputs; ++i) {
          if (certified.doubtful.contains(i / kMmaColumns, i % kMmaColumns)) continue;
          ++certified_outputs;
          ASSERT_EQ(result[i], certified.result[i]) << i;
        }
      }
    }
  }
  EXPECT_GT(certified_outputs, 50'000);
}

// Adds any two of what is left, until one is left.
float sum_in_any_order(std::vector<double> terms, std::mt19937& generator) {
  std::vector<float> left(terms.begin(), terms.end());
  while (left.size() > 1) {
    std::ranges::shuffle(left, generator);
    left[left.size() - 2] += left.back();
    left.pop_back();
  }
  return left.front();
}

TEST(MmaCertificate, CertifiedSumsAreTheSameInAnyOrder) {
  TileMaker maker(13);
  std::mt19937 generator(14);
  for (const MmaForm& form : mma_forms()) {
    if (form.accumulator != Format::f32) continue;
    SCOPED_TRACE(form_text(form));
    const MmaTile tile = maker.make(form, TileKind::lattice);
    const Certified certified = certify(form, tile);
    for (std::size_t i = 0; i < kMmaOutputs; ++i) {
      if (certified.doubtful.contains(i / kMmaColumns, i % kMmaColumns)) continue;
      for (int order = 0; order < 10; ++order)
        ASSERT_EQ(
            std::bit_cast<std::uint32_t>(sum_in_any_order(terms_of(form, tile, i), generator)),
            certified.result[i]);
    }
  }
}

MmaForm f16_form(Format accumulator) {
  return {Format::f16, Format::f16, accumulator, 8};
}
MmaTile one_output(const std::vector<std::array<std::uint16_t, 2>>& factors, std::uint32_t c) {
  MmaTile tile;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    for (std::size_t byte = 0; byte < 2; ++byte) {
      tile.a[0][2 * k + byte] = static_cast<std::uint8_t>(factors[k][0] >> (8 * byte));
      tile.b[0][2 * k + byte] = static_cast<std::uint8_t>(factors[k][1] >> (8 * byte));
    }
  }
  tile.c[0] = c;
  return tile;
}
MmaDoubt doubt(Format accumulator, const std::vector<std::array<std::uint16_t, 2>>& factors,
               std::uint32_t c) {
  const MmaForm form = f16_form(accumulator);
  const MmaTile tile = one_output(factors, c);
  const MmaDoubt result = mma_doubt(form, tile, 0, 0);
  EXPECT_EQ(certify(form, tile).doubtful.contains(0, 0), result != MmaDoubt::none);
  return result;
}

TEST(MmaCertificate, TheBoundIsTwoToTheTwentyFourUnits) {
  // 2^23 + ... + 1: below 2^24 units of 1 is certified, 2^24 is not.
  EXPECT_EQ(doubt(Format::f32, {{0x3C00, 0x3C00}}, 0x4B7FFFFE), MmaDoubt::none);  // 2^24 - 2
  EXPECT_EQ(doubt(Format::f32, {{0x3C00, 0x3C00}}, 0x4B7FFFFF), MmaDoubt::inexact);
  EXPECT_EQ(doubt(Format::f32, {{0xBC00, 0x3C00}}, 0x4B7FFFFF), MmaDoubt::inexact)
      << "magnitudes count: a partial sum may be larger than the sum";
}

TEST(MmaCertificate, EveryTermCounts) {
  for (std::size_t k = 0; k < 8; ++k) {
    std::vector<std::array<std::uint16_t, 2>> large(8, {0x3C00, 0x3C00}), small = large;
    large[k] = {0x7800, 0x7800};  // 2^30
    EXPECT_EQ(doubt(Format::f32, large, 0), MmaDoubt::inexact) << k;
    small[k] = {0x0400, 0x0400};  // 2^-28
    EXPECT_EQ(doubt(Format::f32, small, 0), MmaDoubt::inexact) << k;
    small[k] = {0x0400, 0x3C00};
    EXPECT_EQ(doubt(Format::f32, small, 0), MmaDoubt::none) << k;
  }
}

TEST(MmaCertificate, ManyTermsAddUp) {
  std::vector<std::array<std::uint16_t, 2>> factors(3, {0x67FF, 0x67FF});  // 2047^2, odd
  EXPECT_EQ(doubt(Format::f32, factors, 0), MmaDoubt::none);
  factors.push_back({0x67FF, 0x67FF});
  EXPECT_EQ(doubt(Format::f32, factors, 0), MmaDoubt::none) << "just below 2^24";
  factors.push_back({0x67FF, 0x67FF});
  EXPECT_EQ(doubt(Format::f32, factors, 0), MmaDoubt::inexact);
}

TEST(MmaCertificate, Binary16AccumulatorsHaveElevenBitsAndTheirOwnRange) {
  EXPECT_EQ(doubt(Format::f16, {{0x3C00, 0x3C00}}, 0x67FE), MmaDoubt::none);     // 2046 + 1
  EXPECT_EQ(doubt(Format::f16, {{0x3C00, 0x3C00}}, 0x67FF), MmaDoubt::inexact);  // 2047 + 1
  EXPECT_EQ(doubt(Format::f16, {{0x7800, 0x3C00}}, 0x7000), MmaDoubt::none);     // 2^15 + 2^13
  EXPECT_EQ(doubt(Format::f16, {{0x7800, 0x3C00}}, 0x7800), MmaDoubt::inexact) << "overflow";
  EXPECT_EQ(doubt(Format::f16, {{0x0400, 0x1400}}, 0), MmaDoubt::none);  // 2^-14 * 2^-10
  EXPECT_EQ(doubt(Format::f16, {{0x0400, 0x1000}}, 0), MmaDoubt::inexact) << "2^-25 is no binary16";
}

TEST(MmaCertificate, SubnormalsZerosAndSpecialOperands) {
  EXPECT_EQ(doubt(Format::f32, {{0x0001, 0x3C00}}, 0), MmaDoubt::subnormal);
  EXPECT_EQ(doubt(Format::f32, {{0x0001, 0x0000}}, 0), MmaDoubt::none);
  EXPECT_EQ(doubt(Format::f32, {}, 0x00000001), MmaDoubt::subnormal);
  EXPECT_EQ(doubt(Format::f32, {{0x7E00, 0x0001}}, 0), MmaDoubt::none) << "NaN in every order";
  EXPECT_EQ(doubt(Format::f32, {{0x7C00, 0x3C00}}, 0x3F800001), MmaDoubt::none) << "one Inf";
  EXPECT_EQ(doubt(Format::f32, {{0x7C00, 0x3C00}, {0x7C00, 0xBC00}}, 0), MmaDoubt::none);
  EXPECT_EQ(doubt(Format::f16, {{0x7C00, 0x3C00}, {0xF800, 0x4000}}, 0), MmaDoubt::inexact)
      << "-2^16 is -Inf in binary16, and NaN with Inf";
  // One output of a tile whose others are +0: all terms must be -0.
  MmaTile tile = one_output({}, 0x80000000);
  const MmaForm form = f16_form(Format::f32);
  EXPECT_FALSE(certify(form, tile).doubtful.contains(0, 0)) << "+0 products and -0 make +0";
  for (std::size_t k = 0; k < 8; ++k)
    tile.a[0][2 * k + 1] = 0x80;
  EXPECT_EQ(mma_doubt(form, tile, 0, 0), MmaDoubt::minus_zero);
  EXPECT_EQ(certify(form, tile).doubtful.rows, (std::array<std::uint16_t, 8>{1}));
}

}  // namespace
}  // namespace assay
