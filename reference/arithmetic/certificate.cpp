// SPDX-License-Identifier: Apache-2.0
#include "reference/arithmetic/certificate.hpp"

#include <cstdlib>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/format/nvfp4_block.hpp"

namespace assay {
namespace {

// One dot in units of 2^-19: the sum of |terms| and the bits that any term uses.
bool dot_is_certified(const std::uint8_t* codes, const std::uint8_t* block_scales,
                      const std::int32_t* x, std::int64_t length) {
  std::uint64_t sum = 0;
  std::uint64_t used_bits = 0;
  for (std::int64_t k = 0; k < length; ++k) {
    const std::int64_t w = e2m1_to_half_units(unpack_e2m1(codes[k / 2], k));
    const std::int64_t s = e4m3_to_units(block_scales[k / kNvfp4BlockSize]);
    const auto term = static_cast<std::uint64_t>(std::abs(w * s * x[k]));
    sum += term;
    used_bits |= term;
  }
  const std::uint64_t lsb = used_bits & (~used_bits + 1);
  return used_bits == 0 || sum >> 24 < lsb;
}

}  // namespace

bool dots_are_certified(const Nvfp4Rows& rows, std::span<const std::int32_t> x_units,
                        std::int64_t count_x) {
  const std::int64_t count_rows = static_cast<std::int64_t>(rows.codes.size()) * 2 / rows.length;
  for (std::int64_t row = 0; row < count_rows; ++row)
    for (std::int64_t m = 0; m < count_x; ++m)
      if (!dot_is_certified(rows.codes.data() + row * rows.length / 2,
                            rows.block_scales.data() + row * rows.length / kNvfp4BlockSize,
                            x_units.data() + m * rows.length, rows.length))
        return false;
  return true;
}

}  // namespace assay
