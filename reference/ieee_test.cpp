// SPDX-License-Identifier: Apache-2.0
// The process's floating-point environment is checked before bits are computed.
#include "reference/ieee.hpp"

#include <cfenv>

#include <gtest/gtest.h>

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace assay {
namespace {

TEST(FloatEnvironment, TheDefaultOneIsAccepted) {
  EXPECT_TRUE(check_float_environment());
}

TEST(FloatEnvironment, AnotherRoundingDirectionIsRefused) {
  for (const int direction : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(direction);
    const Status status = check_float_environment();
    std::fesetround(FE_TONEAREST);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "floating-point environment: must round to nearest even");
  }
}

#ifdef __SSE__
TEST(FloatEnvironment, FlushingSubnormalResultsOrOperandsIsRefused) {
  constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  for (const unsigned mode : {kFlushToZero, kDenormalsAreZero}) {
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | mode);
    const Status status = check_float_environment();
    _mm_setcsr(before);
    ASSERT_FALSE(status) << mode;
    EXPECT_EQ(status.error().message, "floating-point environment: flushes subnormals to zero");
  }
}
#endif

}  // namespace
}  // namespace assay
