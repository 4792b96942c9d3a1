// SPDX-License-Identifier: Apache-2.0
// For tests of block-scaled dots: rows, and their results by the models of tcgen05.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "reference/arithmetic/tensor_core.hpp"

namespace assay {

using Codes = std::vector<std::uint32_t>;

inline const TensorCoreModel& model(std::string_view operands) {
  return *find_tensor_core_model(fmt::format("sm_100/tcgen05.{}", operands)).value();
}

// Codes that are followed by zeros up to the instruction's K.
struct Dot {
  Format format = Format::e2m1;
  Codes a = {}, b = {};
  Format scale_format = Format::ue4m3;
  Codes a_scales = {}, b_scales = {};
  std::uint32_t c = 0;
};

inline std::uint32_t compute(const TensorCoreModel& model, Dot x,
                             TensorCoreTrace* trace = nullptr) {
  const auto length = static_cast<std::size_t>(model.step.products);
  x.a.resize(length);
  x.b.resize(length);
  const int block = static_cast<int>(length / x.a_scales.size());
  return scaled_tensor_core_dot(model, x.format, x.a, x.format, x.b,
                                {x.scale_format, block, x.a_scales, x.b_scales}, x.c, trace)
      .value();
}

// As binary32 bits.
inline std::uint32_t truncated(double value) {
  const auto nearest = static_cast<float>(value);
  const bool is_larger = std::fabs(static_cast<double>(nearest)) > std::fabs(value);
  return std::bit_cast<std::uint32_t>(is_larger ? std::nextafter(nearest, 0.0f) : nearest);
}

}  // namespace assay
