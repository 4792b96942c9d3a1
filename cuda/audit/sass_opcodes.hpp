// SPDX-License-Identifier: Apache-2.0
// Names of SASS instructions, from the low 12 bits of their 16-byte words. Of these, the low 9 are
// the operation, the upper 3 the form of its operands (of arithmetic: 1 registers, 4 and 5 an
// immediate or a constant for the second source, 2 and 3 for the third, 6 and 7 uniform registers).
// The words are not documented by NVIDIA; names are those of the CUDA Binary Utilities' instruction
// tables (section 4.4, Blackwell), assigned by compiling PTX of known meaning with ptxas 13.0;
// sass_opcodes_test.cpp repeats that where ptxas is installed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::audit {

struct SassWord {
  std::uint64_t low = 0, high = 0;
};

// "FFMA"; "0x3fb" (the 12 bits) for what the table does not have. A move that is spelled as a
// multiplication of RZ is IMAD.MOV or HFMA2.MOV, so that HFMA2 counts arithmetic. Operations that
// share their 9 bits share a name: UTCMMA is UTCHMMA, UTCQMMA, UTCIMMA and UTCOMMA. `capability` is
// the cubin's: 0x035 is HFMA2.MMA up to 90, and IADD later.
std::string sass_name(SassWord word, int capability);

// All names that sass_name can give, sorted.
std::vector<std::string_view> sass_names();

}  // namespace assay::audit
