// SPDX-License-Identifier: Apache-2.0
// For tests: a CUDA driver without a device. It exports the functions that the backend binds, keeps
// account of contexts, modules, memory and launches, fails the calls that a test names, and notes
// what a correct program never does. Kernels are not executed. The rules are those of the CUDA
// Driver API; which errors are kept by a context, cuda.h says.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <cuda.h>

namespace assay::cuda {

struct FakeLaunch {
  std::string kernel;
  unsigned grid[3];
  unsigned threads;
  unsigned shared_bytes;
  CUstream stream;
  CUcontext context;
};

enum class FakeFailure {
  once,    // this call only
  sticky,  // the context keeps the error: every later call in it fails with the same
  thrown,  // no result: the call throws std::runtime_error
};

struct FakeState {
  // Settings.
  std::string device_name = "Fake B200";
  int major = 10, minor = 0;
  int device_count = 1;
  bool push_fails_when_lost = false;  // or only what is called afterwards

  // Records. Functions have their names without version suffix.
  std::vector<std::string> calls;
  std::vector<FakeLaunch> launches;
  std::vector<std::string> misuse;              // empty, whatever failed
  std::map<CUdeviceptr, std::size_t> memory;    // address and bytes of what is allocated
  std::map<CUmodule, CUcontext> modules;        // that are loaded
  std::map<CUfunction, std::string> functions;  // of loaded modules
  int retained = 0;                             // references to the primary context
};

class FakeDriver : public FakeState {
 public:
  bool is_inside = false;  // a function of the driver is running

  virtual ~FakeDriver() = default;
  virtual void reset() = 0;  // as in a new process
  // The nth call of the function from now on, counted from 1.
  virtual void fail(const std::string& function, int nth, CUresult result,
                    FakeFailure kind = FakeFailure::once) = 0;
  virtual void fail_nothing() = 0;
  virtual CUcontext primary() = 0;
  virtual CUcontext create_context() = 0;
  virtual CUstream create_stream(CUcontext context) = 0;
  virtual void destroy_primary() = 0;                   // as cuDevicePrimaryCtxReset() does
  virtual std::vector<CUcontext>& current_stack() = 0;  // of the calling thread
};

}  // namespace assay::cuda

// Of the library that the caller is linked with or has opened.
extern "C" assay::cuda::FakeDriver& assay_fake_driver();
