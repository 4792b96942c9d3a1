// SPDX-License-Identifier: Apache-2.0
// The step that tensor cores are built from: products and an accumulator, aligned to the largest
// exponent, truncated there, added as integers, rounded once. Its parameters differ by architecture
// (tensor_core.hpp). Sources: N. Khattak and M. Mikaitis, arXiv 2512.07004; MMA-Sim, arXiv
// 2511.10909; written from the description of both, not from their code.
#pragma once

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

  bool operator==(const FusedStep&) const = default;
};

// The codes of one operand, all of a format with a sign and up to 32 bits. tf32 codes are binary32
// words, whose 13 low bits are not read.
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
  std::vector<FusedTermTrace> terms;  // the products, then c
};

// One element of D = A * B + C: the dot of a row and a column, chained in steps. `c` and the result
// are binary32 bits, or binary16 bits under rn_f16. Exponents are exponent fields: products are not
// normalized before they are aligned, subnormals keep the smallest exponent. Any NaN, Inf times
// zero, or both infinities give the canonical NaN (0x7FFFFFFF, 0x7FFF). A sum that is or truncates
// to zero is +0. Steps are appended to `trace`, if there is one. Precondition: equal sizes.
std::uint32_t fused_dot(const FusedStep& step, const MmaOperand& a, const MmaOperand& b,
                        std::uint32_t c, std::vector<FusedStepTrace>* trace = nullptr);

}  // namespace assay
