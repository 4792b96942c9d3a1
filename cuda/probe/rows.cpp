// SPDX-License-Identifier: Apache-2.0
#include "cuda/probe/rows.hpp"

#include <bit>
#include <random>

#include "reference/format/cast.hpp"

namespace assay::probe {
namespace {

constexpr std::size_t kControls = 16;

// A code from its fields.
std::uint32_t code_of(Format format, bool negative, int exponent, std::uint32_t fraction) {
  const FloatFormat& layout = format_info(format).layout;
  const auto field = static_cast<std::uint32_t>(exponent + layout.bias);
  const std::uint32_t sign = negative ? 1u << layout.sign_shift() : 0;
  return (sign | field << layout.fraction_bits | fraction) << layout.padding_bits;
}

std::uint32_t exact_code(Format format, double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  if (format == Format::f32) return bits;
  return cast_code(make_cast(Format::f32, format, CastPolicy::cuda_nosat).value(), bits);
}

class Generator {
 public:
  explicit Generator(const Instruction& instruction) : x_(instruction) {}

  Row random_row(int kind) {
    Row row;
    for (int k = 0; k < x_.columns; ++k) {
      row.a.push_back(random_code(x_.a, kind, k));
      row.b.push_back(random_code(x_.b, kind, k));
    }
    for (int j = 0; j < x_.blocks(); ++j) {
      row.a_scales.push_back(random_scale(kind, j));
      row.b_scales.push_back(random_scale(kind, j));
    }
    if (kind == 2) cancel(row);
    row.c = exact_code(x_.result, decode(Format::f16, 0x3C00 ^ (draw() & 0x9FFF)));
    return row;
  }

  // Elements of 1, 1.5, 2 and 3, scales of 1/2 to 4, c an integer: quarters times scales, which add
  // up to less than the 11 bits of binary16, or with scales than the 24 of binary32.
  Control control() {
    Control control;
    Row& row = control.row;
    for (int k = 0; k < x_.columns; ++k) {
      row.a.push_back(small_code(x_.a));
      row.b.push_back(small_code(x_.b));
    }
    for (int j = 0; j < x_.blocks(); ++j) {
      row.a_scales.push_back(small_scale());
      row.b_scales.push_back(small_scale());
    }
    const double c = static_cast<double>(draw() % 17) - 8;
    row.c = exact_code(x_.result, c);
    control.result = exact_code(x_.result, c + exact_dot(row));
    return control;
  }

 private:
  std::uint32_t draw() { return static_cast<std::uint32_t>(random_()); }

  std::uint32_t small_code(Format format) {
    const std::uint32_t half = 1u << (format_info(format).layout.fraction_bits - 1);
    const std::uint32_t bits = draw();
    return code_of(format, (bits & 1) != 0, static_cast<int>(bits >> 1 & 1),
                   (bits & 4) != 0 ? half : 0);
  }

  std::uint32_t small_scale() {
    return code_of(x_.scales->format, false, static_cast<int>(draw() % 4) - 1, 0);
  }

  double exact_dot(const Row& row) const {
    double sum = 0;
    for (std::size_t k = 0; k < row.a.size(); ++k) {
      double product = decode(x_.a, row.a[k]) * decode(x_.b, row.b[k]);
      if (x_.scales) {
        const std::size_t j = k / static_cast<std::size_t>(x_.scales->block);
        product *=
            decode(x_.scales->format, row.a_scales[j]) * decode(x_.scales->format, row.b_scales[j]);
      }
      sum += product;
    }
    return sum;
  }

  // Any finite code; near 1; or exponents that differ more with every k. Formats without Inf and
  // NaN are too narrow for that, and take any code.
  std::uint32_t random_code(Format format, int kind, int k) {
    const FloatFormat& layout = format_info(format).layout;
    if (!layout.has_nan()) return draw() & ((1u << layout.bits()) - 1);
    const int middle = 1 << (layout.exponent_bits - 1);
    const int spread = kind == 0 ? middle - 1 : kind == 1 ? 3 : 1 + k % (middle - 1);
    const int offset = static_cast<int>(draw() % static_cast<std::uint32_t>(2 * spread - 1));
    const std::uint32_t fraction = draw() & ((1u << layout.fraction_bits) - 1);
    return code_of(format, (draw() & 1) != 0, middle - spread + 1 + offset - layout.bias, fraction);
  }

  // The last product is the first, negated; where groups of 16 are a term, the second group is.
  void cancel(Row& row) const {
    const std::size_t group = x_.columns == 64 ? 16 : 1;
    const std::size_t to = group == 1 ? row.a.size() - 1 : group;
    for (std::size_t i = 0; i < group; ++i) {
      row.a[to + i] = row.a[i] ^ negative_zero(x_.a);
      row.b[to + i] = row.b[i];
    }
    if (x_.blocks() < 4) return;
    row.a_scales[1] = row.a_scales[0];
    row.b_scales[1] = row.b_scales[0];
  }

  // Within 2^12 of 1; where products cancel, those have large scales, and the others any smaller.
  std::uint32_t random_scale(int kind, int block) {
    const bool is_wide = kind == 2, is_first = block == 0;
    if (x_.scales->format == Format::ue4m3)
      return !is_wide ? draw() % 0x7F : is_first ? 0x70 + draw() % 15 : draw() % 0x18;
    return !is_wide ? 0x73 + draw() % 25 : is_first ? 0x8C + draw() % 5 : 0x6F + draw() % 29;
  }

  const Instruction& x_;
  std::mt19937_64 random_{20251001};
};

Row filled_up(const Instruction& x, Row row) {
  row.a.resize(static_cast<std::size_t>(x.columns));
  row.b.resize(static_cast<std::size_t>(x.columns));
  if (!x.scales) return row;
  const std::uint32_t one = code_of(x.scales->format, false, 0, 0);
  row.a_scales.resize(static_cast<std::size_t>(x.blocks()), one);
  row.b_scales.resize(static_cast<std::size_t>(x.blocks()), one);
  return row;
}

}  // namespace

Rows make_rows(const Instruction& instruction, std::int64_t count) {
  Rows rows;
  Generator generator(instruction);
  rows.questions = questions_of(instruction);
  for (const Question& question : rows.questions)
    rows.all.push_back(filled_up(instruction, question.row));
  for (std::size_t i = 0; i < kControls; ++i) {
    rows.controls.push_back(generator.control());
    rows.all.push_back(rows.controls.back().row);
  }
  for (auto i = static_cast<std::int64_t>(rows.all.size()); i < count; ++i)
    rows.all.push_back(generator.random_row(static_cast<int>(i % 3)));
  return rows;
}

std::vector<std::size_t> wrong_controls(const Rows& rows,
                                        const std::vector<std::uint32_t>& results) {
  std::vector<std::size_t> wrong;
  for (std::size_t i = 0; i < rows.controls.size(); ++i)
    if (results[rows.questions.size() + i] != rows.controls[i].result) wrong.push_back(i);
  return wrong;
}

}  // namespace assay::probe
