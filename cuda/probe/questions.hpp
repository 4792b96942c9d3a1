// SPDX-License-Identifier: Apache-2.0
// What is not known of tensor cores (docs/tensor_cores.md, "What is open"), as single rows, and
// what each result would mean.
#pragma once

#include <string>
#include <vector>

#include "cuda/probe/instructions.hpp"

namespace assay::probe {

// The first codes of a row, of a column and of their scales; what follows is zero, scales are 1.
struct Row {
  std::vector<std::uint32_t> a = {}, b = {}, a_scales = {}, b_scales = {};
  std::uint32_t c = 0;  // a code of the result's format
};

struct Answer {
  std::uint32_t result = 0;
  std::string meaning;
};

struct Question {
  std::string id;    // "P3"
  std::string text;  // what is asked, and the sum that asks it
  Row row;
  std::vector<Answer> answers;

  // What a result means: one of the answers, or that it is none of them.
  std::string meaning_of(std::uint32_t result) const;
};

std::vector<Question> questions_of(const Instruction& instruction);

}  // namespace assay::probe
