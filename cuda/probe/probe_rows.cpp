// SPDX-License-Identifier: Apache-2.0
#include "cuda/probe/probe_rows.hpp"

#include <array>
#include <random>
#include <span>

namespace assay::probe {
namespace {

constexpr std::int64_t kRowBytes = 32;

class Generator {
 public:
  explicit Generator(Rows& rows) : rows_(rows), layout_(format_info(rows.format).layout) {}

  void add_row(std::int64_t row) {
    const std::int64_t middle = (std::int64_t{1} << layout_.exponent_bits) / 2;
    const auto kind = row % 3;
    for (std::int64_t k = 0; k < rows_.columns; ++k) {
      const std::int64_t spread = kind == 0 ? middle - 1 : kind == 1 ? 3 : 1 + k % (middle - 1);
      rows_.a.push_back(code(middle, spread));
      rows_.b.push_back(code(middle, spread));
    }
    if (kind == 2) cancel(row);
    add_c(0x3C00 ^ static_cast<std::uint32_t>(random_() & 0x9FFF));
  }

  // The first codes of a row; the rest is zero.
  void add_question(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                    std::uint32_t c) {
    for (std::size_t k = 0; k < static_cast<std::size_t>(rows_.columns); ++k) {
      rows_.a.push_back(k < a.size() ? a[k] : 0);
      rows_.b.push_back(k < b.size() ? b[k] : 0);
    }
    add_c(c);
  }

  std::uint32_t negative_zero() const {
    return shifted(std::uint32_t{1} << (layout_.exponent_bits + layout_.fraction_bits));
  }

 private:
  std::uint32_t shifted(std::uint32_t code) const { return code << layout_.padding_bits; }

  // A finite value whose exponent lies within `spread` of `middle`.
  std::uint32_t code(std::int64_t middle, std::int64_t spread) {
    const auto width = static_cast<std::uint64_t>(2 * spread - 1);
    const auto exponent = static_cast<std::uint32_t>(middle - spread + 1 +
                                                     static_cast<std::int64_t>(random_() % width));
    const auto fraction =
        static_cast<std::uint32_t>(random_() % (std::uint64_t{1} << layout_.fraction_bits));
    const auto sign = static_cast<std::uint32_t>(random_() & 1);
    return shifted((sign << layout_.exponent_bits | exponent) << layout_.fraction_bits | fraction);
  }

  // The last product is the first, negated.
  void cancel(std::int64_t row) {
    const auto first = static_cast<std::size_t>(row * rows_.columns);
    const std::size_t last = first + static_cast<std::size_t>(rows_.columns) - 1;
    rows_.a[last] = rows_.a[first] ^ negative_zero();
    rows_.b[last] = rows_.b[first];
  }

  void add_c(std::uint32_t f16_code) {
    rows_.c_f16_codes.push_back(f16_code);
    rows_.c.push_back(static_cast<float>(decode(Format::f16, f16_code)));
  }

  Rows& rows_;
  FloatFormat layout_;
  std::mt19937_64 random_{20251001};
};

std::uint32_t code_bits(Format format) {
  return static_cast<std::uint32_t>(format_bytes(format)) * 8;
}

}  // namespace

Rows make_rows(Format format, std::int64_t count) {
  Rows rows;
  rows.format = format;
  rows.columns = kRowBytes / format_bytes(format);
  Generator generator(rows);
  using Codes = std::array<std::uint32_t, 2>;
  const std::vector<std::uint32_t> negative(static_cast<std::size_t>(rows.columns),
                                            generator.negative_zero());
  generator.add_question(negative, {}, 0x8000);  // every product -0, and c
  if (format == Format::f16) {
    generator.add_question(Codes{0x0C00, 0x0002}, Codes{0x0800, 0x0001}, 0);  // 2^-25 + 2^-47
    generator.add_question(Codes{0x0C00, 0x0001}, Codes{0x0800, 0x0001}, 0);  // 2^-25 + 2^-48
  }
  if (format == Format::bf16) generator.add_question(Codes{0x9A00, 0}, Codes{0x1A00, 0}, 0);
  for (auto row = static_cast<std::int64_t>(rows.c.size()); row < count; ++row)
    generator.add_row(row);
  rows.count = static_cast<std::int64_t>(rows.c.size());
  return rows;
}

std::vector<std::uint32_t> pack(const Rows& rows, const std::vector<std::uint32_t>& codes) {
  const std::uint32_t bits = code_bits(rows.format), per_word = 32 / bits;
  std::vector<std::uint32_t> words(codes.size() / per_word);
  for (std::size_t i = 0; i < codes.size(); ++i)
    words[i / per_word] |= codes[i] << (i % per_word * bits);
  return words;
}

std::vector<float> widen(Format format, const std::vector<std::uint32_t>& codes) {
  std::vector<float> values;
  for (const std::uint32_t code : codes)
    values.push_back(static_cast<float>(decode(format, code)));
  return values;
}

}  // namespace assay::probe
