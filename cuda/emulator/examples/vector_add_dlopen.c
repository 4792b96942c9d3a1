// SPDX-License-Identifier: Apache-2.0
// The same without linking: libcuda.so.1 is opened at run time and every function comes from
// cuGetProcAddress, as the CUDA runtime and most frameworks do it. Copies and launches go through a
// stream, events time them, the launch is cuLaunchKernelEx. usage: vector_add_dlopen vector_add.ptx
#include <cuda.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT 3000
#define VERSION 13000

static CUresult (*get_address)(const char*, void**, int, cuuint64_t,
                               CUdriverProcAddressQueryResult*);

static void fail(const char* what, const char* why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(EXIT_FAILURE);
}

static void* driver_function(const char* name) {
  void* function = NULL;
  CUdriverProcAddressQueryResult found;
  if (get_address(name, &function, VERSION, CU_GET_PROC_ADDRESS_DEFAULT, &found) != CUDA_SUCCESS ||
      found != CU_GET_PROC_ADDRESS_SUCCESS || function == NULL)
    fail(name, "the driver does not have it");
  return function;
}

static void open_driver(void) {
  void* const library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == NULL) fail("libcuda.so.1", dlerror());
  *(void**)&get_address = dlsym(library, "cuGetProcAddress_v2");
  if (get_address == NULL) fail("cuGetProcAddress_v2", dlerror());
}

// Calls a function by name, with the type that cuda.h gives it.
#define CALL(function, ...)                                                         \
  do {                                                                              \
    __typeof__(&function) pointer;                                                  \
    *(void**)&pointer = driver_function(#function);                                 \
    if (pointer(__VA_ARGS__) != CUDA_SUCCESS) fail(#function, "returned an error"); \
  } while (0)

static char* read_file(const char* path) {
  FILE* const file = fopen(path, "rb");
  char* const text = calloc(1, 1 << 20);
  if (file == NULL || text == NULL || fread(text, 1, (1 << 20) - 1, file) == 0)
    fail(path, "cannot be read");
  fclose(file);
  return text;
}

static int add_on_stream(CUfunction kernel, CUstream stream, float* a, float* b, float* c) {
  const size_t bytes = COUNT * sizeof(float);
  CUdeviceptr device[3];
  CUevent before, after;
  float milliseconds = -1.0f;
  for (int i = 0; i < 3; ++i)
    CALL(cuMemAlloc, &device[i], bytes);
  CALL(cuEventCreate, &before, CU_EVENT_DEFAULT);
  CALL(cuEventCreate, &after, CU_EVENT_DEFAULT);
  CALL(cuMemcpyHtoDAsync, device[0], a, bytes, stream);
  CALL(cuMemcpyHtoDAsync, device[1], b, bytes, stream);
  CALL(cuEventRecord, before, stream);
  int count = COUNT;
  void* parameters[] = {&device[0], &device[1], &device[2], &count};
  const CUlaunchConfig config = {.gridDimX = (COUNT + 255) / 256,
                                 .gridDimY = 1,
                                 .gridDimZ = 1,
                                 .blockDimX = 256,
                                 .blockDimY = 1,
                                 .blockDimZ = 1,
                                 .hStream = stream};
  CALL(cuLaunchKernelEx, &config, kernel, parameters, NULL);
  CALL(cuEventRecord, after, stream);
  CALL(cuMemcpyDtoHAsync, c, device[2], bytes, stream);
  CALL(cuStreamSynchronize, stream);
  CALL(cuEventElapsedTime, &milliseconds, before, after);
  CALL(cuEventDestroy, before);
  CALL(cuEventDestroy, after);
  for (int i = 0; i < 3; ++i)
    CALL(cuMemFree, device[i]);
  int wrong = milliseconds < 0.0f;
  for (int i = 0; i < COUNT; ++i)
    wrong += c[i] != a[i] + b[i];
  return wrong;
}

int main(int argc, char** argv) {
  if (argc != 2) fail("usage", "vector_add_dlopen vector_add.ptx");
  open_driver();
  CUdevice device;
  CUcontext context;
  CUmodule module;
  CUfunction kernel;
  CUstream stream;
  char* const ptx = read_file(argv[1]);
  CALL(cuInit, 0);
  CALL(cuDeviceGet, &device, 0);
  CALL(cuDevicePrimaryCtxRetain, &context, device);
  CALL(cuCtxSetCurrent, context);
  CALL(cuModuleLoadData, &module, ptx);
  CALL(cuModuleGetFunction, &kernel, module, "vector_add");
  CALL(cuStreamCreate, &stream, CU_STREAM_NON_BLOCKING);

  static float a[COUNT], b[COUNT], c[COUNT];
  for (int i = 0; i < COUNT; ++i) {
    a[i] = (float)(i * i % 1001);
    b[i] = 0.25f * (float)i;
  }
  const int wrong = add_on_stream(kernel, stream, a, b, c);
  printf("vector_add through cuGetProcAddress: %d of %d sums are wrong\n", wrong, COUNT);
  CALL(cuStreamDestroy, stream);
  CALL(cuModuleUnload, module);
  CALL(cuDevicePrimaryCtxRelease, device);
  free(ptx);
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
