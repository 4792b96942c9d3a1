// SPDX-License-Identifier: Apache-2.0
// How array kernels are written once per path. Each kernel has one name in three namespaces,
// portable, avx2 and avx512; ASSAY_KERNEL(name) is the one of simd_path(). A function with vector
// instructions names them by attribute, never by compiler flags: inline functions of other headers
// that such flags reached could be linked into code that every machine runs.
#pragma once

#include "reference/simd_path.hpp"

#if defined(__x86_64__)
#define ASSAY_AVX2 __attribute__((target("avx2")))
#define ASSAY_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define ASSAY_KERNEL(name) ::assay::pick_kernel(&portable::name, &avx2::name, &avx512::name)
#else
#define ASSAY_KERNEL(name) (&portable::name)
#endif

namespace assay {

template <typename Kernel>
Kernel* pick_kernel(Kernel* portable, Kernel* avx2, Kernel* avx512) {
  switch (simd_path()) {
    case SimdPath::avx512:
      return avx512;
    case SimdPath::avx2:
      return avx2;
    case SimdPath::portable:
      break;
  }
  return portable;
}

}  // namespace assay
