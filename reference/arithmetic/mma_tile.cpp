// SPDX-License-Identifier: Apache-2.0
// Picks the kernels of a path, and goes output by output where they decline.
#include "reference/arithmetic/mma_tile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "reference/arithmetic/mma_tile_kernels.hpp"
#include "reference/format/convert.hpp"
#include "reference/simd_kernel.hpp"

namespace assay {
namespace {

constexpr std::uint32_t kCanonicalNaNF32 = 0x7FFFFFFF;
constexpr CastRules kF16Rules{.overflow = kF16.infinity_code(),
                              .infinity = kF16.infinity_code(),
                              .positive_nan = kF16.magnitude_mask(),
                              .negative_nan = kF16.magnitude_mask()};

bool is_fp8(Format format) {
  return format == Format::e4m3 || format == Format::e5m2;
}

int k_limit(Format format) {
  return static_cast<int>(static_cast<std::int64_t>(kMmaRowBytes) / format_bytes(format));
}

// The codes of one row of A, or column of B.
struct Row {
  std::array<std::uint32_t, kMmaRowBytes> codes{};
  std::size_t count = 0;

  Row(Format format, int products, const std::array<std::uint8_t, kMmaRowBytes>& bytes)
      : count(static_cast<std::size_t>(products)) {
    const auto width = static_cast<std::size_t>(format_bytes(format));
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t i = 0; i < width; ++i)
        codes[k] |= std::uint32_t{bytes[k * width + i]} << (8 * i);
    }
  }
  std::span<const std::uint32_t> span() const { return std::span(codes).first(count); }
};

// One output's operands.
struct Terms {
  const MmaForm& form;
  Row a, b;
  std::uint32_t c;

  Terms(const MmaForm& f, const MmaTile& tile, std::size_t row, std::size_t column)
      : form(f),
        a(f.a, f.products, tile.a[row]),
        b(f.b, f.products, tile.b[column]),
        c(tile.c[row * kMmaColumns + column]) {}

  double a_value(std::size_t k) const { return decode(form.a, a.codes[k]); }
  double b_value(std::size_t k) const { return decode(form.b, b.codes[k]); }
  double c_value() const {
    return decode(form.accumulator, form.accumulator == Format::f16 ? c & 0xFFFF : c);
  }
};

// binary64 holds a product exactly, and the sum well enough: where it is inexact, the product is so
// far below the accumulator that it cannot reach, nor leave, a halfway case of binary16 (a product
// has at most 22 bits, and the accumulator none below binary16's last place).
std::uint32_t chain_in_f16(const Terms& terms) {
  double acc = terms.c_value();
  std::uint64_t code = 0;
  for (std::size_t k = 0; k < terms.a.count; ++k) {
    acc += terms.a_value(k) * terms.b_value(k);
    code = convert<kF64, kF16>(std::bit_cast<std::uint64_t>(acc), kF16Rules);
    acc = decode(Format::f16, code);
  }
  return static_cast<std::uint32_t>(code);
}

std::uint32_t chain(const Terms& terms) {
  if (terms.form.accumulator == Format::f16) return chain_in_f16(terms);
  auto acc = static_cast<float>(terms.c_value());
  for (std::size_t k = 0; k < terms.a.count; ++k)
    acc = std::fma(static_cast<float>(terms.a_value(k)), static_cast<float>(terms.b_value(k)), acc);
  return acc != acc ? kCanonicalNaNF32 : std::bit_cast<std::uint32_t>(acc);
}

template <typename Compute>
void for_each_output(MmaResult& result, Compute compute) {
  MmaResult values;
  for (std::size_t i = 0; i < kMmaOutputs; ++i)
    values[i] = compute(i / kMmaColumns, i % kMmaColumns);
  result = values;  // which may be the tile's c
}

bool is_subnormal(Format format, double value) {
  return value != 0 && std::fabs(value) < std::ldexp(1, 1 - format_info(format).layout.bias);
}

// The exponent of the lowest bit of a value that is neither zero, NaN nor Inf.
int unit_exponent(double value) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  const auto significand = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  return exponent - 53 + std::countr_zero(significand);
}

// What the terms of a sum have in common.
class Sum {
 public:
  void add_product(const MmaForm& form, double a, double b) {
    add(a * b);
    if (a * b != 0 && (is_subnormal(form.a, a) || is_subnormal(form.b, b))) has_subnormal_ = true;
  }
  void add_c(Format accumulator, double c) {
    add(c);
    if (is_subnormal(accumulator, c)) has_subnormal_ = true;
  }
  MmaDoubt doubt(Format accumulator) const;

 private:
  void add(double term) {
    is_nan_ |= std::isnan(term);
    if (std::isinf(term)) has_infinity_[term < 0 ? 1 : 0] = true;
    if (term != 0 || !std::signbit(term)) is_minus_zero_ = false;
    if (term == 0 || !std::isfinite(term)) return;
    unit_ = std::min(unit_, unit_exponent(term));
    size_ += std::fabs(term);  // never rounds up to a bound, nor down from one, that matters
  }

  bool is_nan_ = false, has_subnormal_ = false, is_minus_zero_ = true;
  std::array<bool, 2> has_infinity_{};
  int unit_ = 2000;
  double size_ = 0;
};

