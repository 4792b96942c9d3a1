// SPDX-License-Identifier: Apache-2.0
// A context with its streams, events and graphs. Operations are executed when they are enqueued, on
// the calling thread, under the context's mutex; a stream therefore never has work outstanding.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/emulator/driver/outcome.hpp"

namespace assay::emulator {

struct Stream;

struct Context {
  CUcontext handle = nullptr;
  std::uint64_t id = 0;
  bool is_primary = false;
  std::atomic<bool> is_alive{true};  // false: destroyed, or primary and not retained
  unsigned flags = 0;
  std::mutex mutex;  // of all below, and of execution
  CUresult sticky = CUDA_SUCCESS;
  std::string sticky_reason;
  std::map<CUlimit, std::size_t> limits;
  CUfunc_cache cache = CU_FUNC_CACHE_PREFER_NONE;
  std::uint64_t launches = 0;
  std::shared_ptr<Stream> legacy_stream, per_thread_stream;
  // A made-up clock for cuEventElapsedTime: a microsecond an operation, a nanosecond a warp
  // instruction and a byte copied. It gives the same times on every run.
  std::uint64_t clock_ns = 0;
};

// What a stream was asked to do; run executes it, the context's mutex held.
struct Operation {
  enum class Kind { kernel, copy, set, host, empty };
  Kind kind = Kind::empty;
  std::function<Outcome<void>(Context&)> run;
};

struct Graph {
  std::weak_ptr<Context> context;
  std::vector<Operation> operations;  // in the order in which they were captured
};

struct GraphExec {
  std::weak_ptr<Context> context;
  std::vector<Operation> operations;
};

// A stream capture under way; streams join it by waiting for an event recorded in it.
struct Capture {
  std::uint64_t id = 0;
  CUstream origin = nullptr;
  std::shared_ptr<Graph> graph;
  bool is_invalid = false;
};

struct Stream {
  std::weak_ptr<Context> context;
  CUstream handle = nullptr;  // null: the default streams
  std::uint64_t id = 0;
  unsigned flags = 0;
  int priority = 0;
  std::shared_ptr<Capture> capture;
};

struct Event {
  std::weak_ptr<Context> context;
  unsigned flags = 0;
  bool is_recorded = false;
  std::uint64_t time_ns = 0;
  std::shared_ptr<Capture> capture;  // that it was last recorded in
};

}  // namespace assay::emulator
