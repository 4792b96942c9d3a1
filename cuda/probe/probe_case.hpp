// SPDX-License-Identifier: Apache-2.0
// For tests of the probe: its instructions by name, and what their models make of rows.
#pragma once

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "cuda/probe/rows.hpp"
#include "reference/arithmetic/tensor_core.hpp"

namespace assay::probe {

using Codes = std::vector<std::uint32_t>;

inline Instruction instruction(std::string_view name) {
  for (const Instruction& each : instructions())
    if (each.name() == name) return each;
  ADD_FAILURE() << name;
  return {};
}

inline TensorCoreModel model_of(const Instruction& x) {
  return *find_tensor_core_model(x.model("sm_100")).value();
}

inline std::uint32_t result_of(const TensorCoreModel& model, const Instruction& x, const Row& row) {
  if (!x.scales) return tensor_core_dot(model, x.a, row.a, x.b, row.b, row.c).value();
  const BlockScales scales{x.scales->format, x.scales->block, row.a_scales, row.b_scales};
  return scaled_tensor_core_dot(model, x.a, row.a, x.b, row.b, scales, row.c).value();
}

inline std::uint32_t result_of(const Instruction& x, const Row& row) {
  return result_of(model_of(x), x, row);
}

}  // namespace assay::probe
