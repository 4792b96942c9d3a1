// SPDX-License-Identifier: Apache-2.0
// The sum that tensor cores are built from: terms are aligned to the largest exponent, truncated
// there, added as integers, rounded once. What the terms are: fused_dot.hpp, scaled_dot.hpp. Its
// parameters differ by architecture (tensor_core.hpp). Sources: N. Khattak and M. Mikaitis, arXiv
// 2512.07004; MMA-Sim, arXiv 2511.10909; written from the description of both, not from their code.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "reference/format/float_format.hpp"

namespace assay {

// How the integer sum becomes the result. rz_f32 truncates to binary32, beyond its range to Inf;
// rz_e8m13 truncates to 13 fraction bits, stored as binary32; rn_f16 rounds to nearest even.
enum class SumRounding : std::uint8_t { rz_f32, rz_e8m13, rn_f16 };

struct FusedStep {
  int products = 16;       // how many join one sum; longer dots chain steps in increasing k
  int fraction_bits = 25;  // kept below the largest exponent; what lies lower is cut off each term
  int zero_exponent = -133;  // what a term that is exactly zero counts as in the search for it
  SumRounding rounding = SumRounding::rz_f32;
  int group = 1;  // products that are one term: their exact sum

  bool operator==(const FusedStep&) const = default;
};

// The codes of one operand, all of a format of up to 32 bits. tf32 codes are binary32 words, whose
// 13 low bits are not read.
struct MmaOperand {
  FloatFormat format;
  std::span<const std::uint32_t> codes;
};

// What became of the terms of one step, for explanations.
struct FusedTermTrace {
  bool negative = false;
  std::uint64_t significand = 0;  // the term is significand * 2^unit
  int unit = 0;
  int exponent = 0;       // that it took part with in the search for the largest
  std::int64_t kept = 0;  // in units of the step, with the sign
  int lost_bits = 0;  // places from the step's unit down to the term's lowest bit; 0: all is kept
};
struct FusedStepTrace {
  std::uint32_t c = 0;
  std::uint32_t result = 0;
  bool is_special = false;  // NaN or Inf from the operands: nothing was summed, and no terms follow
  int max_exponent = 0;     // the grid is 2^(max_exponent - fraction_bits)
  std::int64_t sum = 0;
  std::vector<FusedTermTrace> terms;  // the products or their groups, then c
};

// (-1)^negative * significand * 2^(exponent - fraction_bits). The exponent is the encoding's field:
// that of a zero or subnormal is the smallest normal's. A term may be zero by cancellation and keep
// its exponent: only one that is_zero counts as FusedStep::zero_exponent.
struct FusedTerm {
  bool negative = false;
  std::uint64_t significand = 0;
  int exponent = 0;
  int fraction_bits = 0;
  bool is_zero = false;
};

enum class CodeKind : std::uint8_t { finite, infinity, nan };

struct UnpackedCode {
  FusedTerm term;
  CodeKind kind = CodeKind::finite;
};

// A code of a format without a sign is positive, whatever lies above its bits.
UnpackedCode unpack(const FloatFormat& format, std::uint32_t word);

FusedTerm multiply(const FusedTerm& a, const FusedTerm& b);

// What the special operands of one step make of it: nothing, or a result that no sum is needed for.
class SpecialOperands {
 public:
  void add_product(const UnpackedCode& a, const UnpackedCode& b);
  void add(const UnpackedCode& c);

  bool is_nan() const { return is_nan_ || (has_infinity_[0] && has_infinity_[1]); }
  bool is_infinity() const { return !is_nan() && (has_infinity_[0] || has_infinity_[1]); }
  bool is_negative() const { return has_infinity_[1]; }

 private:
  void add_infinity(bool negative) { has_infinity_[negative ? 1 : 0] = true; }

  bool is_nan_ = false;
  std::array<bool, 2> has_infinity_{};
};

// The accumulator's layout: binary16 under rn_f16, else binary32.
const FloatFormat& accumulator_format(SumRounding rounding);

// The rounded sum of the terms, or what the special operands make of it: the canonical NaN
// (0x7FFFFFFF, 0x7FFF) or a signed Inf. A sum that is or truncates to zero is +0. Preconditions: at
// most 33 terms of less than 2^28 units, or 5 of less than 2^48, each, so that int64 holds the sum.
std::uint32_t fused_sum(const FusedStep& step, std::span<const FusedTerm> terms,
                        const SpecialOperands& specials, FusedStepTrace* trace);

}  // namespace assay
