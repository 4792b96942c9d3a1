// SPDX-License-Identifier: Apache-2.0
// Active lanes are cut into runs: side by side, at one address, or single. Compiled once for each
// vector extension. Each run is looked at and served under the locks of its pages.
#include "cuda/emulator/memory/warp_kernels.hpp"

#include <bit>
#include <cstring>

#include "cuda/emulator/memory/dense_kernels.hpp"
#include "cuda/emulator/memory/lane_kernels.hpp"
#include "reference/simd_kernel.hpp"

namespace assay::emulator {
namespace {

struct Run {
  int first = 0, count = 1;
  std::uint64_t step = 0;  // from lane to lane: a lane's bytes, or 0

  Mask lanes() const { return (count == kLanes ? kAllLanes : (1u << count) - 1) << first; }
};

ASSAY_KERNEL_PART bool is_regular(const std::uint64_t* addresses, std::uint64_t step) {
  std::uint64_t differs = 0;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane)
    differs |= addresses[lane] ^ (addresses[0] + lane * step);
  return differs == 0;
}

ASSAY_KERNEL_PART Run next_run(const WarpRequest& request, Mask active) {
  Run run{std::countr_zero(active), 1, request.bytes};
  const std::uint64_t* const addresses = request.addresses;
  if (active == kAllLanes) {
    if (is_regular(addresses, request.bytes)) return {0, kLanes, request.bytes};
    if (is_regular(addresses, 0)) return {0, kLanes, 0};
  }
  const auto follows = [&](int lane) {
    return lane < kLanes && (active >> lane & 1) != 0 &&
           addresses[lane] == addresses[lane - 1] + run.step;
  };
  const int second = run.first + 1;
  if (second < kLanes && addresses[second] == addresses[run.first]) run.step = 0;
  while (follows(run.first + run.count))
    ++run.count;
  return run;
}

ASSAY_KERNEL_PART std::uint64_t run_bytes(const WarpRequest& request, const Run& run) {
  return request.bytes + static_cast<std::uint64_t>(run.count - 1) * run.step;
}

// In the region as a whole, aligned, and, where races are looked for, without split granules.
ASSAY_KERNEL_PART bool fits(const Region& region, const WarpRequest& request, const Run& run,
                            std::uint64_t offset) {
  const std::uint64_t bytes = run_bytes(request, run);
  const std::uint64_t least = request.bytes >= kGranule ? kGranule : request.bytes;
  return bytes <= region.size && offset <= region.size - bytes &&
         (offset & (request.align - 1)) == 0 &&
         (region.words.writer == nullptr || (offset & (least - 1)) == 0);
}

ASSAY_KERNEL_PART bool is_dense(const WarpRequest& request, const Run& run, std::uint64_t offset) {
  const std::size_t bytes = static_cast<std::size_t>(run.count) * request.bytes;
  return run.step != 0 && run.count > 1 && bytes % (kWords<Words8> * kGranule) == 0 &&
         offset % kGranule == 0 && std::has_single_bit(request.bytes);
}

// The dense part, out of line: it is large, and the same for all sizes.
using LoadDense = bool (*)(const Region& region, const Dense& dense, std::byte* to);
using StoreDense = bool (*)(const Region& region, const Dense& dense, const std::byte* from);

// Each returns the lanes of the run that were not served.
template <bool kGlobal, std::uint32_t kBytes>
struct LoadRun {
  using Data = std::byte*;
  using DenseKernel = LoadDense;

  ASSAY_KERNEL_PART Mask run(const Region& region, const WarpRequest& request, const Run& run,
                             std::uint64_t offset, std::byte* to, LoadDense dense) {
    if (is_dense(request, run, offset) &&
        dense(region, Dense(region, offset, run.first, run.count, request.bytes), to))
      return 0;
    if (run.step == 0 && run.count > 1) return together(region, request, run, offset, to);
    Mask left = 0;
    for (int l = 0; l < run.count; ++l, offset += run.step, to += request.bytes) {
      if (load_lane<kGlobal, kBytes>(region, offset, request.bytes, run.first + l, 0)) {
        copy_lane<kBytes>(to, region.data + offset, request.bytes);
      } else {
        left |= 1u << (run.first + l);
      }
    }
    return left;
  }

