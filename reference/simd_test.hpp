// SPDX-License-Identifier: Apache-2.0
// For tests: runs something on every path that this machine has, and wants the same result.
#pragma once

#include <gtest/gtest.h>

#include "reference/simd_path.hpp"

namespace assay {

// Restores the path that was in use.
class ForcedSimdPath {
 public:
  explicit ForcedSimdPath(SimdPath path) { EXPECT_TRUE(force_simd_path(path)); }
  ~ForcedSimdPath() { EXPECT_TRUE(force_simd_path(before_)); }
  ForcedSimdPath(const ForcedSimdPath&) = delete;
  ForcedSimdPath& operator=(const ForcedSimdPath&) = delete;

 private:
  SimdPath before_ = simd_path();
};

// The result of the portable path.
template <typename Compute>
auto on_every_path(Compute compute) {
  const auto on_path = [&](SimdPath path) {
    const ForcedSimdPath forced(path);
    return compute();
  };
  const auto expected = on_path(SimdPath::portable);
  for (const SimdPath path : available_simd_paths())
    EXPECT_TRUE(on_path(path) == expected) << simd_path_name(path) << " differs from portable";
  return expected;
}

}  // namespace assay
