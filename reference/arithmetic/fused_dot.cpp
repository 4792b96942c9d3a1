// SPDX-License-Identifier: Apache-2.0
#include "reference/arithmetic/fused_dot.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace assay {
namespace {

constexpr std::size_t kMaxProducts = 32;

std::uint32_t fused_step(const FusedStep& step, const MmaOperand& a, const MmaOperand& b,
                         std::uint32_t c, FusedStepTrace* trace) {
  std::array<FusedTerm, kMaxProducts + 1> terms;
  SpecialOperands specials;
  std::size_t count = 0;
  for (; count < a.codes.size(); ++count) {
    const UnpackedCode left = unpack(a.format, a.codes[count]);
    const UnpackedCode right = unpack(b.format, b.codes[count]);
    specials.add_product(left, right);
    terms[count] = multiply(left.term, right.term);
  }
  const UnpackedCode addend = unpack(accumulator_format(step.rounding), c);
  specials.add(addend);
  terms[count++] = addend.term;
  return fused_sum(step, std::span(terms).first(count), specials, trace);
}

}  // namespace

std::uint32_t fused_dot(const FusedStep& step, const MmaOperand& a, const MmaOperand& b,
                        std::uint32_t c, std::vector<FusedStepTrace>* trace) {
  assert(a.codes.size() == b.codes.size());
  assert(static_cast<std::size_t>(step.products) <= kMaxProducts && step.group == 1);
  const auto length = static_cast<std::size_t>(step.products);
  for (std::size_t begin = 0; begin < a.codes.size(); begin += length) {
    const std::size_t count = std::min(length, a.codes.size() - begin);
    FusedStepTrace* traced = nullptr;
    if (trace != nullptr) traced = &trace->emplace_back(FusedStepTrace{c, 0, false, 0, 0, {}});
    c = fused_step(step, {a.format, a.codes.subspan(begin, count)},
                   {b.format, b.codes.subspan(begin, count)}, c, traced);
    if (traced != nullptr) traced->result = c;
  }
  return c;
}

}  // namespace assay
