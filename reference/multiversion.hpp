// SPDX-License-Identifier: Apache-2.0
// ASSAY_MULTIVERSION before a function compiles it for several x86-64 levels, of which the loader
// picks one at run time. The bits do not depend on the choice: every operation is one of IEEE 754,
// and contraction is off (cmake/numerics.cmake).
#pragma once

// The loader picks before ThreadSanitizer's runtime is ready; clang 14 ignores the attribute.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define ASSAY_MULTIVERSION \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define ASSAY_MULTIVERSION
#endif
