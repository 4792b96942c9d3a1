// SPDX-License-Identifier: Apache-2.0
// The array casts in plain C++.
#include "reference/format/cast_portable.hpp"
#include "reference/multiversion.hpp"

namespace assay::portable {

ASSAY_MULTIVERSION
void f32_to_e4m3(const float* values, std::size_t count, std::uint8_t* codes) {
  for (std::size_t i = 0; i < count; ++i)
    codes[i] = encode<kE4m3Cast>(values[i]);
}

ASSAY_MULTIVERSION
void f32_to_e2m1(const float* values, std::size_t count, std::uint8_t* codes) {
  for (std::size_t i = 0; i < count; ++i)
    codes[i] = encode<kE2m1Cast>(values[i]);
}

}  // namespace assay::portable