MmaDoubt Sum::doubt(Format accumulator) const {
  if (is_nan_ || (has_infinity_[0] && has_infinity_[1])) return MmaDoubt::none;
  if (has_subnormal_) return MmaDoubt::subnormal;
  if (is_minus_zero_) return MmaDoubt::minus_zero;
  const FloatFormat& format = format_info(accumulator).layout;
  const double limit = std::ldexp(1, format.bias + 1);
  if (size_ >= limit) return MmaDoubt::inexact;
  if (has_infinity_[0] || has_infinity_[1]) return MmaDoubt::none;
  if (unit_ < 1 - format.bias - format.fraction_bits) return MmaDoubt::inexact;
  const bool fits = unit_ > 1000 || size_ < std::ldexp(1, format.fraction_bits + 1 + unit_);
  return fits ? MmaDoubt::none : MmaDoubt::inexact;
}

// Kernels call every output doubtful whose sum of magnitudes is not finite.
void clear_certified_specials(const MmaForm& form, const MmaTile& tile, const MmaResult& result,
                              MmaOutputs& doubtful) {
  const std::uint32_t infinity = form.accumulator == Format::f16 ? 0x7C00 : kF32Infinity;
  for (std::size_t i = 0; i < kMmaOutputs; ++i) {
    const std::size_t row = i / kMmaColumns, column = i % kMmaColumns;
    if (!doubtful.contains(row, column) || (result[i] & infinity) != infinity) continue;
    if (mma_doubt(form, tile, row, column) == MmaDoubt::none)
      doubtful.rows[column] = static_cast<std::uint16_t>(doubtful.rows[column] & ~(1u << row));
  }
}

MmaValues decode_tile(const MmaForm& form, const MmaTile& tile) {
  MmaValues values;
  ASSAY_KERNEL(mma_decode)(form, tile, values);
  return values;
}

}  // namespace

Status check_mma_form(const MmaForm& form) {
  const bool is_pair = is_fp8(form.a) ? is_fp8(form.b) : form.a == form.b;
  const bool has_operands = is_pair && (is_fp8(form.a) || form.a == Format::f16 ||
                                        form.a == Format::bf16 || form.a == Format::tf32);
  if (!has_operands)
    return fail(ErrorCode::usage, "no matrix instruction multiplies {} by {}",
                format_info(form.a).name, format_info(form.b).name);
  const bool has_f16_accumulator = is_fp8(form.a) || form.a == Format::f16;
  if (form.accumulator != Format::f32 && (form.accumulator != Format::f16 || !has_f16_accumulator))
    return fail(ErrorCode::usage, "no matrix instruction accumulates products of {} in {}",
                format_info(form.a).name, format_info(form.accumulator).name);
  const bool is_power =
      form.products > 0 && std::has_single_bit(static_cast<unsigned>(form.products));
  if (!is_power || form.products < 4 || form.products > k_limit(form.a) ||
      (is_fp8(form.a) && form.products < 16))
    return fail(ErrorCode::usage, "no matrix instruction of 16 by 8 outputs has K = {} of {}",
                form.products, format_info(form.a).name);
  return {};
}

void mma_fma_chain(const MmaForm& form, const MmaTile& tile, MmaResult& result) {
  if (ASSAY_KERNEL(mma_chain)(form, decode_tile(form, tile), tile.c, result)) return;
  for_each_output(result, [&](std::size_t row, std::size_t column) {
    return chain(Terms(form, tile, row, column));
  });
}

MmaOutputs mma_certified(const MmaForm& form, const MmaTile& tile, MmaResult& result) {
  MmaOutputs doubtful;
  MmaResult values;
  if (ASSAY_KERNEL(mma_certified)(form, decode_tile(form, tile), tile.c, values, doubtful)) {
    if (!doubtful.empty()) clear_certified_specials(form, tile, values, doubtful);
  } else {
    for_each_output(values, [&](std::size_t row, std::size_t column) {
      const bool doubt = mma_doubt(form, tile, row, column) != MmaDoubt::none;
      doubtful.rows[column] =
          static_cast<std::uint16_t>(doubtful.rows[column] | (doubt ? 1u << row : 0u));
      return chain(Terms(form, tile, row, column));
    });
  }
  result = values;
  return doubtful;
}

MmaDoubt mma_doubt(const MmaForm& form, const MmaTile& tile, std::size_t row, std::size_t column) {
  const Terms terms(form, tile, row, column);
  Sum sum;
  for (std::size_t k = 0; k < terms.a.count; ++k)
    sum.add_product(form, terms.a_value(k), terms.b_value(k));
  sum.add_c(form.accumulator, terms.c_value());
  return sum.doubt(form.accumulator);
}

std::string_view mma_doubt_text(MmaDoubt doubt) {
  switch (doubt) {
    case MmaDoubt::none:
      return "certified";
    case MmaDoubt::inexact:
      return "partial sums may round in the accumulator's format, or overflow";
    case MmaDoubt::subnormal:
      return "a subnormal operand takes part, whose handling PTX leaves open";
    case MmaDoubt::minus_zero:
      return "all terms are -0, of which the sign is open";
  }
  return "";
}

void mma_model(const TensorCoreModel& model, const MmaForm& form, const MmaTile& tile,
               MmaResult& result) {
  if (ASSAY_KERNEL(mma_model)(model, form, decode_tile(form, tile), tile.c, result)) return;
  for_each_output(result, [&](std::size_t row, std::size_t column) {
    const Terms terms(form, tile, row, column);
    const std::uint32_t c = form.accumulator == Format::f16 ? terms.c & 0xFFFF : terms.c;
    return tensor_core_dot(model, form.a, terms.a.span(), form.b, terms.b.span(), c).value();
  });
}

}  // namespace assay