  ASSAY_KERNEL_PART Mask together(const Region& region, const WarpRequest& request, const Run& run,
                                  std::uint64_t offset, std::byte* to) {
    if (!load_lane<kGlobal, kBytes>(region, offset, request.bytes, run.first, kTogetherFlag))
      return run.lanes();
    for (int l = 0; l < run.count; ++l, to += request.bytes)
      copy_lane<kBytes>(to, region.data + offset, request.bytes);
    return 0;
  }
};

template <bool kGlobal, std::uint32_t kBytes>
struct StoreRun {
  using Data = const std::byte*;
  using DenseKernel = StoreDense;

  ASSAY_KERNEL_PART Mask run(const Region& region, const WarpRequest& request, const Run& run,
                             std::uint64_t offset, const std::byte* from, StoreDense dense) {
    if (is_dense(request, run, offset) &&
        dense(region, Dense(region, offset, run.first, run.count, request.bytes), from))
      return 0;
    Mask left = 0;
    for (int l = 0; l < run.count; ++l, offset += run.step, from += request.bytes)
      if (!store_lane<kGlobal, kBytes>(region, offset, request.bytes, run.first + l, from))
        left |= 1u << (run.first + l);
    return left;
  }
};

template <typename Kind>
ASSAY_KERNEL_PART Mask for_runs(const Region& region, const WarpRequest& request,
                                typename Kind::Data data, typename Kind::DenseKernel dense) {
  Mask left = 0;
  PageGuard guard(region.locks);
  for (Mask active = request.active; active != 0;) {
    const Run run = next_run(request, active);
    const std::uint64_t offset = request.addresses[run.first] - region.begin;
    active &= ~run.lanes();
    if (!fits(region, request, run, offset)) {
      left |= run.lanes();
      continue;
    }
    guard.hold(offset, offset + run_bytes(request, run) - 1);
    left |= Kind::run(region, request, run, offset,
                      data + static_cast<std::size_t>(run.first) * request.bytes, dense);
  }
  return left;
}

template <template <bool, std::uint32_t> typename Kind, bool kGlobal>
ASSAY_KERNEL_PART Mask of_size(const Region& region, const WarpRequest& request,
                               typename Kind<kGlobal, 0>::Data data,
                               typename Kind<kGlobal, 0>::DenseKernel dense) {
  switch (request.bytes) {
    case 4:
      return for_runs<Kind<kGlobal, 4>>(region, request, data, dense);
    case 8:
      return for_runs<Kind<kGlobal, 8>>(region, request, data, dense);
    case 16:
      return for_runs<Kind<kGlobal, 16>>(region, request, data, dense);
    default:
      return for_runs<Kind<kGlobal, 0>>(region, request, data, dense);
  }
}

template <template <bool, std::uint32_t> typename Kind>
ASSAY_KERNEL_PART Mask serve(const Region& region, const WarpRequest& request,
                             typename Kind<false, 0>::Data data,
                             typename Kind<false, 0>::DenseKernel dense) {
  return region.view.is_global ? of_size<Kind, true>(region, request, data, dense)
                               : of_size<Kind, false>(region, request, data, dense);
}

#define ASSAY_WARP_KERNELS(TARGET)                                                             \
  [[gnu::noinline]] TARGET bool dense_load(const Region& region, const Dense& dense,           \
                                           std::byte* to) {                                    \
    return load_dense(region, dense, to);                                                      \
  }                                                                                            \
  [[gnu::noinline]] TARGET bool dense_store(const Region& region, const Dense& dense,          \
                                            const std::byte* from) {                           \
    return store_dense(region, dense, from);                                                   \
  }                                                                                            \
  TARGET Mask load(const Region& region, const WarpRequest& request, std::byte* data) {        \
    return serve<LoadRun>(region, request, data, &dense_load);                                 \
  }                                                                                            \
  TARGET Mask store(const Region& region, const WarpRequest& request, const std::byte* data) { \
    return serve<StoreRun>(region, request, data, &dense_store);                               \
  }

namespace portable {
ASSAY_WARP_KERNELS()
}
#if defined(__x86_64__)
namespace avx2 {
ASSAY_WARP_KERNELS(ASSAY_AVX2)
}
namespace avx512 {
ASSAY_WARP_KERNELS(ASSAY_AVX512)
}
#endif
#undef ASSAY_WARP_KERNELS

}  // namespace

const WarpKernels& warp_kernels() {
  static const WarpKernels kernels{ASSAY_KERNEL(load), ASSAY_KERNEL(store)};
  return kernels;
}

}  // namespace assay::emulator
