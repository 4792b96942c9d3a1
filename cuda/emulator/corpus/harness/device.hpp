// SPDX-License-Identifier: Apache-2.0
// Modules, arrays in device memory and launches: the driver API with C++ lifetimes. Every failing
// call throws DriverError.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cuda/emulator/corpus/harness/driver.hpp"

namespace assay::corpus {

// The primary context of device 0, current on the thread that calls; released at the end.
class Context {
 public:
  Context();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // "sm_110a": the architecture-specific target of the device's compute capability.
  std::string target() const;

 private:
  CUdevice device_ = 0;
};

// A PTX file, loaded.
class Module {
 public:
  explicit Module(const std::filesystem::path& ptx);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  CUfunction function(const char* name) const;

  // Address of a __device__ or __constant__ variable; throws where it is not `bytes` long.
  CUdeviceptr global(const char* name, std::size_t bytes) const;

  template <typename T>
  void set_global(const char* name, const std::vector<T>& values) const {
    const std::size_t bytes = values.size() * sizeof(T);
    CORPUS_CU(cuMemcpyHtoD, global(name, bytes), values.data(), bytes);
  }

  template <typename T>
  std::vector<T> get_global(const char* name, std::size_t count) const {
    std::vector<T> values(count);
    CORPUS_CU(cuMemcpyDtoH, values.data(), global(name, count * sizeof(T)), count * sizeof(T));
    return values;
  }

 private:
  CUmodule module_ = nullptr;
};

// An array in device memory of just the size asked for, so that an access past its end is one past
// the allocation.
template <typename T>
class Array {
 public:
  // Not initialised.
  explicit Array(std::size_t count) : count_(count) {
    CORPUS_CU(cuMemAlloc, &address_, count * sizeof(T));
  }
  explicit Array(const std::vector<T>& values) : Array(values.size()) {
    CORPUS_CU(cuMemcpyHtoD, address_, values.data(), count_ * sizeof(T));
  }
  ~Array() { driver().cuMemFree_fn(address_); }
  Array(Array&& other) noexcept
      : address_(std::exchange(other.address_, 0)), count_(other.count_) {}
  Array& operator=(Array&&) = delete;

  static Array zeros(std::size_t count) {
    Array array(count);
    CORPUS_CU(cuMemsetD8, array.address_, 0, count * sizeof(T));
    return array;
  }

  std::vector<T> download() const {
    std::vector<T> values(count_);
    CORPUS_CU(cuMemcpyDtoH, values.data(), address_, count_ * sizeof(T));
    return values;
  }

  CUdeviceptr address() const { return address_; }

 private:
  CUdeviceptr address_ = 0;
  std::size_t count_;
};

struct Dim {
  unsigned x = 1, y = 1, z = 1;
};

struct Grid {
  Dim blocks, threads;
  unsigned shared_bytes = 0;  // dynamic shared memory
};

// What a kernel parameter holds: an array's address, any other value as it is.
template <typename T>
CUdeviceptr parameter(const Array<T>& array) {
  return array.address();
}
template <typename T>
T parameter(T value) {
  return value;
}

void launch_raw(CUfunction function, const Grid& grid, void** parameters);

// Launches and waits. Each argument must have the very type of the kernel's parameter.
template <typename... Arguments>
void launch(CUfunction function, const Grid& grid, const Arguments&... arguments) {
  auto values = std::make_tuple(parameter(arguments)...);
  std::apply(
      [&](auto&... value) {
        void* parameters[] = {static_cast<void*>(&value)..., nullptr};
        launch_raw(function, grid, parameters);
      },
      values);
}

constexpr unsigned blocks_for(std::size_t count, unsigned per_block) {
  return static_cast<unsigned>((count + per_block - 1) / per_block);
}

}  // namespace assay::corpus
