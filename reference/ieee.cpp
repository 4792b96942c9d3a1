// SPDX-License-Identifier: Apache-2.0
#include "reference/ieee.hpp"

#include <cfenv>

namespace assay {

Status check_float_environment() {
  if (std::fegetround() != FE_TONEAREST)
    return fail(ErrorCode::usage, "floating-point environment: must round to nearest even");
  // Volatile, so that the product is computed here and not by the compiler.
  volatile float smallest_normal = std::numeric_limits<float>::min();
  const float half = smallest_normal * 0.5f;
  const volatile float flushed_operand = half;
  if (half == 0 || flushed_operand * 2.0f != smallest_normal)
    return fail(ErrorCode::usage, "floating-point environment: flushes subnormals to zero");
  return {};
}

}  // namespace assay
