// SPDX-License-Identifier: Apache-2.0
// What tcgen05.mma computes: where each element and each scale lies (PTX ISA 9.7.16.3, 9.7.16.10.4
// to 9.7.16.10.7; products are exact, their values those of the formats), and the sums, which are
// those of the tensor-core models (reference/arithmetic/tensor_core.hpp).
#include <random>

#include "cuda/emulator/instructions/tcgen05_mma_case.hpp"
#include "reference/arithmetic/tensor_core.hpp"

namespace assay::emulator {
namespace {

using Matrix = std::vector<Words>;

std::string describe(const MmaCase& c) {
  return fmt::format("{}{} {} x {} -> {}, {} {} scales, N = {}, swizzle {}", c.kind, c.scale_vector,
                     format_info(c.a).name, format_info(c.b).name, format_info(c.d).name, c.scales,
                     format_info(c.scale).name, c.n, c.a_place.swizzle_bytes);
}

// Kinds and elements of table 39, with the scales of table 55.
std::vector<MmaCase> all_cases() {
  std::vector<MmaCase> cases;
  const auto plain = [&](const char* kind, Format a, Format b, std::size_t k, Format d) {
    MmaCase c;
    c.kind = kind;
    c.a = a;
    c.b = b;
    c.k = k;
    c.d = d;
    cases.push_back(c);
  };
  plain("f16", Format::f16, Format::f16, 16, Format::f32);
  plain("f16", Format::f16, Format::f16, 16, Format::f16);
  plain("f16", Format::bf16, Format::bf16, 16, Format::f32);
  plain("tf32", Format::tf32, Format::tf32, 8, Format::f32);
  plain("f8f6f4", Format::e4m3, Format::e5m2, 32, Format::f32);
  plain("f8f6f4", Format::e2m1, Format::e4m3, 32, Format::f32);
  plain("f8f6f4", Format::e5m2, Format::e2m1, 32, Format::f16);
  plain("f8f6f4", Format::e2m3, Format::e3m2, 32, Format::f32);
  const auto scaled = [&](const char* kind, const char* vector, Format element, std::size_t scales,
                          Format scale, std::uint32_t a_id, std::uint32_t b_id) {
    plain(kind, element, element, std::string_view(kind) == "mxf8f6f4" ? 32 : 64, Format::f32);
    MmaCase& c = cases.back();
    c.scale_vector = vector;
    c.scales = scales;
    c.scale = scale;
    c.scale_a_id = a_id;
    c.scale_b_id = b_id;
    if (c.k == 32 && element == Format::e4m3) c.b = Format::e2m1;
    if (c.k == 32 && element == Format::e3m2) c.b = Format::e5m2;
  };
  scaled("mxf8f6f4", "", Format::e4m3, 1, Format::e8m0, 0, 3);
  scaled("mxf8f6f4", ".scale_vec::1X", Format::e3m2, 1, Format::e8m0, 1, 2);
  scaled("mxf8f6f4", ".block32", Format::e2m3, 1, Format::e8m0, 3, 0);
  scaled("mxf4", "", Format::e2m1, 2, Format::e8m0, 0, 2);
  scaled("mxf4", ".scale_vec::2X", Format::e2m1, 2, Format::e8m0, 2, 0);
  scaled("mxf4nvf4", ".scale_vec::2X", Format::e2m1, 2, Format::e8m0, 2, 2);
  scaled("mxf4nvf4", ".block32", Format::e2m1, 2, Format::e8m0, 0, 0);
  scaled("mxf4nvf4", ".scale_vec::4X", Format::e2m1, 4, Format::ue4m3, 0, 0);
  scaled("mxf4nvf4", ".block16", Format::e2m1, 4, Format::ue4m3, 0, 0);
  return cases;
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t bits() { return static_cast<std::uint32_t>(engine_()); }

  // Finite, not zero, of moderate size.
  std::uint32_t element(Format format) {
    const FloatFormat& f = format_info(format).layout;
    const std::uint32_t sign = (bits() & 1) << (f.bits() + f.padding_bits - 1);
    if (f.bits() <= 8) return sign | (1 + bits() % static_cast<std::uint32_t>(f.max_code()));
    const std::uint32_t exponent = static_cast<std::uint32_t>(f.bias) - 6 + bits() % 12;
    const std::uint32_t fraction = bits() & static_cast<std::uint32_t>(f.fraction_mask());
    return sign | (exponent << f.fraction_bits | fraction) << f.padding_bits;
  }
  std::uint32_t scale(Format format) {
    return format == Format::e8m0 ? 117 + bits() % 20 : 1 + bits() % 0x7E;
  }

 private:
  std::mt19937 engine_;
};

Matrix elements(Random& random, std::size_t rows, std::size_t k, Format format) {
  Matrix matrix(rows, Words(k));
  for (Words& row : matrix)
    for (std::uint32_t& code : row)
      code = random.element(format);
  return matrix;
}

struct Data {
  Matrix a, b, scale_a, scale_b, d;
};

Data draw(Random& random, const MmaCase& c) {
  Data data{elements(random, 128, c.k, c.a), elements(random, c.n, c.k, c.b),
            Matrix(128, Words(c.scales)), Matrix(c.n, Words(c.scales)),
            elements(random, 128, c.n, c.d)};
  for (Matrix* const scales : {&data.scale_a, &data.scale_b})
    for (Words& row : *scales)
      for (std::uint32_t& code : row)
        code = random.scale(c.scale);
  return data;
}

// Everything that the instruction must not read is noise.
MmaMemory place(Random& random, const MmaCase& c, const Data& data) {
  MmaMemory memory(c);
  for (std::uint8_t& byte : memory.stage)
    byte = static_cast<std::uint8_t>(random.bits());
  for (std::uint32_t& word : memory.tensor)
    word = 0xFFFFFFFF;
  for (std::size_t k = 0; k < c.k; ++k) {
    for (std::size_t row = 0; row < 128; ++row)
      memory.put(c, true, row, k, data.a[row][k]);
    for (std::size_t column = 0; column < c.n; ++column)
      memory.put(c, false, column, k, data.b[column][k]);
  }
  for (std::size_t j = 0; j < c.scales; ++j) {
    for (std::size_t row = 0; row < 128; ++row)
      memory.put_scale(c, true, row, j, data.scale_a[row][j]);
    for (std::size_t column = 0; column < c.n; ++column)
      memory.put_scale(c, false, column, j, data.scale_b[column][j]);
  }
  for (std::size_t row = 0; row < 128; ++row)
    for (std::size_t column = 0; column < c.n; ++column)
      memory.d(row, column) =
          data.d[row][column] | (c.d == Format::f16 ? 0xABCD0000u : 0u);  // not read
  return memory;
}

// One k at a time has elements that are not zero: D is one exact product, and its scales.
TEST(TensorMma, TakesEachElementAndScaleFromItsPlace) {
  Random random(1);
  for (const MmaCase& c : all_cases()) {
    if (c.d != Format::f32) continue;
    MmaKernel kernel(c);
    for (std::size_t k = 0; k < c.k; ++k) {
      Data data = draw(random, c);
      for (Matrix* const matrix : {&data.a, &data.b})
        for (Words& row : *matrix)
          for (std::size_t other = 0; other < c.k; ++other)
            if (other != k) row[other] = 0;
      const TensorOutcome outcome = kernel.run(place(random, c, data));
      ASSERT_TRUE(outcome.findings.empty()) << describe(c) << "\n" << outcome.texts;
      for (std::size_t row = 0; row < 128; ++row)
        for (std::size_t n = 0; n < c.n; ++n) {
          double expected = decode(c.a, data.a[row][k]) * decode(c.b, data.b[n][k]);
          if (c.has_scales())
            expected *= decode(c.scale, data.scale_a[row][k * c.scales / c.k]) *
                        decode(c.scale, data.scale_b[n][k * c.scales / c.k]);
          ASSERT_EQ(decode(Format::f32, outcome.out[row * c.n + n]), expected)
              << describe(c) << ": k = " << k << ", D[" << row << "][" << n << "]";
        }
    }
  }
}

std::uint32_t modelled(const MmaCase& c, const Data& data, std::size_t row, std::size_t n,
                       const std::string& target) {
  const std::string operands = c.kind == "f16" ? std::string(format_info(c.a).name) : c.kind;
  const auto model =
      find_tensor_core_model(target + "/tcgen05." + operands + (c.d == Format::f16 ? ".f16" : ""));
  EXPECT_TRUE(model) << describe(c);
  Words a = data.a[row], b = data.b[n];
  const auto negate = [](Words& codes, Format format) {
    const FloatFormat& f = format_info(format).layout;
    for (std::uint32_t& code : codes)
      code ^= 1u << (f.bits() + f.padding_bits - 1);
  };
  if (c.negates_a) negate(a, c.a);
  if (c.negates_b) negate(b, c.b);
  const std::uint32_t addend = c.accumulates ? data.d[row][n] : 0;
  const auto value = c.has_scales()
                         ? scaled_tensor_core_dot(**model, c.a, a, c.b, b,
                                                  {c.scale, static_cast<int>(c.k / c.scales),
                                                   data.scale_a[row], data.scale_b[n]},
                                                  addend)
                         : tensor_core_dot(**model, c.a, a, c.b, b, addend);
  EXPECT_TRUE(value) << describe(c) << value.error().message;
  return *value;
}

void expect_model(const MmaCase& c, Random& random, const std::string& target = "sm_110") {
  const Data data = draw(random, c);
  MmaKernel kernel(c, {}, target + "a");
  const TensorOutcome outcome = kernel.run(place(random, c, data));
  ASSERT_TRUE(outcome.findings.empty()) << describe(c) << "\n" << outcome.texts;
  for (std::size_t row = 0; row < 128; ++row)
    for (std::size_t n = 0; n < c.n; ++n)
      ASSERT_EQ(outcome.out[row * c.n + n], modelled(c, data, row, n, target))
          << describe(c) << ": D[" << row << "][" << n << "]";
}

TEST(TensorMma, SumsAsTheModelOfTheTarget) {
  Random random(2);
  for (const std::string target : {"sm_100", "sm_103", "sm_110"})
    for (MmaCase c : all_cases())
      for (const bool accumulates : {false, true}) {
        c.accumulates = accumulates;
        expect_model(c, random, target);
      }
}

TEST(TensorMma, NegatesElements) {
  Random random(3);
  for (MmaCase c : all_cases())
    for (const auto& [a, b] : {std::pair(true, false), std::pair(false, true)}) {
      c.negates_a = a;
      c.negates_b = b;
      c.accumulates = true;
      expect_model(c, random);
    }
}

// Strides of A and B that differ from one another and from those of packed matrices, up to 256
// columns; the scales of B then take eight columns.
TEST(TensorMma, FollowsTheStridesOfItsDescriptors) {
  Random random(4);
  for (MmaCase c : all_cases()) {
    c.n = 48;
    c.a_place = {1024, 2064, 128};
    c.b_place = {8192, 112 + 16, 272};
    expect_model(c, random);
    c.n = 256;
    c.a_place = {0, 4096, 144};
    c.b_place = {16384, 128, 256};
    expect_model(c, random);
  }
}

TEST(TensorMma, ReadsSwizzledMatrices) {
  Random random(5);
  for (MmaCase c : all_cases())
    for (const auto& [a, b] : {std::pair(32, 128), std::pair(64, 32), std::pair(128, 64)}) {
      c.n = 64;
      const auto a_bytes = static_cast<std::uint32_t>(a), b_bytes = static_cast<std::uint32_t>(b);
      c.a_place = {0, 0, 8 * a_bytes, a_bytes};
      c.b_place = {16384, 16, 8 * b_bytes, b_bytes};
      expect_model(c, random);
    }
}

// The second 32 bytes of rows of 128: the start address moves, the pattern does not.
TEST(TensorMma, WalksAlongTheRowsOfASwizzledAtom) {
  Random random(6);
  MmaCase c = all_cases().front();
  c.a_place = {0, 0, 1024, 128};
  c.b_place = {16384, 0, 512, 64};
  const Data data = draw(random, c);
  MmaMemory memory(c);
  for (std::size_t k = 0; k < 16; ++k) {
    // Chunks 2 and 3 of A's rows of eight, 2 and 3 of B's rows of four.
    for (std::size_t row = 0; row < 128; ++row)
      memory.put(c, true, row, 16 + k, data.a[row][k]);
    for (std::size_t n = 0; n < 16; ++n)
      memory.put(c, false, n, 16 + k, data.b[n][k]);
  }
  MmaText text;
  text.before = "add.u64 %rd4, %rd4, 2;\nadd.u64 %rd5, %rd5, 2;";
  const TensorOutcome outcome = MmaKernel(c, text).run(memory);
  ASSERT_TRUE(outcome.findings.empty()) << outcome.texts;
  for (std::size_t row = 0; row < 128; ++row)
    for (std::size_t n = 0; n < 16; ++n)
      ASSERT_EQ(outcome.out[row * 16 + n], modelled(c, data, row, n, "sm_110"));
}

}  // namespace
}  // namespace assay::emulator
