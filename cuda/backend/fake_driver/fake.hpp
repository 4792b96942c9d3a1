// SPDX-License-Identifier: Apache-2.0
// Inside the fake driver: its account, and what every function does first.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "cuda/backend/fake_driver/fake_driver.hpp"

namespace assay::cuda {

inline constexpr unsigned kPlainSharedBytes = 48 * 1024;  // of a block, unless more is asked for

struct Plan {
  std::string function;
  int calls_left;
  CUresult result;
  FakeFailure kind;
};

// A function of a module.
struct Function {
  CUmodule module;
  unsigned shared_bytes = kPlainSharedBytes;
};

class Fake final : public FakeDriver {
 public:
  std::recursive_mutex mutex;
  bool is_initialized = false;
  CUresult lost = CUDA_SUCCESS;  // what the primary context keeps
  std::vector<Plan> plans;
  std::set<CUcontext> contexts;
  std::map<CUstream, CUcontext> streams;
  std::map<CUfunction, Function> function_data;
  std::map<CUdeviceptr, std::unique_ptr<std::byte[]>> bytes;

  void reset() override {
    static_cast<FakeState&>(*this) = FakeState{};
    is_initialized = false;
    primary_ = nullptr;
    plans.clear();
    contexts.clear();
    streams.clear();
    forget();
    current_stack().clear();
  }

  void fail(const std::string& function, int nth, CUresult result, FakeFailure kind) override {
    plans.push_back({function, nth, result, kind});
  }

  void fail_nothing() override { plans.clear(); }

  CUcontext primary() override { return primary_; }

  CUcontext create_context() override { return *contexts.insert(handle<CUcontext>()).first; }

  CUstream create_stream(CUcontext context) override {
    return streams.emplace(handle<CUstream>(), context).first->first;
  }

  void destroy_primary() override {
    contexts.erase(std::exchange(primary_, nullptr));
    forget();
  }

  std::vector<CUcontext>& current_stack() override {
    thread_local std::vector<CUcontext> stack;
    return stack;
  }

  CUcontext current() { return current_stack().empty() ? nullptr : current_stack().back(); }

  CUcontext retain() {
    if (primary_ == nullptr) primary_ = create_context();
    ++retained;
    return primary_;
  }

  void release() {
    if (retained == 0) return note("the primary context is released once too often");
    if (--retained > 0) return;
    if (lost == CUDA_SUCCESS && !(memory.empty() && modules.empty()))
      note(fmt::format("the context ends with {} allocations and {} modules", memory.size(),
                       modules.size()));
    destroy_primary();
  }

  void note(const std::string& what) { misuse.push_back(what); }

  template <typename Handle>
  Handle handle() {
    return reinterpret_cast<Handle>(next_handle_ += 16);
  }

  // What the script has for this call.
  CUresult scripted(const std::string& function) {
    CUresult result = CUDA_SUCCESS;
    for (Plan& plan : plans) {
      if (plan.function != function || --plan.calls_left != 0) continue;
      if (plan.kind == FakeFailure::thrown) throw std::runtime_error("scripted exception");
      if (plan.kind == FakeFailure::sticky) lost = plan.result;
      result = plan.result;
    }
    return result;
  }

 private:
  void forget() {
    lost = CUDA_SUCCESS;
    memory.clear();
    bytes.clear();
    modules.clear();
    functions.clear();
    function_data.clear();
  }

  CUcontext primary_ = nullptr;
  std::uintptr_t next_handle_ = 0x1000;
};

Fake& fake();

// One call of a function: its account, and what it may not do.
class Call {
 public:
  explicit Call(const char* function) : lock_(fake().mutex) {
    fake().is_inside = true;
    fake().calls.emplace_back(function);
    try {
      result_ = fake().scripted(function);
    } catch (...) {
      fake().is_inside = false;
      throw;
    }
    if (result_ == CUDA_SUCCESS && !fake().is_initialized && function != std::string("cuInit"))
      result_ = refuse(CUDA_ERROR_NOT_INITIALIZED, "before cuInit");
  }
  ~Call() { fake().is_inside = false; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Of functions that work in the current context.
  Call& in_context() {
    if (result_ != CUDA_SUCCESS) return *this;
    const CUcontext current = fake().current();
    if (!fake().contexts.contains(current))
      result_ = refuse(CUDA_ERROR_INVALID_CONTEXT, "without a context");
    else if (current == fake().primary())
      result_ = fake().lost;
    return *this;
  }

  bool failed() const { return result_ != CUDA_SUCCESS; }
  CUresult result() const { return result_; }
  CUresult refuse(CUresult result, const std::string& what) const {
    fake().note(fake().calls.back() + ": " + what);
    return result;
  }

 private:
  std::lock_guard<std::recursive_mutex> lock_;
  CUresult result_ = CUDA_SUCCESS;
};

}  // namespace assay::cuda
