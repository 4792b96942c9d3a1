// SPDX-License-Identifier: Apache-2.0
// How a handler is written once and compiled for each vector extension. A body is a class with
//   static Flow run(Warp& warp, const Op& op, Mask active);
// marked ASSAY_BODY (always inlined, as is what it calls: ASSAY_CALL); handler<Body>() is the one
// for this machine. Bits do not depend on the choice. Most instructions are lanewise<F, D, S...>():
// F a function object from sources of types S to a D.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/program/op.hpp"
#include "reference/simd_kernel.hpp"

#define ASSAY_BODY [[gnu::always_inline]] static inline
#define ASSAY_CALL [[gnu::always_inline]] inline

namespace assay::emulator {

template <typename Body>
Flow run_portable(Warp& warp, const Op& op, Mask active) {
  return Body::run(warp, op, active);
}

// Unoptimized and sanitized builds, which are not for speed, compile one variant only.
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
template <typename Body>
__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))) Flow run_avx2(Warp& warp,
                                                                             const Op& op,
                                                                             Mask active) {
  return Body::run(warp, op, active);
}

template <typename Body>
__attribute__((target(
    "avx512f,avx512bw,avx512dq,avx512vl,avx512cd,fma,f16c,bmi,bmi2,lzcnt,popcnt,prefer-vector-"
    "width=512"))) Flow
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

// Sources in order: Op::a, b, c, then Op::list.
template <std::size_t kIndex>
ASSAY_CALL Slot source_slot(const Op& op) {
  if constexpr (kIndex == 0) return op.a;
  if constexpr (kIndex == 1) return op.b;
  if constexpr (kIndex == 2) return op.c;
  if constexpr (kIndex > 2) return op.list[kIndex - 3];
}

// F may hold what is the same for all lanes: it is then made from the operation, or from the warp
// and the operation, and in the second case called with the lane before the sources.
template <typename F>
constexpr bool kTakesLane = std::is_constructible_v<F, Warp&, const Op&>;

template <typename F>
ASSAY_CALL F function_of(Warp& warp, const Op& op) {
  if constexpr (kTakesLane<F>) {
    return F(warp, op);
  } else if constexpr (std::is_constructible_v<F, const Op&>) {
    return F(op);
  } else {
    return F{};
  }
}

// dst = f(sources...), element by element, kElements a lane. Inactive lanes are computed, too (of
// whatever their registers hold: functions are total), and not written.
template <typename F, int kElements, typename D, typename... S>
struct Lanewise {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    return run(warp, op, active, std::index_sequence_for<S...>{});
  }

 private:
  template <std::size_t... kIndex>
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active, std::index_sequence<kIndex...>) {
    D* const destination = warp.lanes<D>(op.dst);
    const F f = function_of<F>(warp, op);
    if (active == kAllLanes) {
      apply(f, destination, warp.lanes<const S>(source_slot<kIndex>(op))...);
      return Flow::next;
    }
    alignas(64) D all[kLanes * kElements];
    apply(f, all, warp.lanes<const S>(source_slot<kIndex>(op))...);
    for (Mask rest = active; rest != 0; rest &= rest - 1)
      for (int e = 0; e < kElements; ++e) {
        const int i = std::countr_zero(rest) * kElements + e;
        destination[i] = all[i];
      }
    return Flow::next;
  }

  ASSAY_BODY void apply(const F& f, D* d, const S*... s) {
#pragma GCC ivdep
    for (int i = 0; i < kLanes * kElements; ++i) {
      if constexpr (kTakesLane<F>)
        d[i] = f(i / kElements, s[i]...);
      else
        d[i] = f(s[i]...);
    }
  }
};

template <typename F, typename D, typename... S>
Handler lanewise() {
  return handler<Lanewise<F, 1, D, S...>>();
}
// Of two elements a lane, each of the types.
template <typename F, typename D, typename... S>
Handler lanewise_x2() {
  return handler<Lanewise<F, 2, D, S...>>();
}

// The lanes where the predicate holds.
template <typename F, typename... S>
ASSAY_CALL Mask lanes_where(const F& holds, const S*... s) {
  Mask result = 0;
  for (int i = 0; i < kLanes; ++i)
    result |= holds(s[i]...) ? Mask{1} << i : Mask{0};
  return result;
}

}  // namespace assay::emulator
