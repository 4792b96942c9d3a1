// SPDX-License-Identifier: Apache-2.0
// Errors, devices, contexts.
#include <cstring>

#include "cuda/backend/fake_driver/fake.hpp"

using assay::cuda::Call;
using assay::cuda::fake;

assay::cuda::Fake& assay::cuda::fake() {
  static Fake instance;
  return instance;
}

assay::cuda::FakeDriver& assay_fake_driver() {
  return fake();
}

CUresult CUDAAPI cuInit(unsigned) {
  const Call call("cuInit");
  if (!call.failed()) fake().is_initialized = true;
  return call.result();
}

CUresult CUDAAPI cuGetErrorName(CUresult error, const char** text) {
  switch (error) {
#define ASSAY_CUDA_RESULT(name, value, meaning) \
  case value:                                   \
    *text = #name;                              \
    return CUDA_SUCCESS;
#include "cuda/emulator/driver/cuda_results.inc"
#undef ASSAY_CUDA_RESULT
  }
  *text = nullptr;
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuGetErrorString(CUresult error, const char** text) {
  const char* name = nullptr;
  const CUresult known = cuGetErrorName(error, &name);
  *text = known == CUDA_SUCCESS ? "as the fake driver was told" : nullptr;
  return known;
}

CUresult CUDAAPI cuDriverGetVersion(int* version) {
  const Call call("cuDriverGetVersion");
  *version = 13000;
  return call.result();
}

CUresult CUDAAPI cuDeviceGet(CUdevice* device, int ordinal) {
  const Call call("cuDeviceGet");
  if (call.failed()) return call.result();
  if (ordinal < 0 || ordinal >= fake().device_count) return CUDA_ERROR_INVALID_DEVICE;
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetName(char* name, int size, CUdevice) {
  const Call call("cuDeviceGetName");
  if (!call.failed()) std::strncpy(name, fake().device_name.c_str(), static_cast<size_t>(size));
  return call.result();
}

CUresult CUDAAPI cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice) {
  const Call call("cuDeviceGetAttribute");
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR   ? fake().major
           : attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR ? fake().minor
                                                                       : 0;
  return call.result();
}

CUresult CUDAAPI cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice) {
  const Call call("cuDevicePrimaryCtxRetain");
  if (!call.failed()) *context = fake().retain();
  return call.result();
}

CUresult CUDAAPI cuDevicePrimaryCtxRelease(CUdevice) {
  const Call call("cuDevicePrimaryCtxRelease");
  fake().release();
  return call.result();
}

CUresult CUDAAPI cuCtxPushCurrent(CUcontext context) {
  const Call call("cuCtxPushCurrent");
  if (call.failed()) return call.result();
  if (!fake().contexts.contains(context)) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  if (fake().push_fails_when_lost && fake().lost != CUDA_SUCCESS) return fake().lost;
  fake().current_stack().push_back(context);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxPopCurrent(CUcontext* context) {
  const Call call("cuCtxPopCurrent");
  auto& stack = fake().current_stack();
  if (stack.empty()) return call.refuse(CUDA_ERROR_INVALID_CONTEXT, "nothing to pop");
  *context = stack.back();
  stack.pop_back();
  return call.result();
}
