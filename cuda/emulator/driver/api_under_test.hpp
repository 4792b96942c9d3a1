// SPDX-License-Identifier: Apache-2.0
// For tests: the shared library, loaded as a program would load it, with its functions by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "cuda/emulator/driver/cuda_abi.h"

namespace assay::emulator {

inline void* library() {
  static void* const opened = dlopen(ASSAY_CUDA_EMULATOR, RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) throw std::runtime_error(dlerror());
  return opened;
}

// A function of the library; `Function` is its type.
template <typename Function>
Function* symbol(const char* name) {
  void* const address = dlsym(library(), name);
  if (address == nullptr) throw std::runtime_error(dlerror());
  return reinterpret_cast<Function*>(address);
}

#define ASSAY_TEST_API(name, ...) \
  CUresult (*name)(__VA_ARGS__) = symbol<CUresult(__VA_ARGS__)>(#name)

struct Api {
  ASSAY_TEST_API(cuInit, unsigned);
  ASSAY_TEST_API(cuDriverGetVersion, int*);
  ASSAY_TEST_API(cuGetErrorName, CUresult, const char**);
  ASSAY_TEST_API(cuGetErrorString, CUresult, const char**);
  ASSAY_TEST_API(cuGetProcAddress, const char*, void**, int, cuuint64_t);
  ASSAY_TEST_API(cuGetProcAddress_v2, const char*, void**, int, cuuint64_t,
                 CUdriverProcAddressQueryResult*);
  ASSAY_TEST_API(cuGetExportTable, const void**, const CUuuid*);
  ASSAY_TEST_API(cuDeviceGetCount, int*);
  ASSAY_TEST_API(cuDeviceGet, CUdevice*, int);
  ASSAY_TEST_API(cuDeviceGetName, char*, int, CUdevice);
  ASSAY_TEST_API(cuDeviceGetUuid_v2, CUuuid*, CUdevice);
  ASSAY_TEST_API(cuDeviceTotalMem_v2, std::size_t*, CUdevice);
  ASSAY_TEST_API(cuDeviceGetAttribute, int*, CUdevice_attribute, CUdevice);
  ASSAY_TEST_API(cuDeviceComputeCapability, int*, int*, CUdevice);
  ASSAY_TEST_API(cuDeviceGetProperties, CUdevprop*, CUdevice);
  ASSAY_TEST_API(cuDeviceGetPCIBusId, char*, int, CUdevice);
  ASSAY_TEST_API(cuDeviceGetByPCIBusId, CUdevice*, const char*);
  ASSAY_TEST_API(cuDeviceCanAccessPeer, int*, CUdevice, CUdevice);
  ASSAY_TEST_API(cuDevicePrimaryCtxRetain, CUcontext*, CUdevice);
  ASSAY_TEST_API(cuDevicePrimaryCtxRelease_v2, CUdevice);
  ASSAY_TEST_API(cuDevicePrimaryCtxReset_v2, CUdevice);
  ASSAY_TEST_API(cuDevicePrimaryCtxGetState, CUdevice, unsigned*, int*);
  ASSAY_TEST_API(cuDevicePrimaryCtxSetFlags_v2, CUdevice, unsigned);
  ASSAY_TEST_API(cuCtxCreate_v2, CUcontext*, unsigned, CUdevice);
  ASSAY_TEST_API(cuCtxCreate_v4, CUcontext*, CUctxCreateParams*, unsigned, CUdevice);
  ASSAY_TEST_API(cuCtxDestroy_v2, CUcontext);
  ASSAY_TEST_API(cuCtxPushCurrent_v2, CUcontext);
  ASSAY_TEST_API(cuCtxPopCurrent_v2, CUcontext*);
  ASSAY_TEST_API(cuCtxSetCurrent, CUcontext);
  ASSAY_TEST_API(cuCtxGetCurrent, CUcontext*);
  ASSAY_TEST_API(cuCtxGetDevice, CUdevice*);
  ASSAY_TEST_API(cuCtxGetId, CUcontext, unsigned long long*);
  ASSAY_TEST_API(cuCtxGetApiVersion, CUcontext, unsigned*);
  ASSAY_TEST_API(cuCtxGetFlags, unsigned*);
  ASSAY_TEST_API(cuCtxSynchronize);
  ASSAY_TEST_API(cuCtxGetLimit, std::size_t*, CUlimit);
  ASSAY_TEST_API(cuCtxSetLimit, CUlimit, std::size_t);
  ASSAY_TEST_API(cuCtxGetStreamPriorityRange, int*, int*);
  ASSAY_TEST_API(cuModuleLoad, CUmodule*, const char*);
  ASSAY_TEST_API(cuModuleLoadData, CUmodule*, const void*);
  ASSAY_TEST_API(cuModuleLoadDataEx, CUmodule*, const void*, unsigned, CUjit_option*, void**);
  ASSAY_TEST_API(cuModuleLoadFatBinary, CUmodule*, const void*);
  ASSAY_TEST_API(cuModuleUnload, CUmodule);
  ASSAY_TEST_API(cuModuleGetFunction, CUfunction*, CUmodule, const char*);
  ASSAY_TEST_API(cuModuleGetFunctionCount, unsigned*, CUmodule);
  ASSAY_TEST_API(cuModuleGetGlobal_v2, CUdeviceptr*, std::size_t*, CUmodule, const char*);
  ASSAY_TEST_API(cuLibraryLoadData, CUlibrary*, const void*, CUjit_option*, void**, unsigned,
                 CUlibraryOption*, void**, unsigned);
  ASSAY_TEST_API(cuLibraryUnload, CUlibrary);
  ASSAY_TEST_API(cuLibraryGetKernel, CUkernel*, CUlibrary, const char*);
  ASSAY_TEST_API(cuLibraryGetKernelCount, unsigned*, CUlibrary);
  ASSAY_TEST_API(cuLibraryGetModule, CUmodule*, CUlibrary);
  ASSAY_TEST_API(cuLibraryGetGlobal, CUdeviceptr*, std::size_t*, CUlibrary, const char*);
  ASSAY_TEST_API(cuKernelGetFunction, CUfunction*, CUkernel);
  ASSAY_TEST_API(cuFuncGetAttribute, int*, CUfunction_attribute, CUfunction);
  ASSAY_TEST_API(cuFuncSetAttribute, CUfunction, CUfunction_attribute, int);
  ASSAY_TEST_API(cuFuncGetName, const char**, CUfunction);
  ASSAY_TEST_API(cuFuncGetModule, CUmodule*, CUfunction);
  ASSAY_TEST_API(cuFuncGetParamInfo, CUfunction, std::size_t, std::size_t*, std::size_t*);
  ASSAY_TEST_API(cuOccupancyMaxActiveBlocksPerMultiprocessor, int*, CUfunction, int, std::size_t);
  ASSAY_TEST_API(cuOccupancyMaxPotentialBlockSize, int*, int*, CUfunction, CUoccupancyB2DSize,
                 std::size_t, int);
  ASSAY_TEST_API(cuMemGetInfo_v2, std::size_t*, std::size_t*);
  ASSAY_TEST_API(cuMemAlloc_v2, CUdeviceptr*, std::size_t);
  ASSAY_TEST_API(cuMemAllocPitch_v2, CUdeviceptr*, std::size_t*, std::size_t, std::size_t,
                 unsigned);
  ASSAY_TEST_API(cuMemFree_v2, CUdeviceptr);
  ASSAY_TEST_API(cuMemGetAddressRange_v2, CUdeviceptr*, std::size_t*, CUdeviceptr);
  ASSAY_TEST_API(cuMemAllocManaged, CUdeviceptr*, std::size_t, unsigned);
  ASSAY_TEST_API(cuMemAllocAsync, CUdeviceptr*, std::size_t, CUstream);
  ASSAY_TEST_API(cuMemFreeAsync, CUdeviceptr, CUstream);
  ASSAY_TEST_API(cuDeviceGetDefaultMemPool, CUmemoryPool*, CUdevice);
  ASSAY_TEST_API(cuMemPoolGetAttribute, CUmemoryPool, CUmemPool_attribute, void*);
  ASSAY_TEST_API(cuMemHostAlloc, void**, std::size_t, unsigned);
  ASSAY_TEST_API(cuMemFreeHost, void*);
  ASSAY_TEST_API(cuMemHostGetDevicePointer_v2, CUdeviceptr*, void*, unsigned);
  ASSAY_TEST_API(cuMemHostGetFlags, unsigned*, void*);
  ASSAY_TEST_API(cuMemHostRegister_v2, void*, std::size_t, unsigned);
  ASSAY_TEST_API(cuMemHostUnregister, void*);
  ASSAY_TEST_API(cuPointerGetAttribute, void*, CUpointer_attribute, CUdeviceptr);
  ASSAY_TEST_API(cuPointerGetAttributes, unsigned, CUpointer_attribute*, void**, CUdeviceptr);
  ASSAY_TEST_API(cuMemcpy, CUdeviceptr, CUdeviceptr, std::size_t);
  ASSAY_TEST_API(cuMemcpyHtoD_v2, CUdeviceptr, const void*, std::size_t);
  ASSAY_TEST_API(cuMemcpyHtoDAsync_v2, CUdeviceptr, const void*, std::size_t, CUstream);
  ASSAY_TEST_API(cuMemcpyDtoH_v2, void*, CUdeviceptr, std::size_t);
  ASSAY_TEST_API(cuMemcpyDtoHAsync_v2, void*, CUdeviceptr, std::size_t, CUstream);
  ASSAY_TEST_API(cuMemcpyDtoD_v2, CUdeviceptr, CUdeviceptr, std::size_t);
  ASSAY_TEST_API(cuMemcpy2D_v2, const CUDA_MEMCPY2D*);
  ASSAY_TEST_API(cuMemcpy3D_v2, const CUDA_MEMCPY3D*);
  ASSAY_TEST_API(cuMemsetD8_v2, CUdeviceptr, unsigned char, std::size_t);
  ASSAY_TEST_API(cuMemsetD16_v2, CUdeviceptr, unsigned short, std::size_t);
  ASSAY_TEST_API(cuMemsetD32_v2, CUdeviceptr, unsigned, std::size_t);
  ASSAY_TEST_API(cuMemsetD32Async, CUdeviceptr, unsigned, std::size_t, CUstream);
  ASSAY_TEST_API(cuMemsetD2D16_v2, CUdeviceptr, std::size_t, unsigned short, std::size_t,
                 std::size_t);
  ASSAY_TEST_API(cuStreamCreate, CUstream*, unsigned);
  ASSAY_TEST_API(cuStreamCreateWithPriority, CUstream*, unsigned, int);
  ASSAY_TEST_API(cuStreamDestroy_v2, CUstream);
  ASSAY_TEST_API(cuStreamSynchronize, CUstream);
  ASSAY_TEST_API(cuStreamQuery, CUstream);
  ASSAY_TEST_API(cuStreamGetPriority, CUstream, int*);
  ASSAY_TEST_API(cuStreamGetFlags, CUstream, unsigned*);
  ASSAY_TEST_API(cuStreamGetId, CUstream, unsigned long long*);
  ASSAY_TEST_API(cuStreamGetCtx, CUstream, CUcontext*);
  ASSAY_TEST_API(cuStreamWaitEvent, CUstream, CUevent, unsigned);
  ASSAY_TEST_API(cuStreamAddCallback, CUstream, CUstreamCallback, void*, unsigned);
  ASSAY_TEST_API(cuLaunchHostFunc, CUstream, CUhostFn, void*);
  ASSAY_TEST_API(cuStreamBeginCapture_v2, CUstream, CUstreamCaptureMode);
  ASSAY_TEST_API(cuStreamEndCapture, CUstream, CUgraph*);
  ASSAY_TEST_API(cuStreamIsCapturing, CUstream, CUstreamCaptureStatus*);
  ASSAY_TEST_API(cuGraphInstantiateWithFlags, CUgraphExec*, CUgraph, unsigned long long);
  ASSAY_TEST_API(cuGraphLaunch, CUgraphExec, CUstream);
  ASSAY_TEST_API(cuGraphDestroy, CUgraph);
  ASSAY_TEST_API(cuGraphExecDestroy, CUgraphExec);
  ASSAY_TEST_API(cuEventCreate, CUevent*, unsigned);
  ASSAY_TEST_API(cuEventDestroy_v2, CUevent);
  ASSAY_TEST_API(cuEventRecord, CUevent, CUstream);
  ASSAY_TEST_API(cuEventQuery, CUevent);
  ASSAY_TEST_API(cuEventSynchronize, CUevent);
  ASSAY_TEST_API(cuEventElapsedTime, float*, CUevent, CUevent);
  ASSAY_TEST_API(cuLaunchKernel, CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned,
                 unsigned, unsigned, CUstream, void**, void**);
  ASSAY_TEST_API(cuLaunchKernelEx, const CUlaunchConfig*, CUfunction, void**, void**);
  ASSAY_TEST_API(cuLaunchCooperativeKernel, CUfunction, unsigned, unsigned, unsigned, unsigned,
                 unsigned, unsigned, unsigned, CUstream, void**);
};
#undef ASSAY_TEST_API

inline Api& api() {
  static Api only;
  return only;
}

// A test with a context of its own, and memory and kernels in few words.
class DriverTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cu.cuInit(0), CUDA_SUCCESS);
    ASSERT_EQ(cu.cuCtxCreate_v2(&context_, 0, 0), CUDA_SUCCESS);
  }
  void TearDown() override { cu.cuCtxDestroy_v2(context_); }

  CUdeviceptr allocate(std::size_t bytes) {
    CUdeviceptr address = 0;
    EXPECT_EQ(cu.cuMemAlloc_v2(&address, bytes), CUDA_SUCCESS);
    return address;
  }
  template <typename T>
  CUdeviceptr upload(const std::vector<T>& values) {
    const CUdeviceptr address = allocate(values.size() * sizeof(T));
    EXPECT_EQ(cu.cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(T)), CUDA_SUCCESS);
    return address;
  }
  template <typename T>
  std::vector<T> download(CUdeviceptr address, std::size_t count) {
    std::vector<T> values(count);
    EXPECT_EQ(cu.cuMemcpyDtoH_v2(values.data(), address, count * sizeof(T)), CUDA_SUCCESS);
    return values;
  }
  CUmodule load(const char* ptx);
  CUfunction function(CUmodule module, const char* name) {
    CUfunction found = nullptr;
    EXPECT_EQ(cu.cuModuleGetFunction(&found, module, name), CUDA_SUCCESS) << name;
    return found;
  }
  // One block of `threads`.
  CUresult run(CUfunction f, unsigned threads, std::vector<void*> params, unsigned shared = 0) {
    return cu.cuLaunchKernel(f, 1, 1, 1, threads, 1, 1, shared, nullptr, params.data(), nullptr);
  }

  Api& cu = api();
  CUcontext context_ = nullptr;
};

inline CUmodule DriverTest::load(const char* ptx) {
  CUmodule module = nullptr;
  EXPECT_EQ(cu.cuModuleLoadData(&module, ptx), CUDA_SUCCESS);
  return module;
}

// Kernels: see each one's first line. `counter` is 3 at first, `pointer` its address, `table` in
// constant memory holds 1, 2.5, -4, 8.
extern const char* const kTestModule;

}  // namespace assay::emulator
