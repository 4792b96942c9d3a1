// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/arithmetic.hpp"

#include <algorithm>

#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

template <Decoder kInteger, Decoder kFloat>
Status by_type(OpBuilder& builder) {
  const auto is_float_type = [](const std::string& modifier) {
    const auto type = ptx::parse_type(modifier);
    return type && is_float(*type);
  };
  return std::ranges::any_of(builder.instruction().modifiers, is_float_type) ? kFloat(builder)
                                                                             : kInteger(builder);
}

}  // namespace

void add_arithmetic(InstructionTable& table) {
  table.add("add", by_type<integer_add, float_add>);
  table.add("sub", by_type<integer_sub, float_sub>);
  table.add("mul", by_type<integer_mul, float_mul>);
  table.add("mad", by_type<integer_mad, float_fma>);
  table.add("div", by_type<integer_div, float_div>);
  table.add("abs", by_type<integer_abs, float_abs>);
  table.add("neg", by_type<integer_neg, float_neg>);
  table.add("min", by_type<integer_min, float_min>);
  table.add("max", by_type<integer_max, float_max>);
  add_integer_arithmetic(table);
  add_integer_multiplications(table);
  add_dot_products(table);
  add_float_arithmetic(table);
}

}  // namespace assay::emulator
