// SPDX-License-Identifier: Apache-2.0
#include "reference/moe/certificate.hpp"

#include <vector>

#include "reference/arithmetic/certificate.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

std::vector<std::int32_t> units_of(std::span<const std::uint8_t> codes) {
  std::vector<std::int32_t> units(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i)
    units[i] = e4m3_to_units(codes[i]);
  return units;
}

}  // namespace

bool moe_is_certified(const MoeInputs& inputs, std::span<const std::uint8_t> hidden_q,
                      std::span<const std::uint8_t> mul_q) {
  const MoeShape& shape = inputs.shape;
  const std::int64_t hidden = shape.hidden_size;
  const std::int64_t intermediate = shape.intermediate_size;
  for (std::int64_t slot = 0; slot < shape.slots(); ++slot) {
    const std::int64_t expert = inputs.selected_experts_for_tokens[slot];
    const auto x = units_of(hidden_q.subspan(slot / shape.top_k * hidden, hidden));
    const auto mul = units_of(mul_q.subspan(slot * intermediate, intermediate));
    if (!dots_are_certified(inputs.gate.rows(expert * intermediate, intermediate, hidden), x, 1) ||
        !dots_are_certified(inputs.up.rows(expert * intermediate, intermediate, hidden), x, 1) ||
        !dots_are_certified(inputs.down.rows(expert * hidden, hidden, intermediate), mul, 1))
      return false;
  }
  return true;
}

}  // namespace assay
