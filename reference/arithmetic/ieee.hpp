// SPDX-License-Identifier: Apache-2.0
// What Assay's arithmetic stands on: IEEE 754 binary32 and binary64, each operation rounded by
// itself. A build that gives that up does not compile.
#pragma once

#include <cfloat>
#include <limits>

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__)
#error "Assay's bits are defined by IEEE 754 operations: build without -ffast-math and its parts"
#endif

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);
static_assert(FLT_EVAL_METHOD == 0, "binary32 operations must round to binary32");
