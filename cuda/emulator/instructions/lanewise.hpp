// SPDX-License-Identifier: Apache-2.0
// How a handler is written once and compiled for each vector extension: a body is a class with
//   static Flow run(Warp& warp, const Op& op, Mask active);
// marked ASSAY_BODY (always inlined, lambdas too); handler<Body>() is the one for this machine.
// Bits do not depend on the choice.
#pragma once

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/program/op.hpp"
#include "reference/simd_kernel.hpp"

#define ASSAY_BODY [[gnu::always_inline]] static inline

namespace assay::emulator {

template <typename Body>
Flow run_portable(Warp& warp, const Op& op, Mask active) {
  return Body::run(warp, op, active);
}

#if defined(__x86_64__)
template <typename Body>
__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))) Flow run_avx2(Warp& warp,
                                                                             const Op& op,
                                                                             Mask active) {
  return Body::run(warp, op, active);
}

template <typename Body>
__attribute__((
    target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,fma,f16c,bmi,bmi2,lzcnt,popcnt"))) Flow
run_avx512(Warp& warp, const Op& op, Mask active) {
  return Body::run(warp, op, active);
}

template <typename Body>
Handler handler() {
  return pick_kernel<Flow(Warp&, const Op&, Mask)>(&run_portable<Body>, &run_avx2<Body>,
                                                   &run_avx512<Body>);
}
#else
template <typename Body>
Handler handler() {
  return &run_portable<Body>;
}
#endif

// dst[lane] = f(sources[lane]...) for active lanes. Sources may be the destination itself.
// F is a class with ASSAY_BODY D apply(A, B, ...).
template <typename F, typename D, typename A>
struct Unary {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    D* const d = warp.lanes<D>(op.dst);
    const A* const a = warp.lanes<A>(op.a);
    if (active == kAllLanes) {
#pragma GCC ivdep
      for (int lane = 0; lane < kLanes; ++lane)
        d[lane] = F::apply(a[lane]);
    } else {
      for (int lane = 0; lane < kLanes; ++lane)
        if ((active >> lane) & 1) d[lane] = F::apply(a[lane]);
    }
    return Flow::next;
  }
};

template <typename F, typename D, typename A, typename B>
struct Binary {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    D* const d = warp.lanes<D>(op.dst);
    const A* const a = warp.lanes<A>(op.a);
    const B* const b = warp.lanes<B>(op.b);
    if (active == kAllLanes) {
#pragma GCC ivdep
      for (int lane = 0; lane < kLanes; ++lane)
        d[lane] = F::apply(a[lane], b[lane]);
    } else {
      for (int lane = 0; lane < kLanes; ++lane)
        if ((active >> lane) & 1) d[lane] = F::apply(a[lane], b[lane]);
    }
    return Flow::next;
  }
};

template <typename F, typename D, typename A, typename B, typename C>
struct Ternary {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    D* const d = warp.lanes<D>(op.dst);
    const A* const a = warp.lanes<A>(op.a);
    const B* const b = warp.lanes<B>(op.b);
    const C* const c = warp.lanes<C>(op.c);
    if (active == kAllLanes) {
#pragma GCC ivdep
      for (int lane = 0; lane < kLanes; ++lane)
        d[lane] = F::apply(a[lane], b[lane], c[lane]);
    } else {
      for (int lane = 0; lane < kLanes; ++lane)
        if ((active >> lane) & 1) d[lane] = F::apply(a[lane], b[lane], c[lane]);
    }
    return Flow::next;
  }
};

}  // namespace assay::emulator
