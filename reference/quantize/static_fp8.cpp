// SPDX-License-Identifier: Apache-2.0
// The quotient is IEEE 754's correctly rounded division; the conversion is E4M3's
// (float_format.hpp).
#include "reference/quantize/static_fp8.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>

#include "reference/format/float_format.hpp"
#include "reference/multiversion.hpp"

namespace assay {

ASSAY_MULTIVERSION
void quantize_static_fp8(std::span<const float> values, float scale,
                         std::span<std::uint8_t> codes) {
  assert(values.size() == codes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = encode<kE4m3>(values[i] / scale);
  }
}

Status check_positive_scale(const char* tensor, std::int64_t index, float scale) {
  if (std::isfinite(scale) && scale > 0) return {};
  return fail(ErrorCode::invalid_vectors, "{}[{}] = {}: a scale must be finite and greater than 0",
              tensor, index, scale);
}

}  // namespace assay
