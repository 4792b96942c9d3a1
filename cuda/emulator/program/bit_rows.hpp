// SPDX-License-Identifier: Apache-2.0
// Sets of registers, one a basic block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

// Rows of bits: one row an instruction block, one bit a register.
class BitRows {
 public:
  BitRows(std::size_t rows, std::size_t bits, bool value)
      : words_((bits + 63) / 64), data_(rows * words_, value ? ~std::uint64_t{0} : 0) {}

  std::uint64_t* row(std::size_t index) { return data_.data() + index * words_; }
  std::size_t words() const { return words_; }
  bool test(std::size_t row, std::size_t bit) const {
    return ((data_[row * words_ + bit / 64] >> (bit % 64)) & 1) != 0;
  }
  void set(std::size_t row, std::size_t bit) {
    data_[row * words_ + bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  void reset(std::size_t row, std::size_t bit) {
    data_[row * words_ + bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
  }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> data_;
};

// A guarded instruction leaves the register as it was in some lanes.
inline bool writes_always(const ptx::Instruction& instruction) {
  return instruction.guard < 0;
}

}  // namespace assay::emulator
