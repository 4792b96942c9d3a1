// SPDX-License-Identifier: Apache-2.0
// Floating-point operations of the host in a rounding mode: the oracle of directed rounding is the
// host's IEEE 754 unit under fesetround, and glibc's fma, which honours the mode. Compile what
// includes this with -frounding-math.
#pragma once

#include <cfenv>

namespace assay::corpus {

constexpr int kRoundings[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};

// What `operation` computes in a mode. Operands go through volatile variables in the caller, so
// that nothing is computed before the mode is set.
template <typename Operation>
auto rounded(int mode, Operation operation) {
  std::fesetround(mode);
  volatile auto result = operation();
  std::fesetround(FE_TONEAREST);
  return static_cast<decltype(operation())>(result);
}

}  // namespace assay::corpus
