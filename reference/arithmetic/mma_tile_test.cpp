// SPDX-License-Identifier: Apache-2.0
// Tiles under a model against the scalar model, which published GPU outputs judge
// (vectors/io/tensor_core_data_test.cpp), and chains against the C library's fma and MPFR.
#include "reference/arithmetic/mma_tile.hpp"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>
#include <mpfr.h>

#include "reference/arithmetic/mma_tile_cases.hpp"
#include "reference/simd_test.hpp"

namespace assay {
namespace {

constexpr std::uint32_t kNaN = 0x7FFFFFFF, kNaN16 = 0x7FFF;

std::uint32_t c_bits(const MmaForm& form, const MmaTile& tile, std::size_t i) {
  return form.accumulator == Format::f16 ? tile.c[i] & 0xFFFF : tile.c[i];
}

double value(Format format, std::uint32_t code) {
  return decode(format, format == Format::tf32 ? code & 0xFFFFE000 : code);
}

// Calls body(a codes, b codes, index) for every output.
template <typename Body>
void for_outputs(const MmaForm& form, const MmaTile& tile, Body body) {
  for (std::size_t i = 0; i < kMmaOutputs; ++i)
    body(tile_codes(form.a, form.products, tile.a[i / kMmaColumns]),
         tile_codes(form.b, form.products, tile.b[i % kMmaColumns]), i);
}

// Exact in every step, rounded once to binary16 (MPFR: 11 bits, subnormals from 2^-24).
std::uint32_t f16_fma(double a, double b, std::uint32_t c) {
  mpfr_t x, y, z, exact;
  mpfr_inits2(53, x, y, z, nullptr);
  mpfr_init2(exact, 200);
  mpfr_set_d(x, a, MPFR_RNDN);
  mpfr_set_d(y, b, MPFR_RNDN);
  mpfr_set_d(z, decode(Format::f16, c), MPFR_RNDN);
  mpfr_fma(exact, x, y, z, MPFR_RNDN);
  const auto emin = mpfr_get_emin(), emax = mpfr_get_emax();
  mpfr_set_emin(-23);
  mpfr_set_emax(16);
  mpfr_t rounded;
  mpfr_init2(rounded, 11);
  const int ternary = mpfr_set(rounded, exact, MPFR_RNDN);
  mpfr_subnormalize(rounded, mpfr_check_range(rounded, ternary, MPFR_RNDN), MPFR_RNDN);
  const double result = mpfr_get_d(rounded, MPFR_RNDN);
  mpfr_set_emin(emin);
  mpfr_set_emax(emax);
  mpfr_clears(x, y, z, exact, rounded, nullptr);
  if (std::isnan(result)) return kNaN16;
  const std::uint32_t sign = std::signbit(result) ? 0x8000 : 0;
  const double size = std::fabs(result);
  if (std::isinf(size)) return sign | 0x7C00;
  if (size < 0x1p-14) return sign | static_cast<std::uint32_t>(size * 0x1p24);
  int exponent = 0;
  const double fraction = std::frexp(size, &exponent);
  return sign | (static_cast<std::uint32_t>(exponent + 14) << 10 |
                 (static_cast<std::uint32_t>(fraction * 2048) & 0x3FF));
}

std::uint32_t chain_of(const MmaForm& form, const std::vector<std::uint32_t>& a,
                       const std::vector<std::uint32_t>& b, std::uint32_t c) {
  if (form.accumulator == Format::f16) {
    for (std::size_t k = 0; k < a.size(); ++k)
      c = f16_fma(value(form.a, a[k]), value(form.b, b[k]), c);
    return c;
  }
  auto sum = std::bit_cast<float>(c);
  for (std::size_t k = 0; k < a.size(); ++k)
    sum = std::fma(static_cast<float>(value(form.a, a[k])), static_cast<float>(value(form.b, b[k])),
                   sum);
  return std::isnan(sum) ? kNaN : std::bit_cast<std::uint32_t>(sum);
}

TEST(MmaTile, AChainIsThatOfFusedMultiplyAddsOfTheCLibraryAndMpfr) {
  TileMaker maker(1);
  for (const MmaForm& form : mma_forms()) {
    SCOPED_TRACE(form_text(form));
    for (const TileKind kind : kTileKinds) {
      for (int round = 0; round < (form.accumulator == Format::f16 ? 4 : 20); ++round) {
        const MmaTile tile = maker.make(form, kind);
        const auto result = on_every_path([&] {
          MmaResult values;
          mma_fma_chain(form, tile, values);
          return values;
        });
        for_outputs(form, tile, [&](const auto& a, const auto& b, std::size_t i) {
          ASSERT_EQ(result[i], chain_of(form, a, b, c_bits(form, tile, i))) << i;
        });
      }
    }
  }
}

// Which forms a model computes.
bool computes(const TensorCoreModel& model, const MmaForm& form) {
  const bool is_fp8 = form.a == Format::e4m3 || form.a == Format::e5m2;
  return model.accumulator == form.accumulator &&
         model.operands == (is_fp8 ? "fp8" : format_info(form.a).name);
}

TEST(MmaTile, AModelIsTheScalarModelOfEveryRowAndColumn) {
  TileMaker maker(2);
  for (const TensorCoreModel& model : tensor_core_models()) {
    for (const MmaForm& form : mma_forms()) {
      if (!computes(model, form)) continue;
      SCOPED_TRACE(model.name + " " + form_text(form));
      for (const TileKind kind : kTileKinds) {
        for (int round = 0; round < 3; ++round) {
          const MmaTile tile = maker.make(form, kind);
          const auto result = on_every_path([&] {
            MmaResult values;
            mma_model(model, form, tile, values);
            return values;
          });
          for_outputs(form, tile, [&](const auto& a, const auto& b, std::size_t i) {
            ASSERT_EQ(result[i],
                      tensor_core_dot(model, form.a, a, form.b, b, c_bits(form, tile, i)).value())
                << i;
          });
        }
      }
    }
  }
}

// One row of A and column of B; the other outputs are zero.
MmaTile f16_tile(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b,
                 std::uint32_t c) {
  MmaTile tile;
  for (std::size_t k = 0; k < a.size(); ++k) {
    for (std::size_t byte = 0; byte < 2; ++byte) {
      tile.a[0][2 * k + byte] = static_cast<std::uint8_t>(a[k] >> (8 * byte));
      tile.b[0][2 * k + byte] = static_cast<std::uint8_t>(b[k] >> (8 * byte));
    }
  }
  tile.c[0] = c;
  return tile;
}

// Worked cases of MMA-Sim (tensor_core_test.cpp): 1 + 2^-25 - 1.
TEST(MmaTile, TheThreeRulesPartWhereABitIsLost) {
  const MmaForm form;
  const MmaTile tile = f16_tile({0x3C00, 0x0C00, 0xBC00}, {0x3C00, 0x0800, 0x3C00}, 0);
  MmaResult result;
  mma_model(*find_tensor_core_model("sm_100/mma.f16").value(), form, tile, result);
  EXPECT_EQ(result[0], 0x33000000u);
  mma_model(*find_tensor_core_model("sm_80/mma.f16").value(), form, tile, result);
  EXPECT_EQ(result[0], 0u);
  mma_fma_chain(form, tile, result);
  EXPECT_EQ(result[0], 0u);
  const MmaOutputs doubtful = mma_certified(form, tile, result);
  EXPECT_EQ(doubtful.rows, (std::array<std::uint16_t, 8>{1}));
}

// 1 + 2^-10 and a product just below a tie; 1 and one just above. The binary32 sum is the tie.
TEST(MmaTile, AChainInBinary16RoundsOnceWhereBinary32WouldHideTheTie) {
  const MmaForm form{Format::f16, Format::f16, Format::f16, 16};
  for (const std::uint32_t sign : {0u, 0x8000u}) {
    const auto chain = [&](std::uint32_t a, std::uint16_t b, std::uint32_t c) {
      MmaResult result;
      mma_fma_chain(form, f16_tile({static_cast<std::uint16_t>(a | sign)}, {b}, c | sign), result);
      return result[0] ^ sign;
    };
    EXPECT_EQ(chain(0x3C01, 0x0FFE, 0x3C01), 0x3C01u);  // (1 + 2^-10) * 2^-11 * (1 - 2^-10)
    EXPECT_EQ(chain(0x3C20, 0x0FC2, 0x3C00), 0x3C01u);  // 2^-11 + 2^-26
  }
}

TEST(MmaTile, AProductBeyondBinary32MayStillLeadToAFiniteSum) {
  const MmaForm form{Format::bf16, Format::bf16, Format::f32, 16};
  MmaResult result;
  mma_fma_chain(form, f16_tile({0x5F80}, {0x5F80}, 0xFF000000), result);
  EXPECT_EQ(result[0], 0x7F000000u);  // 2^64 * 2^64 - 2^127
}

// A worked case of MMA-Sim: 1 + 2^-11 + 2^-25 is above the tie.
TEST(MmaTile, ABinary16ResultRoundsTheWholeSum) {
  const MmaForm form{Format::f16, Format::f16, Format::f16, 16};
  MmaResult result;
  mma_model(*find_tensor_core_model("sm_100/mma.f16.f16").value(), form,
            f16_tile({0x3C00, 0x1000, 0x0C00}, {0x3C00, 0x3C00, 0x0800}, 0), result);
  EXPECT_EQ(result[0], 0x3C01u);
}

// The models' choice where studies differ: 2^-25 + 2^-47 is kept, 2^-25 + 2^-48 is not.
TEST(MmaTile, ZerosCountAsTheirExponent) {
  const MmaForm form{Format::f16, Format::f16, Format::f16, 16};
  const TensorCoreModel& model = *find_tensor_core_model("sm_100/mma.f16.f16").value();
  MmaResult result;
  mma_model(model, form, f16_tile({0x0C00, 0x0002}, {0x0800, 0x0001}, 0), result);
  EXPECT_EQ(result[0], 1u);
  mma_model(model, form, f16_tile({0x0C00, 0x0001}, {0x0800, 0x0001}, 0), result);
  EXPECT_EQ(result[0], 0u);
}

TEST(MmaTile, TheResultMayBeTheTilesOwnC) {
  TileMaker maker(3);
  const MmaForm form;
  const TensorCoreModel& model = *find_tensor_core_model("sm_80/mma.f16").value();
  for (const TileKind kind : kTileKinds) {
    const MmaTile tile = maker.make(form, kind);
    MmaResult result;
    MmaTile own = tile;
    mma_fma_chain(form, tile, result);
    mma_fma_chain(form, own, own.c);
    EXPECT_EQ(own.c, result);
    own = tile;
    mma_certified(form, own, own.c);
    EXPECT_EQ(own.c, result);
    own = tile;
    mma_model(model, form, tile, result);
    mma_model(model, form, own, own.c);
    EXPECT_EQ(own.c, result);
  }
}

TEST(MmaTile, FormsThatNoInstructionHasAreErrors) {
  const auto error = [](const MmaForm& form) {
    const Status status = check_mma_form(form);
    return status ? std::string("none") : status.error().message;
  };
  EXPECT_EQ(error({}), "none");
  EXPECT_EQ(error({Format::e4m3, Format::e5m2, Format::f16, 32}), "none");
  EXPECT_EQ(error({Format::f16, Format::bf16, Format::f32, 16}),
            "no matrix instruction multiplies f16 by bf16");
  EXPECT_EQ(error({Format::e2m1, Format::e2m1, Format::f32, 32}),
            "no matrix instruction multiplies e2m1 by e2m1");
  EXPECT_EQ(error({Format::bf16, Format::bf16, Format::f16, 16}),
            "no matrix instruction accumulates products of bf16 in f16");
  EXPECT_EQ(error({Format::f16, Format::f16, Format::f32, 32}),
            "no matrix instruction of 16 by 8 outputs has K = 32 of f16");
  EXPECT_EQ(error({Format::tf32, Format::tf32, Format::f32, 6}),
            "no matrix instruction of 16 by 8 outputs has K = 6 of tf32");
}

}  // namespace
}  // namespace assay
