// SPDX-License-Identifier: Apache-2.0
// For tests and benchmarks: tiles of random operands, and one output's operands as lists.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "reference/arithmetic/mma_tile.hpp"

namespace assay {

enum class TileKind {
  raw,      // any codes: NaN, Inf, subnormals, zeros
  near,     // magnitudes within some binades of 1, zeros among them
  lattice,  // small integers
  sparse,   // mostly zeros, of both signs; some special and subnormal codes
  tiny,     // products about binary32's smallest normal numbers; or as small as the format has
  huge      // products about binary32's largest; significands of ones alone
};
inline constexpr TileKind kTileKinds[] = {TileKind::raw,    TileKind::near, TileKind::lattice,
                                          TileKind::sparse, TileKind::tiny, TileKind::huge};

class TileMaker {
 public:
  explicit TileMaker(unsigned seed) : generator_(seed) {}

  MmaTile make(const MmaForm& form, TileKind kind) {
    MmaTile tile;
    base_ = static_cast<int>(below(36));
    for (auto& row : tile.a)
      fill(form.a, kind, row);
    for (auto& column : tile.b)
      fill(form.b, kind, column);
    for (std::uint32_t& word : tile.c)
      word = code(form.accumulator, kind) | (form.accumulator == Format::f16 ? random() << 16 : 0);
    // As small as the products: every other tile has none.
    if (kind == TileKind::tiny && base_ % 2 == 0) tile.c = {};
    return tile;
  }

 private:
  std::uint32_t random() { return static_cast<std::uint32_t>(generator_()); }
  std::uint32_t below(std::uint32_t limit) { return random() % limit; }

  std::uint32_t code(Format format, TileKind kind) {
    const FloatFormat& layout = format_info(format).layout;
    const bool is_negative = kind == TileKind::huge ? below(64) == 0 : below(2) == 0;
    const std::uint32_t sign = is_negative ? 1u << layout.sign_shift() : 0;
    const auto raw = [&] { return random() & static_cast<std::uint32_t>(layout.magnitude_mask()); };
    const auto of_field = [&](int field) {
      return static_cast<std::uint32_t>(field) << layout.fraction_bits |
             (random() & static_cast<std::uint32_t>(layout.fraction_mask()));
    };
    std::uint32_t magnitude = raw();
    if (kind == TileKind::near)
      magnitude = below(8) == 0 ? 0 : of_field(layout.bias - 4 + static_cast<int>(below(7)));
    if (kind == TileKind::lattice) {
      constexpr int kIntegers[] = {0, 1, 1, 1};  // times a power of two
      magnitude = kIntegers[below(4)] == 0
                      ? 0
                      : static_cast<std::uint32_t>(layout.bias + static_cast<int>(below(3)))
                            << layout.fraction_bits;
    }
    if (kind == TileKind::tiny)
      magnitude = of_field(std::max(0, layout.bias - 40 - base_ - static_cast<int>(below(4))));
    if (kind == TileKind::huge) magnitude = huge_code(layout);
    if (kind == TileKind::sparse && below(16) != 0) magnitude = 0;
    if (kind == TileKind::sparse && magnitude != 0 && below(2) == 0) magnitude = of_field(0);
    return (magnitude | sign) << layout.padding_bits | low_bits_of(layout);
  }
  // All ones in the fraction; exponents within some binades of each other, where there are as many.
  std::uint32_t huge_code(const FloatFormat& layout) {
    const int field = layout.bias + 70 - base_ / 2 - static_cast<int>(below(4));
    const auto code =
        static_cast<std::uint64_t>(field) << layout.fraction_bits | layout.fraction_mask();
    return static_cast<std::uint32_t>(std::min(code, layout.max_code()));
  }
  // Of tf32 words, which are not read.
  std::uint32_t low_bits_of(const FloatFormat& layout) {
    return random() & ((1u << layout.padding_bits) - 1);
  }

  void fill(Format format, TileKind kind, std::array<std::uint8_t, kMmaRowBytes>& row) {
    const auto width = static_cast<std::size_t>(format_bytes(format));
    for (std::size_t i = 0; i < kMmaRowBytes; i += width) {
      const std::uint32_t word = code(format, kind);
      for (std::size_t byte = 0; byte < width; ++byte)
        row[i + byte] = static_cast<std::uint8_t>(word >> (8 * byte));
    }
  }

  std::mt19937 generator_;
  int base_ = 0;  // of a tile's exponents
};

// The codes of one row of A, or column of B.
inline std::vector<std::uint32_t> tile_codes(Format format, int products,
                                             const std::array<std::uint8_t, kMmaRowBytes>& row) {
  const auto width = static_cast<std::size_t>(format_bytes(format));
  std::vector<std::uint32_t> codes(static_cast<std::size_t>(products));
  for (std::size_t i = 0; i < codes.size() * width; ++i)
    codes[i / width] |= std::uint32_t{row[i]} << (8 * (i % width));
  return codes;
}

// Every form that check_mma_form admits.
inline std::vector<MmaForm> mma_forms() {
  std::vector<MmaForm> forms;
  for (const Format a : {Format::f16, Format::bf16, Format::tf32, Format::e4m3, Format::e5m2}) {
    for (const Format b : {Format::f16, Format::bf16, Format::tf32, Format::e4m3, Format::e5m2}) {
      for (const Format accumulator : {Format::f32, Format::f16}) {
        for (const int products : {4, 8, 16, 32}) {
          const MmaForm form{a, b, accumulator, products};
          if (check_mma_form(form)) forms.push_back(form);
        }
      }
    }
  }
  return forms;
}

inline std::string form_text(const MmaForm& form) {
  return fmt::format("k{}.{}.{}.{}", form.products, format_info(form.a).name,
                     format_info(form.b).name, format_info(form.accumulator).name);
}

}  // namespace assay
