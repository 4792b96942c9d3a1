// SPDX-License-Identifier: Apache-2.0
// Times of work on a device, by CUDA events around it, with a cold L2 cache.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "cuda/backend/device.hpp"

namespace assay::cuda {

// What timing needs of the driver beyond the backend's own table.
#define ASSAY_CUDA_TIMING_FUNCTIONS(X) \
  X(cuStreamCreate)                    \
  X(cuStreamDestroy)                   \
  X(cuStreamBeginCapture)              \
  X(cuStreamEndCapture)                \
  X(cuGraphInstantiate)                \
  X(cuGraphLaunch)                     \
  X(cuGraphExecDestroy)                \
  X(cuGraphDestroy)                    \
  X(cuEventCreate)                     \
  X(cuEventRecord)                     \
  X(cuEventSynchronize)                \
  X(cuEventElapsedTime)                \
  X(cuEventDestroy)                    \
  X(cuMemsetD8Async)

struct TimingFunctions {
#define ASSAY_CUDA_TIMING_MEMBER(name) decltype(&::name) name##_fn = nullptr;
  ASSAY_CUDA_TIMING_FUNCTIONS(ASSAY_CUDA_TIMING_MEMBER)
#undef ASSAY_CUDA_TIMING_MEMBER
};

using Work = std::function<CudaStatus(CUstream)>;

// A stream, two events, and memory to sweep through the cache. The device's context is current.
class Stopwatch {
 public:
  // `sweep_bytes`: written before each measurement; at least twice the L2 cache empties it.
  static CudaResult<Stopwatch> make(std::shared_ptr<const Device> device, std::size_t sweep_bytes);
  ~Stopwatch();
  Stopwatch(Stopwatch&& other) noexcept;
  Stopwatch& operator=(Stopwatch&&) = delete;

  // Sweeps the cache, then enqueues the work between two events and waits: microseconds.
  CudaResult<double> microseconds(const Work& work) const;

  // The work as a graph that was captured once: launching it costs the host one call.
  CudaResult<Work> capture(const Work& work);

  CUstream stream() const { return stream_; }

 private:
  Stopwatch() = default;
  CudaStatus create();

  std::shared_ptr<const Device> device_;
  TimingFunctions functions_;
  Buffer sweep_;
  CUstream stream_ = nullptr;
  CUevent begin_ = nullptr, end_ = nullptr;
  std::vector<CUgraphExec> graphs_;
};

struct Quartiles {
  double lower = 0, median = 0, upper = 0;
};

// Of at least one value: the nearest of them.
Quartiles quartiles(std::vector<double> values);

}  // namespace assay::cuda
