// SPDX-License-Identifier: Apache-2.0
// What the quantization calls ask of their arguments, and how many blocks of threads they launch.
#pragma once

#include <cmath>

#include "cuda/backend/error.hpp"
#include "cuda/kernels/quantize_parameters.hpp"

namespace assay::cuda {

inline constexpr std::int64_t kMaxQuantizedValues = std::int64_t{1} << 36;  // of one call

// Errors of all: invalid_argument, with the name of the argument.
//
// 1 to kMaxQuantizedValues, and a multiple of `multiple`.
inline CudaStatus check_count(const char* name, std::int64_t value, std::int64_t multiple = 1) {
  if (value >= 1 && value <= kMaxQuantizedValues && value % multiple == 0) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "{}: {} is not {}from 1 to {}", name, value,
                   multiple > 1 ? fmt::format("a multiple of {} ", multiple) : "",
                   kMaxQuantizedValues);
}

// A matrix whose values are at most kMaxQuantizedValues.
inline CudaStatus check_extents(std::int64_t rows, std::int64_t columns, std::int64_t multiple) {
  ASSAY_TRY(check_count("rows", rows));
  ASSAY_TRY(check_count("columns", columns, multiple));
  if (columns <= kMaxQuantizedValues / rows) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "rows {}, columns {}: more than {} values",
                   rows, columns, kMaxQuantizedValues);
}

inline CudaStatus check_scale(const char* name, float scale) {
  if (std::isfinite(scale) && scale > 0) return {};
  return cuda_fail(CudaErrorCode::invalid_argument, "{}: {} is not positive and finite", name,
                   scale);
}

// Blocks of kQuantizeThreads for so many threads.
inline unsigned quantize_grid(std::int64_t threads) {
  return static_cast<unsigned>((threads + kQuantizeThreads - 1) / kQuantizeThreads);
}

}  // namespace assay::cuda
