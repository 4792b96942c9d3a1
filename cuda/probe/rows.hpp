// SPDX-License-Identifier: Apache-2.0
// The rows that the probe records of an instruction: its questions, rows whose result nobody
// doubts, and rows that tell models apart.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/probe/questions.hpp"

namespace assay::probe {

// Exact in every order and width: what is wrong with it is the way in or out, not the arithmetic.
struct Control {
  Row row;
  std::uint32_t result = 0;  // a code of the instruction's
};

struct Rows {
  std::vector<Question> questions;  // the first rows
  std::vector<Control> controls;    // the next: one for each place of a row in a block, and more
  std::vector<Row> all;             // of full length
};

// `count` rows, at least as many as there are questions and controls; the same ones always. Behind
// those come, in turn, rows of any finite codes, of near exponents, and of large products that
// cancel and leave what the others lost.
Rows make_rows(const Instruction& instruction, std::int64_t count);

// Which of the controls have another result. `results`: codes, of all rows.
std::vector<std::size_t> wrong_controls(const Rows& rows,
                                        const std::vector<std::uint32_t>& results);

}  // namespace assay::probe
