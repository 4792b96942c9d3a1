// SPDX-License-Identifier: Apache-2.0
// Rows that tell models of tensor cores apart: operands of single sums.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reference/format/format.hpp"

namespace assay::probe {

struct Rows {
  Format format = Format::f16;
  std::int64_t count = 0, columns = 0;     // K of the instruction
  std::vector<std::uint32_t> a, b;         // codes, [count, columns]
  std::vector<float> c;                    // [count], binary16 values
  std::vector<std::uint32_t> c_f16_codes;  // the same as codes
};

// `count` rows of one format, the same ones always. First come rows with a known question
// (docs/tensor_cores.md): the exponent that a zero sum reads, the sign of a sum of -0, the sign of
// a negative result that underflows. Then, in turn, rows of any finite codes, of near exponents,
// and of large products that cancel and leave what the others lost.
Rows make_rows(Format format, std::int64_t count);

// The row's codes as the kernels take them: eight 32-bit words a row, the lowest column in the low
// bits.
std::vector<std::uint32_t> pack(const Rows& rows, const std::vector<std::uint32_t>& codes);

// Codes as binary32 values.
std::vector<float> widen(Format format, const std::vector<std::uint32_t>& codes);

}  // namespace assay::probe
