// SPDX-License-Identifier: Apache-2.0
// The array casts with AVX2.
#include "reference/simd_kernel.hpp"

#if defined(__x86_64__)
#include "reference/format/cast_avx2.hpp"

namespace assay::avx2 {

ASSAY_AVX2 void f32_to_e4m3(const float* values, std::size_t count, std::uint8_t* codes) {
  cast_array<kE4m3Cast>(values, count, codes, AsTheyAre{});
}

ASSAY_AVX2 void f32_to_e2m1(const float* values, std::size_t count, std::uint8_t* codes) {
  cast_array<kE2m1Cast>(values, count, codes, AsTheyAre{});
}

}  // namespace assay::avx2
#endif
