// SPDX-License-Identifier: Apache-2.0
#include "reference/quantize/amax.hpp"

#include <algorithm>
#include <bit>

#include "reference/format/float_format.hpp"
#include "reference/multiversion.hpp"

namespace assay {
namespace {

std::uint32_t magnitude_bits(float value) {
  return std::bit_cast<std::uint32_t>(value) & ~kF32SignBit;
}

}  // namespace

ASSAY_MULTIVERSION
std::uint32_t max_magnitude_bits(std::span<const float> values) {
  std::uint32_t bits = 0;
  for (const float value : values)
    bits = std::max(bits, magnitude_bits(value));
  return bits;
}

Result<float> finite_amax(std::string_view tensor, std::string_view what,
                          std::span<const float> values) {
  const std::uint32_t bits = max_magnitude_bits(values);
  if (bits < kF32Infinity) return std::bit_cast<float>(bits);
  const auto first = std::find_if(values.begin(), values.end(), [](float value) {
    return magnitude_bits(value) >= kF32Infinity;
  });
  return fail(ErrorCode::invalid_vectors, "{}[{}] = {}: a {} must be finite", tensor,
              first - values.begin(), *first, what);
}

}  // namespace assay
