// SPDX-License-Identifier: Apache-2.0
// What Assay's arithmetic stands on: IEEE 754 binary32 and binary64, each operation rounded by
// itself. A build that gives that up does not compile, a process that gives it up is refused.
#pragma once

#include <cfloat>
#include <limits>

#include "reference/result.hpp"

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0)
#error "Assay's bits are defined by IEEE 754 operations: build without -ffast-math and its parts"
#endif

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);
static_assert(FLT_EVAL_METHOD == 0, "operations must round to the type of their operands");

namespace assay {

// Error (usage) when the calling thread rounds other than to nearest even or flushes subnormals, as
// a program linked with -ffast-math does at its start.
Status check_float_environment();

}  // namespace assay
