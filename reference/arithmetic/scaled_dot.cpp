// SPDX-License-Identifier: Apache-2.0
#include "reference/arithmetic/scaled_dot.hpp"

#include <cassert>
#include <cstddef>
#include <cstdlib>

namespace assay {
namespace {

// The exact sum of a group's products, in units of 2^-unit_bits.
struct GroupSum {
  std::int64_t value = 0;
  int unit_bits = 0;
  bool is_zero = true;  // every product is

  // Exponents are shifted out: those of the narrow formats that come in groups are not negative.
  void add(const FusedTerm& product) {
    assert(product.exponent >= 0);
    const auto magnitude = static_cast<std::int64_t>(product.significand << product.exponent);
    value += product.negative ? -magnitude : magnitude;
    unit_bits = product.fraction_bits;
    is_zero = is_zero && product.is_zero;
  }
};

class Step {
 public:
  Step(const FusedStep& step, int block, const ScaledOperand& a, const ScaledOperand& b)
      : step_(step), block_(static_cast<std::size_t>(block)), a_(a), b_(b) {}

  std::uint32_t run(std::size_t begin, std::uint32_t c, FusedStepTrace* trace) {
    const auto end = begin + static_cast<std::size_t>(step_.products);
    for (std::size_t k = begin; k < end; k += block_)
      add_block(k);
    const UnpackedCode addend = unpack(accumulator_format(step_.rounding), c);
    specials_.add(addend);
    terms_.push_back(addend.term);
    return fused_sum(step_, terms_, specials_, trace);
  }

 private:
  void add_block(std::size_t begin) {
    const UnpackedCode left = unpack(a_.scales.format, a_.scales.codes[begin / block_]);
    const UnpackedCode right = unpack(b_.scales.format, b_.scales.codes[begin / block_]);
    specials_.add(left);
    specials_.add(right);
    const FusedTerm scale = multiply(left.term, right.term);
    const auto group = static_cast<std::size_t>(step_.group);
    for (std::size_t k = begin; k < begin + block_; k += group)
      terms_.push_back(multiply(group == 1 ? product(k) : group_sum(k, k + group), scale));
  }

  FusedTerm product(std::size_t k) {
    const UnpackedCode left = unpack(a_.elements.format, a_.elements.codes[k]);
    const UnpackedCode right = unpack(b_.elements.format, b_.elements.codes[k]);
    specials_.add_product(left, right);
    return multiply(left.term, right.term);
  }

  FusedTerm group_sum(std::size_t begin, std::size_t end) {
    GroupSum sum;
    for (std::size_t k = begin; k < end; ++k)
      sum.add(product(k));
    return {sum.value < 0, static_cast<std::uint64_t>(std::abs(sum.value)), 0, sum.unit_bits,
            sum.is_zero};
  }

  const FusedStep& step_;
  std::size_t block_;
  const ScaledOperand& a_;
  const ScaledOperand& b_;
  SpecialOperands specials_;
  std::vector<FusedTerm> terms_;
};

}  // namespace

std::uint32_t scaled_dot(const FusedStep& step, int block, const ScaledOperand& a,
                         const ScaledOperand& b, std::uint32_t c,
                         std::vector<FusedStepTrace>* trace) {
  assert(a.elements.codes.size() == b.elements.codes.size());
  const auto length = static_cast<std::size_t>(step.products);
  for (std::size_t begin = 0; begin < a.elements.codes.size(); begin += length) {
    FusedStepTrace* traced = nullptr;
    if (trace != nullptr) traced = &trace->emplace_back(FusedStepTrace{c, 0, false, 0, 0, {}});
    c = Step(step, block, a, b).run(begin, c, traced);
    if (traced != nullptr) traced->result = c;
  }
  return c;
}

}  // namespace assay
