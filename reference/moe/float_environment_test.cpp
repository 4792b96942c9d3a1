// SPDX-License-Identifier: Apache-2.0
// Worker threads compute under the caller's floating-point settings, also when they were started
// under others. Oracle: IEEE 754: with scores of 2^-140 some outputs are subnormal, and none if
// flushed.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include "reference/moe/run.hpp"
#include "reference/moe/test_layer.hpp"

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace assay {
namespace {

#ifdef __SSE__
TEST(FloatEnvironment, AnArenaThatWasStartedWithFlushToZeroChangesNoBit) {
  OwnedLayer layer({1, 8, 16, 16, 4, 2}, 1);
  for (float& score : layer.scores)
    score = 0x1p-140f;
  std::vector<float> output(8 * 16);
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  tbb::parallel_for(0, 64, [](int) {});
  _mm_setcsr(before);
  ASSERT_TRUE(run_moe(layer.view(), Accumulation::exact, output));
  ASSERT_TRUE(
      std::ranges::any_of(output, [](float x) { return x != 0 && std::abs(x) < 0x1p-126f; }));
}
#endif

}  // namespace
}  // namespace assay
