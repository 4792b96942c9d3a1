// SPDX-License-Identifier: Apache-2.0
#include "cuda/probe/questions.hpp"

#include <fmt/format.h>

namespace assay::probe {
namespace {

Question sign_of_zero(const Instruction& instruction) {
  const std::uint32_t zero = negative_zero(instruction.result);
  const std::vector<std::uint32_t> a(static_cast<std::size_t>(instruction.columns),
                                     negative_zero(instruction.a));
  return {"P5",
          "every product and c is -0",
          {.a = a, .b = {}, .c = zero},
          {{0, "+0, as of an integer sum"}, {zero, "-0, as of an IEEE 754 sum"}}};
}

// f16 * f16, c in binary16: 2^-25 lies halfway between two results, and a bit far below breaks the
// tie if the grid reaches it.
std::vector<Question> exponents_of_zero() {
  return {{"P1",
           "exponent of c = 0: 2^-25 + 2^-47",
           {.a = {0x0C00, 0x0002}, .b = {0x0800, 0x0001}},
           {{0, "-21 or more"}, {1, "-22 or less"}}},
          {"P2",
           "exponent of c = 0: 2^-25 + 2^-48",
           {.a = {0x0C00, 0x0001}, .b = {0x0800, 0x0001}},
           {{0, "-22 or more"}, {1, "-23 or less"}}}};
}

Question fraction_bits() {
  return {"case 2",
          "bits below the largest exponent: 1 + 2^-25 - 1",
          {.a = {0x3C00, 0x0C00, 0xBC00}, .b = {0x3C00, 0x0800, 0x3C00}},
          {{0x33000000, "25 or more are kept"}, {0, "24 or fewer are kept"}}};
}

Question sign_of_underflow() {
  return {"P6",
          "a negative product below the smallest subnormal",
          {.a = {0x9A00}, .b = {0x1A00}},
          {{0, "+0: the sign is lost"}, {0x80000000, "-0: the sign is kept"}}};
}

// 0.5 is a subnormal of E2M1; as E4M3 it is a normal number.
Question subnormal_exponent() {
  return {"P3",
          "exponent of E2M1's 0.5: 0.5 * 1 - 0.5 * 1 + 2^-26",
          {.a = {0x1, 0x9}, .b = {0x38, 0x38}, .c = 0x32800000},
          {{0, "0, the encoding's smallest"}, {0x32800000, "-1, as if widened to E4M3"}}};
}

Question scaled_before_aligned() {
  return {"case 31",
          "scales of 2^5: (1 - 1) * 2^10 + 2^-20",
          {.a = {0x38, 0xB8},
           .b = {0x38, 0x38},
           .a_scales = {0x84},
           .b_scales = {0x84},
           .c = 0x35800000},
          {{0, "products are scaled before they are aligned"},
           {0x35800000, "products are aligned before they are scaled"}}};
}

// The exact sum of 16 elements is a term, aligned by its scales.
std::vector<Question> group_questions() {
  const std::vector<std::uint32_t> a{7, 0xF}, b{7, 7};
  return {{"P4",
           "groups of zeros with scales of 1 beside c = 2^-36",
           {.a = {}, .b = {}, .c = 0x2D800000},
           {{0x2D800000, "a group of zeros does not set the grid"},
            {0, "a group of zeros sets the grid by its scales"}}},
          {"case 35",
           "36 - 36 in a group with scales of 1, and c = 2^-35",
           {.a = a, .b = b, .c = 0x2E000000},
           {{0x2E000000, "35 bits or more below the scales' exponent are kept"},
            {0, "34 bits or fewer are kept"}}},
          {"case 35 b",
           "36 - 36 in a group with scales of 1, and c = 2^-36",
           {.a = a, .b = b, .c = 0x2D800000},
           {{0, "35 bits or fewer are kept"}, {0x2D800000, "36 bits or more are kept"}}}};
}

// Elements 0 and 32 are 1; the first product is -1, the second has scales of 2^-15.
Question accumulator_window() {
  Row row{
      .a = {2}, .b = {0xA}, .a_scales = {0x7F, 0x70}, .b_scales = {0x7F, 0x70}, .c = 0x3F800000};
  row.a.resize(33, 0);
  row.b.resize(33, 0);
  row.a[32] = row.b[32] = 2;
  return {"P7",
          "1 - 1 + 2^-30, where c = 1",
          row,
          {{0x30800000, "c is a term of the sum, 30 bits or more are kept"},
           {0, "c is added in a step that keeps fewer bits"}}};
}

}  // namespace

std::string Question::meaning_of(std::uint32_t result) const {
  for (const Answer& answer : answers)
    if (answer.result == result) return answer.meaning;
  return "none of the answers that were thought of";
}

std::vector<Question> questions_of(const Instruction& x) {
  std::vector<Question> questions;
  if (!x.scales) questions.push_back(sign_of_zero(x));
  if (x.a == Format::f16 && x.result == Format::f16)
    for (Question& question : exponents_of_zero())
      questions.push_back(std::move(question));
  if (x.a == Format::f16 && x.result == Format::f32) questions.push_back(fraction_bits());
  if (x.a == Format::bf16) questions.push_back(sign_of_underflow());
  if (x.a == Format::e2m1 && x.b == Format::e4m3) questions.push_back(subnormal_exponent());
  if (x.scales && x.a == Format::e4m3) questions.push_back(scaled_before_aligned());
  if (!x.scales || x.columns != 64) return questions;
  if (x.scales->block == 16)
    for (Question& question : group_questions())
      questions.push_back(std::move(question));
  else
    questions.push_back(accumulator_window());
  return questions;
}

}  // namespace assay::probe
