// SPDX-License-Identifier: Apache-2.0
// The array casts of e4m3.hpp and e2m1.hpp: the kernel of the path in use.
#include "reference/format/cast_kernels.hpp"

#include <cassert>
#include <span>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/simd_kernel.hpp"
#include "reference/streaming.hpp"

namespace assay {
namespace {

static_assert(kE4m3Cast.max == kE4m3Max && kE4m3Cast.nan_code == kE4m3NaN);
static_assert(kE2m1Cast.max == kE2m1Max);

void cast_array(CastKernel* kernel, std::span<const float> values, std::span<std::uint8_t> codes) {
  assert(values.size() == codes.size());
  for_each_streamed_part(values.data(), values.size(), 1,
                         [&](std::size_t first, std::size_t count) {
                           kernel(values.data() + first, count, codes.data() + first);
                         });
}

}  // namespace

void f32_to_e4m3(std::span<const float> values, std::span<std::uint8_t> codes) {
  cast_array(ASSAY_KERNEL(f32_to_e4m3), values, codes);
}

void f32_to_e2m1(std::span<const float> values, std::span<std::uint8_t> codes) {
  cast_array(ASSAY_KERNEL(f32_to_e2m1), values, codes);
}

}  // namespace assay
