// SPDX-License-Identifier: Apache-2.0
// For tests: the kinds of tcgen05.mma, and random operands of them.
#pragma once

#include <random>

#include "cuda/emulator/instructions/tcgen05_mma_case.hpp"

namespace assay::emulator {

using Matrix = std::vector<Words>;

inline std::string describe(const MmaCase& c) {
  return fmt::format("{}{} {} x {} -> {}, {} {} scales, N = {}, swizzle {}", c.kind, c.scale_vector,
                     format_info(c.a).name, format_info(c.b).name, format_info(c.d).name, c.scales,
                     format_info(c.scale).name, c.n, c.a_place.swizzle_bytes);
}

// Kinds and elements of table 39, with the scales of table 55.
inline std::vector<MmaCase> all_cases() {
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

inline Matrix elements(Random& random, std::size_t rows, std::size_t k, Format format) {
  Matrix matrix(rows, Words(k));
  for (Words& row : matrix)
    for (std::uint32_t& code : row)
      code = random.element(format);
  return matrix;
}

struct Data {
  Matrix a, b, scale_a, scale_b, d;
};

inline Data draw(Random& random, const MmaCase& c) {
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
inline MmaMemory place(Random& random, const MmaCase& c, const Data& data) {
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

}  // namespace assay::emulator
