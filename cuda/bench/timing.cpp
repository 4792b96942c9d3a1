// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/timing.hpp"

#include <algorithm>
#include <utility>

#include <dlfcn.h>

namespace assay::cuda {
namespace {

#define ASSAY_CUDA_SYMBOL(name) ASSAY_CUDA_SYMBOL_TEXT(name)
#define ASSAY_CUDA_SYMBOL_TEXT(name) #name

// The library is open already: this finds it again.
CudaResult<TimingFunctions> load_functions(const std::string& path) {
  TimingFunctions functions;
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
#define ASSAY_CUDA_BIND(name)                                                           \
  functions.name##_fn = reinterpret_cast<decltype(&::name)>(                            \
      library ? dlsym(library, ASSAY_CUDA_SYMBOL(name)) : nullptr);                     \
  if (functions.name##_fn == nullptr)                                                   \
    return cuda_fail(CudaErrorCode::driver_unavailable, "{}: has no function {}", path, \
                     ASSAY_CUDA_SYMBOL(name));
  ASSAY_CUDA_TIMING_FUNCTIONS(ASSAY_CUDA_BIND)
#undef ASSAY_CUDA_BIND
  return functions;
}

CudaStatus check(const Driver& driver, CUresult result, const char* call) {
  if (result == CUDA_SUCCESS) return {};
  return tl::unexpected(error_of(driver, result, call, "timing"));
}

// ASSAY_CU for a function of TimingFunctions.
#define ASSAY_CU_TIMED(name, ...) \
  ASSAY_TRY(check(device_->driver(), functions_.name##_fn(__VA_ARGS__), #name))

}  // namespace

CudaResult<Stopwatch> Stopwatch::make(std::shared_ptr<const Device> device,
                                      std::size_t sweep_bytes) {
  Stopwatch watch;
  ASSAY_ASSIGN(watch.functions_, load_functions(device->driver().path));
  ASSAY_ASSIGN(watch.sweep_, Buffer::allocate(device, sweep_bytes, "memory to sweep the L2 cache"));
  watch.device_ = std::move(device);
  ASSAY_TRY(watch.create());
  return watch;
}

CudaStatus Stopwatch::create() {
  ASSAY_CU_TIMED(cuStreamCreate, &stream_, CU_STREAM_NON_BLOCKING);
  ASSAY_CU_TIMED(cuEventCreate, &begin_, CU_EVENT_DEFAULT);
  ASSAY_CU_TIMED(cuEventCreate, &end_, CU_EVENT_DEFAULT);
  return {};
}

Stopwatch::Stopwatch(Stopwatch&& other) noexcept
    : device_(std::move(other.device_)),
      functions_(other.functions_),
      sweep_(std::move(other.sweep_)),
      stream_(std::exchange(other.stream_, nullptr)),
      begin_(std::exchange(other.begin_, nullptr)),
      end_(std::exchange(other.end_, nullptr)),
      graphs_(std::move(other.graphs_)) {}

Stopwatch::~Stopwatch() {
  for (CUgraphExec graph : graphs_)
    functions_.cuGraphExecDestroy_fn(graph);
  if (begin_) functions_.cuEventDestroy_fn(begin_);
  if (end_) functions_.cuEventDestroy_fn(end_);
  if (stream_) functions_.cuStreamDestroy_fn(stream_);
}

CudaResult<double> Stopwatch::microseconds(const Work& work) const {
  if (sweep_.bytes() > 0)
    ASSAY_CU_TIMED(cuMemsetD8Async, sweep_.address(), 0x5A, sweep_.bytes(), stream_);
  ASSAY_CU_TIMED(cuEventRecord, begin_, stream_);
  ASSAY_TRY(work(stream_));
  ASSAY_CU_TIMED(cuEventRecord, end_, stream_);
  ASSAY_CU_TIMED(cuEventSynchronize, end_);
  float milliseconds = 0;
  ASSAY_CU_TIMED(cuEventElapsedTime, &milliseconds, begin_, end_);
  return 1000.0 * milliseconds;
}

CudaResult<Work> Stopwatch::capture(const Work& work) {
  CUgraph graph = nullptr;
  ASSAY_CU_TIMED(cuStreamBeginCapture, stream_, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  const CudaStatus enqueued = work(stream_);
  ASSAY_CU_TIMED(cuStreamEndCapture, stream_, &graph);
  ASSAY_TRY(enqueued);
  CUgraphExec executable = nullptr;
  const CUresult made = functions_.cuGraphInstantiate_fn(&executable, graph, 0);
  functions_.cuGraphDestroy_fn(graph);
  ASSAY_TRY(check(device_->driver(), made, "cuGraphInstantiate"));
  graphs_.push_back(executable);
  return Work([this, executable](CUstream stream) -> CudaStatus {
    ASSAY_CU_TIMED(cuGraphLaunch, executable, stream);
    return {};
  });
}

Quartiles quartiles(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.25), at(0.5), at(0.75)};
}

}  // namespace assay::cuda
