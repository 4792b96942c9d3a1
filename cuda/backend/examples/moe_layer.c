// SPDX-License-Identifier: Apache-2.0
// A tiny NVFP4 MoE layer through the C interface, on device 0 of libcuda.so.1; LD_LIBRARY_PATH
// decides whether that is a GPU's driver or the emulator. All weights are 1: it is the layer of
// NVIDIA's sample for IMoELayer (hidden and intermediate size 32, 4 experts per token), whose every
// output is 57344.
#include <assay_cuda.h>
#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kTokens = 3, kSize = 32, kExperts = 4, kTopK = 4 };

static void check(AssayCudaStatus status, const char* what) {
  if (status == ASSAY_CUDA_SUCCESS) return;
  fprintf(stderr, "%s: %s: %s\n", what, assay_cuda_status_name(status), assay_cuda_last_error());
  exit(1);
}

static void check_cuda(CUresult result, const char* what) {
  if (result == CUDA_SUCCESS) return;
  fprintf(stderr, "%s: CUresult %d\n", what, (int)result);
  exit(1);
}

// 1 = 6 (code 7) * 448 (block scale 0x7E) * 1/2688.
static uint8_t codes[kExperts * kSize * kSize / 2];
static uint8_t block_scales[kExperts * kSize * kSize / 16];
static float dbl_q_scale[kExperts];

static AssayCudaMoeLayer* create_layer(const AssayCudaDevice* device) {
  memset(codes, 0x77, sizeof codes);
  memset(block_scales, 0x7E, sizeof block_scales);
  for (int e = 0; e < kExperts; ++e)
    dbl_q_scale[e] = 1.0f / 2688.0f;
  const AssayCudaMoeProjection ones = {.codes = {codes, sizeof codes},
                                       .block_scales = {block_scales, sizeof block_scales},
                                       .dbl_q_scale = {dbl_q_scale, kExperts}};
  const float down_scale = 1.0f;
  const AssayCudaMoeDescription description = {.struct_size = sizeof description,
                                               .hidden_size = kSize,
                                               .intermediate_size = kSize,
                                               .num_experts = kExperts,
                                               .top_k = kTopK,
                                               .gate = ones,
                                               .up = ones,
                                               .down = ones,
                                               .hidden_states_scale = 1.0f,
                                               .down_activation_scale = {&down_scale, 1}};
  AssayCudaMoeLayer* layer = NULL;
  check(assay_cuda_moe_create(device, &description, &layer), "create");
  return layer;
}

static void* upload(const void* data, size_t bytes) {
  CUdeviceptr address = 0;
  check_cuda(cuMemAlloc(&address, bytes), "cuMemAlloc");
  if (data != NULL) check_cuda(cuMemcpyHtoD(address, data, bytes), "cuMemcpyHtoD");
  return (void*)address;
}

static void run(const AssayCudaMoeLayer* layer, float* output) {
  float hidden[kTokens * kSize], scores[kTokens * kTopK];
  int32_t experts[kTokens * kTopK];
  for (int i = 0; i < kTokens * kSize; ++i)
    hidden[i] = 1.0f;
  for (int i = 0; i < kTokens * kTopK; ++i) {
    scores[i] = 1.0f;
    experts[i] = i % kExperts;
  }
  AssayCudaMoeCall call = {.struct_size = sizeof call, .tokens = kTokens};
  check(assay_cuda_moe_workspace_bytes(layer, kTokens, &call.workspace_bytes), "workspace");
  call.hidden_states = upload(hidden, sizeof hidden);
  call.selected_experts_for_tokens = upload(experts, sizeof experts);
  call.scores_for_selected_experts = upload(scores, sizeof scores);
  call.output = upload(NULL, sizeof hidden);
  call.workspace = upload(NULL, call.workspace_bytes);
  check(assay_cuda_moe_run(layer, &call), "run");
  check_cuda(cuMemcpyDtoH(output, (CUdeviceptr)call.output, sizeof hidden), "cuMemcpyDtoH");
  const void* const memory[] = {call.hidden_states, call.selected_experts_for_tokens,
                                call.scores_for_selected_experts, call.output, call.workspace};
  for (size_t i = 0; i < sizeof memory / sizeof *memory; ++i)
    check_cuda(cuMemFree((CUdeviceptr)memory[i]), "cuMemFree");
}

// FNV-1a of the output's bytes.
static uint64_t checksum(const void* data, size_t bytes) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (size_t i = 0; i < bytes; ++i)
    hash = (hash ^ ((const uint8_t*)data)[i]) * 0x100000001B3u;
  return hash;
}

int main(void) {
  AssayCudaDevice* device = NULL;
  check(assay_cuda_device_open(NULL, 0, &device), "open");
  AssayCudaDeviceInfo info = {.struct_size = sizeof info};
  check(assay_cuda_device_info(device, &info), "info");
  printf("device %s, compute capability %d.%d\nkernels %s\n", info.name,
         (int)info.compute_capability[0], (int)info.compute_capability[1],
         assay_cuda_kernels_sha256());

  // The program's own memory belongs to the same context, the primary one.
  CUcontext context = NULL;
  check_cuda(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
  check_cuda(cuCtxSetCurrent(context), "cuCtxSetCurrent");
  AssayCudaMoeLayer* const layer = create_layer(device);
  float output[kTokens * kSize];
  run(layer, output);
  printf("output[0] %g, checksum %016llX\n", (double)output[0],
         (unsigned long long)checksum(output, sizeof output));

  assay_cuda_moe_destroy(layer);
  assay_cuda_device_close(device);
  check_cuda(cuDevicePrimaryCtxRelease(0), "cuDevicePrimaryCtxRelease");
  return 0;
}
