// SPDX-License-Identifier: Apache-2.0
// mma.sync in kernels against plain sums of products in exact arithmetic: PTX ISA, "Warp-level
// Matrix Instructions: mma".
#include <limits>
#include <random>

#include "cuda/emulator/instructions/mma_test_case.hpp"

namespace assay::emulator {
namespace {

TEST(Mma, OfSmallIntegersIsTheExactSumInEveryFloatFormatAndPolicy) {
  std::mt19937 random(11);
  for (const FloatCase& c : float_cases()) {
    const MmaCase mma = case_of(c);
    const int limit = c.accumulator == Format::f16 ? 3 : 7;
    std::vector<Code> a_codes, b_codes, c_codes;
    for (int v = -limit; v <= limit; ++v) {
      a_codes.push_back(encode_exactly(c.a, v));
      b_codes.push_back(encode_exactly(c.b, v));
      c_codes.push_back(encode_exactly(c.accumulator, v));
    }
    const auto draw = [&](const std::vector<Code>& codes) {
      return [&] { return codes[random() % codes.size()]; };
    };
    const Operands operands = make(mma, draw(a_codes), draw(b_codes), draw(c_codes));
    for (const MmaPolicy policy : {MmaPolicy::certified, MmaPolicy::model, MmaPolicy::fma}) {
      const MmaOutcome outcome = run(mma, operands, policy);
      EXPECT_TRUE(outcome.findings.empty()) << mma.spelling << outcome.findings[0].text();
      for (std::size_t row = 0; row < mma.m(); ++row)
        for (std::size_t column = 0; column < 8; ++column) {
          double sum = decode(c.accumulator, operands.c[row][column]);
          for (std::size_t k = 0; k < mma.k(); ++k)
            sum += decode(c.a, operands.a[row][k]) * decode(c.b, operands.b[column][k]);
          ASSERT_EQ(outcome.d[row][column], encode_exactly(c.accumulator, sum + 0.0))
              << mma.spelling << " " << row << " " << column;
        }
    }
  }
}

// .f64: each product and sum is one fused multiply-add, k increasing, with the rounding that is
// spelled.
TEST(Mma, OfF64IsAChainOfFusedMultiplyAdds) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> distribution(-1, 1);
  const auto draw = [&] { return std::bit_cast<Code>(distribution(random)); };
  for (const auto& [rounding, direction] :
       std::vector<std::pair<std::string, double>>{{"", 0}, {".rz", 0}, {".rm", -1}, {".rp", 1}}) {
    const MmaCase mma{"m16n8k16.row.col" + rounding + ".f64.f64.f64.f64", &fragment(64, 16, 16),
                      64};
    const Operands operands = make(mma, draw, draw, draw);
    const MmaOutcome outcome = run(mma, operands);
    EXPECT_TRUE(outcome.findings.empty());
    std::size_t same = 0;
    for (std::size_t row = 0; row < 16; ++row)
      for (std::size_t column = 0; column < 8; ++column) {
        double sum = std::bit_cast<double>(operands.c[row][column]);
        for (std::size_t k = 0; k < 16; ++k)
          sum = std::fma(std::bit_cast<double>(operands.a[row][k]),
                         std::bit_cast<double>(operands.b[column][k]), sum);
        const auto d = std::bit_cast<double>(outcome.d[row][column]);
        same += d == sum ? 1 : 0;
        if (rounding.empty()) {
          ASSERT_EQ(outcome.d[row][column], std::bit_cast<Code>(sum));
        } else {
          EXPECT_NEAR(d, sum, 1e-13);
          EXPECT_LE(direction * (sum - d), 0) << rounding;
        }
      }
    EXPECT_EQ(same == 128, rounding.empty()) << rounding;
  }
}

std::int64_t integer_of(std::string_view type, Code code) {
  const bool is_signed = type[0] == 's';
  const int bits = type[1] - '0';
  const auto value = static_cast<std::int64_t>(code);
  return is_signed && (code >> (bits - 1) & 1) != 0 ? value - (std::int64_t{1} << bits) : value;
}

TEST(Mma, OfIntegersIsExactAndWrapsOrSaturates) {
  std::mt19937 random(17);
  for (const auto& [m, k, bits] : std::vector<std::array<std::size_t, 3>>{
           {8, 16, 8}, {16, 16, 8}, {16, 32, 8}, {8, 32, 4}, {16, 32, 4}, {16, 64, 4}})
    for (const std::string types : {"ss", "su", "us", "uu"})
      for (const bool saturates : {false, true}) {
        const std::string a = fmt::format("{}{}", types[0], bits);
        const std::string b = fmt::format("{}{}", types[1], bits);
        const MmaCase mma{fmt::format("m{}n8k{}.row.col{}.s32.{}.{}.s32", m, k,
                                      saturates ? ".satfinite" : "", a, b),
                          &fragment(bits, m, k), 32};
        const Code limit = Code{1} << bits;
        const auto draw = [&] { return random() % limit; };
        const Operands operands = make(mma, draw, draw, [&]() -> Code {
          const std::uint32_t choices[] = {0x7FFFFFF0, 0x80000010,
                                           static_cast<std::uint32_t>(random()), 0};
          return choices[random() % 4];
        });
        const MmaOutcome outcome = run(mma, operands);
        EXPECT_TRUE(outcome.findings.empty());
        for (std::size_t row = 0; row < m; ++row)
          for (std::size_t column = 0; column < 8; ++column) {
            std::int64_t sum = static_cast<std::int32_t>(operands.c[row][column]);
            for (std::size_t i = 0; i < k; ++i)
              sum += integer_of(a, operands.a[row][i]) * integer_of(b, operands.b[column][i]);
            constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
            constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
            if (saturates) sum = std::clamp(sum, kLeast, kMost);
            ASSERT_EQ(outcome.d[row][column], static_cast<std::uint32_t>(sum)) << mma.spelling;
          }
      }
}

// "mma.xor.popc and mma.and.popc".
TEST(Mma, OfSingleBitsCountsTheOnes) {
  std::mt19937 random(19);
  for (const auto& [m, k] : std::vector<std::array<std::size_t, 2>>{{8, 128}, {16, 128}, {16, 256}})
    for (const std::string op : {"xor", "and"}) {
      const MmaCase mma{fmt::format("m{}n8k{}.row.col.s32.b1.b1.s32.{}.popc", m, k, op),
                        &fragment(1, m, k), 32};
      const auto draw = [&] { return random() % 2; };
      const Operands operands = make(mma, draw, draw, [&] { return Code{random() % 1000}; });
      const MmaOutcome outcome = run(mma, operands);
      for (std::size_t row = 0; row < m; ++row)
        for (std::size_t column = 0; column < 8; ++column) {
          Code sum = operands.c[row][column];
          for (std::size_t i = 0; i < k; ++i)
            sum += op == "xor" ? operands.a[row][i] ^ operands.b[column][i]
                               : operands.a[row][i] & operands.b[column][i];
          ASSERT_EQ(outcome.d[row][column], sum) << mma.spelling;
        }
    }
}

}  // namespace
}  // namespace assay::emulator
