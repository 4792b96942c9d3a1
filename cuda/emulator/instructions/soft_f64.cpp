// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/soft_f64.hpp"

#include <algorithm>
#include <cmath>

#include "cuda/emulator/instructions/integer_functions.hpp"

namespace assay::emulator {
namespace {

// A finite magnitude: significand * 2^exponent. The significand of anything but 0 has 53 bits.
struct Parts {
  bool is_negative;
  int exponent;
  std::uint64_t significand;
};

Parts parts_of(double x) {
  const std::uint64_t bits = bits_of(x);
  const auto field = static_cast<int>((bits >> 52) & 0x7FF);
  std::uint64_t significand = bits & 0xF'FFFF'FFFF'FFFF;
  if (field > 0) significand |= std::uint64_t{1} << 52;
  Parts parts{(bits >> 63) != 0, std::max(field, 1) - 1075, significand};
  if (significand == 0) return parts;
  const int shift = std::countl_zero(significand) - 11;
  parts.significand <<= shift;
  parts.exponent -= shift;
  return parts;
}

int leading_bit(UInt128 x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high != 0 ? 127 - std::countl_zero(high)
                   : 63 - std::countl_zero(static_cast<std::uint64_t>(x));
}

// Right by any number of bits; what is lost sets the last bit.
UInt128 shift_jam(UInt128 x, int bits) {
  if (bits == 0) return x;
  if (bits >= 128) return x != 0 ? 1 : 0;
  const UInt128 lost = x & ((UInt128{1} << bits) - 1);
  return (x >> bits) | (lost != 0 ? 1 : 0);
}

double overflow(bool is_negative, RoundingMode mode) {
  const bool to_infinity =
      mode == RoundingMode::rn || mode == (is_negative ? RoundingMode::rm : RoundingMode::rp);
  const std::uint64_t magnitude = to_infinity ? 0x7FF0'0000'0000'0000 : 0x7FEF'FFFF'FFFF'FFFF;
  return from_bits(magnitude | std::uint64_t{is_negative} << 63);
}

bool rounds_up(bool is_negative, bool is_odd, UInt128 lost, UInt128 half, RoundingMode mode) {
  switch (mode) {
    case RoundingMode::rn:
      return lost > half || (lost == half && is_odd);
    case RoundingMode::rz:
      return false;
    case RoundingMode::rm:
      return is_negative && lost != 0;
    case RoundingMode::rp:
      return !is_negative && lost != 0;
  }
  return false;
}

// significand * 2^exponent, not zero, its last bit set where it was inexact; more than 54 bits
// unless it is exact.
double round_pack(bool is_negative, int exponent, UInt128 significand, RoundingMode mode) {
  const int drop = std::max(leading_bit(significand) - 52, -1074 - exponent);
  UInt128 kept = 0;
  if (drop <= 0) {
    kept = significand << -drop;
  } else {
    const int shift = std::min(drop, 127);  // below that only "inexact" is left
    const UInt128 source = shift_jam(significand, drop - shift);
    const UInt128 lost = source & ((UInt128{1} << shift) - 1);
    kept = source >> shift;
    kept += rounds_up(is_negative, (kept & 1) != 0, lost, UInt128{1} << (shift - 1), mode) ? 1 : 0;
  }
  // The significand's leading bit adds one to the exponent field of normal numbers.
  const std::int64_t field = std::int64_t{exponent} + drop + 1074;
  if (field >= 2046) return overflow(is_negative, mode);
  const std::uint64_t bits =
      (static_cast<std::uint64_t>(field) << 52) + static_cast<std::uint64_t>(kept);
  if (bits >= 0x7FF0'0000'0000'0000) return overflow(is_negative, mode);
  return from_bits(bits | std::uint64_t{is_negative} << 63);
}

UInt128 square_root(UInt128 x) {
  UInt128 root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const UInt128 larger = root | UInt128{1} << bit;
    if (larger * larger <= x) root = larger;
  }
  return root;
}

// The product in bits 125 to 20, the summand in bits 124 to 72: whichever is shifted right loses
// bits only where the sum cannot cancel by more than one bit.
double sum_of(const Parts& a, const Parts& b, const Parts& c, RoundingMode mode) {
  const bool is_negative = a.is_negative != b.is_negative;
  UInt128 product = UInt128{a.significand} * b.significand << 20;
  UInt128 summand = UInt128{c.significand} << 72;
  int exponent = a.exponent + b.exponent - 20;
  const int distance = exponent - (c.exponent - 72);
  if (distance >= 0) {
    summand = shift_jam(summand, distance);
  } else {
    product = shift_jam(product, -distance);
    exponent -= distance;
  }
  if (is_negative == c.is_negative)
    return round_pack(is_negative, exponent, product + summand, mode);
  if (product == summand) return mode == RoundingMode::rm ? -0.0 : 0.0;
  return product > summand ? round_pack(is_negative, exponent, product - summand, mode)
                           : round_pack(c.is_negative, exponent, summand - product, mode);
}

}  // namespace

double soft_fma(double a, double b, double c, RoundingMode mode) {
  if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(c))
    return canonical(std::fma(a, b, c));
  if (a == 0 || b == 0) {
    const double zero = a * b;
    return c != 0 ? c : with_zero_sign(zero + c, zero, c, mode);
  }
  const Parts x = parts_of(a), y = parts_of(b);
  if (c == 0)
    return round_pack(x.is_negative != y.is_negative, x.exponent + y.exponent,
                      UInt128{x.significand} * y.significand, mode);
  return sum_of(x, y, parts_of(c), mode);
}

double soft_add(double a, double b, RoundingMode mode) {
  return soft_fma(a, 1, b, mode);
}

double soft_multiply(double a, double b, RoundingMode mode) {
  const bool is_zero = a == 0 || b == 0;
  return is_zero ? canonical(a * b) : soft_fma(a, b, 0, mode);
}

double soft_divide(double a, double b, RoundingMode mode) {
  if (!std::isfinite(a) || !std::isfinite(b) || a == 0 || b == 0) return canonical(a / b);
  const Parts x = parts_of(a), y = parts_of(b);
  const UInt128 dividend = UInt128{x.significand} << 74;
  const UInt128 quotient = dividend / y.significand;
  const bool is_inexact = quotient * y.significand != dividend;
  return round_pack(x.is_negative != y.is_negative, x.exponent - y.exponent - 75,
                    quotient << 1 | (is_inexact ? 1 : 0), mode);
}

double soft_sqrt(double a, RoundingMode mode) {
  if (!(a > 0) || !std::isfinite(a)) return canonical(std::sqrt(a));
  const Parts x = parts_of(a);
  const int shift = x.exponent % 2 == 0 ? 72 : 73;
  const UInt128 square = UInt128{x.significand} << shift;
  const UInt128 root = square_root(square);
  const bool is_inexact = root * root != square;
  return round_pack(false, (x.exponent - shift) / 2 - 1, root << 1 | (is_inexact ? 1 : 0), mode);
}

}  // namespace assay::emulator
