// SPDX-License-Identifier: Apache-2.0
// A program of the CUDA driver API as a tutorial writes it, linked with -lcuda; the kernel is a
// fatbin within the program. Nothing in it knows of the emulator: the loader finds that instead of
// a GPU's driver where LD_LIBRARY_PATH says so.
#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>

#include "vector_add_fatbin.h"

#define COUNT 1000

static void check(CUresult result, const char* what) {
  const char* name = "unknown error";
  if (result == CUDA_SUCCESS) return;
  cuGetErrorName(result, &name);
  fprintf(stderr, "%s: %s\n", what, name);
  exit(EXIT_FAILURE);
}
#define CHECK(call) check(call, #call)

static int count_wrong(const float* a, const float* b, const float* c) {
  int wrong = 0;
  for (int i = 0; i < COUNT; ++i)
    wrong += c[i] != a[i] + b[i];
  return wrong;
}

int main(void) {
  static float a[COUNT], b[COUNT], c[COUNT];
  for (int i = 0; i < COUNT; ++i) {
    a[i] = (float)i;
    b[i] = (float)(2 * i) + 0.5f;
  }

  CUdevice device;
  CUcontext context;
  char name[128];
  CHECK(cuInit(0));
  CHECK(cuDeviceGet(&device, 0));
  CHECK(cuDeviceGetName(name, sizeof name, device));
  CHECK(cuDevicePrimaryCtxRetain(&context, device));
  CHECK(cuCtxSetCurrent(context));

  CUmodule module;
  CUfunction kernel;
  CHECK(cuModuleLoadData(&module, vector_add_fatbin));
  CHECK(cuModuleGetFunction(&kernel, module, "vector_add"));

  CUdeviceptr device_a, device_b, device_c;
  CHECK(cuMemAlloc(&device_a, sizeof a));
  CHECK(cuMemAlloc(&device_b, sizeof b));
  CHECK(cuMemAlloc(&device_c, sizeof c));
  CHECK(cuMemcpyHtoD(device_a, a, sizeof a));
  CHECK(cuMemcpyHtoD(device_b, b, sizeof b));

  int count = COUNT;
  void* parameters[] = {&device_a, &device_b, &device_c, &count};
  CHECK(cuLaunchKernel(kernel, (COUNT + 127) / 128, 1, 1, 128, 1, 1, 0, NULL, parameters, NULL));
  CHECK(cuCtxSynchronize());
  CHECK(cuMemcpyDtoH(c, device_c, sizeof c));

  const int wrong = count_wrong(a, b, c);
  printf("vector_add on %s: %d of %d sums are wrong\n", name, wrong, COUNT);
  CHECK(cuMemFree(device_a));
  CHECK(cuMemFree(device_b));
  CHECK(cuMemFree(device_c));
  CHECK(cuModuleUnload(module));
  CHECK(cuDevicePrimaryCtxRelease(device));
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
