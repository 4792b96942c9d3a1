// SPDX-License-Identifier: Apache-2.0
// The array loop runs in the kernel of the path in use.
#include "reference/quantize/static_fp8.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>

#include "reference/quantize/quantize_kernels.hpp"
#include "reference/simd_kernel.hpp"
#include "reference/streaming.hpp"

namespace assay {

void quantize_static_fp8(std::span<const float> values, float scale,
                         std::span<std::uint8_t> codes) {
  assert(values.size() == codes.size());
  StaticFp8Kernel* const kernel = ASSAY_KERNEL(quantize_static_fp8);
  for_each_streamed_part(values.data(), values.size(), 1,
                         [&](std::size_t first, std::size_t count) {
                           kernel(values.data() + first, count, scale, codes.data() + first);
                         });
}

Status check_positive_scale(const char* tensor, std::int64_t index, float scale) {
  if (std::isfinite(scale) && scale > 0) return {};
  return fail(ErrorCode::invalid_vectors, "{}[{}] = {}: a scale must be finite and greater than 0",
              tensor, index, scale);
}

}  // namespace assay
