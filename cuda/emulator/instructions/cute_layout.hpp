// SPDX-License-Identifier: Apache-2.0
// For tests: CuTe's layouts, functions from (thread, value) to an index, written as the Shape and
// Stride of their two modes. The layouts in the tests are transcribed from CUTLASS 4.2,
// include/cute/atom (mma_traits_sm70/75/80/89/90.hpp, copy_traits_sm75/90/100.hpp).
#pragma once

#include <cstddef>
#include <vector>

namespace assay::emulator {

struct CuteMode {
  std::size_t extent, stride;
};

struct CuteLayout {
  std::vector<CuteMode> thread, value;  // first varies fastest

  std::size_t threads() const { return size(thread); }
  std::size_t values() const { return size(value); }
  std::size_t operator()(std::size_t t, std::size_t v) const {
    return offset(thread, t) + offset(value, v);
  }

 private:
  static std::size_t size(const std::vector<CuteMode>& modes) {
    std::size_t product = 1;
    for (const CuteMode& mode : modes)
      product *= mode.extent;
    return product;
  }
  static std::size_t offset(const std::vector<CuteMode>& modes, std::size_t index) {
    std::size_t sum = 0;
    for (const CuteMode& mode : modes) {
      sum += index % mode.extent * mode.stride;
      index /= mode.extent;
    }
    return sum;
  }
};

}  // namespace assay::emulator
