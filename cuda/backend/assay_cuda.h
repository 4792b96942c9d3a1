// SPDX-License-Identifier: Apache-2.0
// C interface (C99) of libassay_cuda.so: NVFP4/FP8 MoE layers and quantization on GPUs of compute
// capability 10.x and 11.x. docs/cuda_backend.md is the guide.
//
// Objects belong to the primary context of a device, the one that the CUDA runtime uses: so must
// the memory and the streams of a call. Every function may be called on any thread, whatever
// context is current there, and leaves that as it was. The library links no driver: it opens one at
// run time.
//
// Functions that can fail return a status and never throw. After every error but
// ASSAY_CUDA_CONTEXT_LOST, objects are as they were before the call; what a function should have
// created is null.
#ifndef ASSAY_CUDA_C_INTERFACE_H
#define ASSAY_CUDA_C_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ASSAY_CUDA_API __attribute__((visibility("default")))
#else
#define ASSAY_CUDA_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// 10000 * major + 100 * minor + patch, of this header.
#define ASSAY_CUDA_VERSION 100

typedef enum AssayCudaStatus {
  ASSAY_CUDA_SUCCESS = 0,
  ASSAY_CUDA_INVALID_ARGUMENT = 1,     // a null or misaligned pointer, a size, extent or scale
  ASSAY_CUDA_WORKSPACE_TOO_SMALL = 2,  // fewer than assay_cuda_{moe,block}_workspace_bytes() say
  ASSAY_CUDA_DRIVER_UNAVAILABLE = 3,   // no CUDA driver, or one too old for the kernels
  ASSAY_CUDA_UNSUPPORTED_DEVICE = 4,   // compute capability other than 10.x and 11.x
  ASSAY_CUDA_OUT_OF_MEMORY = 5,        // the device has no room, or the host
  ASSAY_CUDA_LAUNCH_FAILED = 6,        // a kernel could not be started
  ASSAY_CUDA_CONTEXT_LOST = 7,         // a kernel failed on the device, or the context is gone:
                                       // only destroying the objects makes sense
  ASSAY_CUDA_DRIVER_ERROR = 8,         // anything else that a driver call returned
  ASSAY_CUDA_INTERNAL = 9              // a defect of the library
} AssayCudaStatus;

// "invalid_argument" for ASSAY_CUDA_INVALID_ARGUMENT and so on; "unknown" for other numbers.
ASSAY_CUDA_API const char* assay_cuda_status_name(AssayCudaStatus status);

// What was wrong, in one line: the message of the calling thread's latest function that returned a
// status; empty where that was ASSAY_CUDA_SUCCESS. Never null; valid until the thread's next call.
ASSAY_CUDA_API const char* assay_cuda_last_error(void);

// ASSAY_CUDA_VERSION of the library that runs.
ASSAY_CUDA_API uint32_t assay_cuda_version(void);

// SHA-256 of the kernels in the library, 64 hexadecimal digits: evidence of what ran. Valid as long
// as the library is loaded; null where the host has no memory left.
ASSAY_CUDA_API const char* assay_cuda_kernels_sha256(void);

// A GPU with its primary context and the kernels that were loaded there.
typedef struct AssayCudaDevice AssayCudaDevice;

// Opens a driver, for as long as the process lives, and its device number `ordinal`. `driver` is a
// library that exports the CUDA driver API, such as libassay_cuda_emulator.so; null is
// libcuda.so.1. Errors: DRIVER_UNAVAILABLE naming the library, INVALID_ARGUMENT where there is no
// such device, UNSUPPORTED_DEVICE with the reason.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_device_open(const char* driver, int ordinal,
                                                      AssayCudaDevice** device);

// Null is allowed. Layers keep what they need of their device: the order of closing and destroying
// is free.
ASSAY_CUDA_API void assay_cuda_device_close(AssayCudaDevice* device);

// Evidence of what runs the kernels. The texts live as long as the device.
typedef struct AssayCudaDeviceInfo {
  size_t struct_size;             // sizeof(AssayCudaDeviceInfo), set by the caller
  const char* name;               // as the driver says
  const char* driver;             // path of its library, as it was opened
  int32_t driver_version;         // 13000 is CUDA 13.0
  int32_t compute_capability[2];  // major, minor
} AssayCudaDeviceInfo;

ASSAY_CUDA_API AssayCudaStatus assay_cuda_device_info(const AssayCudaDevice* device,
                                                      AssayCudaDeviceInfo* info);

// Host memory: `count` elements at `data`.
typedef struct AssayCudaBytes {
  const uint8_t* data;
  size_t count;
} AssayCudaBytes;

typedef struct AssayCudaFloats {
  const float* data;
  size_t count;
} AssayCudaFloats;

// One matrix for each of E experts, row major.
typedef struct AssayCudaMoeProjection {
  AssayCudaBytes codes;         // [E, rows, columns / 2], E2M1, the lower column in the low nibble
  AssayCudaBytes block_scales;  // [E, rows, columns / 16], E4M3, 0x00 to 0x7E
  AssayCudaFloats dbl_q_scale;  // [E], multiplies to dequantize; positive and finite
  AssayCudaFloats bias;         // [E, rows], or count 0; all three projections or none
} AssayCudaMoeProjection;

// A layer: E = num_experts, H = hidden_size, I = intermediate_size.
typedef struct AssayCudaMoeDescription {
  size_t struct_size;                     // sizeof(AssayCudaMoeDescription)
  int64_t hidden_size;                    // a multiple of 16, up to 2^20
  int64_t intermediate_size;              // a multiple of 16, up to 2^20
  int64_t num_experts;                    // up to 8192
  int64_t top_k;                          // experts of a token, up to 8192
  AssayCudaMoeProjection gate, up;        // rows I, columns H
  AssayCudaMoeProjection down;            // rows H, columns I
  float hidden_states_scale;              // E4M3 code = hidden state / scale; positive and finite
  AssayCudaFloats down_activation_scale;  // of the mul output: 1, or [E]; positive and finite
} AssayCudaMoeDescription;

typedef struct AssayCudaMoeLayer AssayCudaMoeLayer;

// Checks the weights, copies them to the device, packs them there and waits for that; the host
// memory is not used afterwards. Takes (0.5 + 0.0625) bytes a weight of device memory, columns
// padded to multiples of 64, and while it works once more that of the largest projection. Not to be
// called while any stream is captured. Errors: INVALID_ARGUMENT naming tensor, index and rule;
// whatever the driver says, and then nothing stays on the device.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_moe_create(const AssayCudaDevice* device,
                                                     const AssayCudaMoeDescription* description,
                                                     AssayCudaMoeLayer** layer);

// Null is allowed. Its runs must have ended, and no graph that has captured one may be launched any
// more.
ASSAY_CUDA_API void assay_cuda_moe_destroy(AssayCudaMoeLayer* layer);

// Bytes of workspace that a run of so many tokens needs. More tokens never need fewer, so that of
// the largest run serves all. Calls no driver. Error: INVALID_ARGUMENT where `tokens` is below 1 or
// above what one call takes (the message says how many).
ASSAY_CUDA_API AssayCudaStatus assay_cuda_moe_workspace_bytes(const AssayCudaMoeLayer* layer,
                                                              int64_t tokens, size_t* bytes);

// Device memory of one call, T = tokens, K = top_k. It must not overlap, but output may be
// hidden_states. What a run reads must not change until it has ended on the stream.
typedef struct AssayCudaMoeCall {
  size_t struct_size;                          // sizeof(AssayCudaMoeCall)
  int64_t tokens;                              // any number of batch * sequence_length
  const float* hidden_states;                  // [T, H], aligned to 16 bytes, or null
  const uint8_t* hidden_states_codes;          // [T, H], E4M3, aligned to 16 bytes; one of the two
  const int32_t* selected_experts_for_tokens;  // [T, K], aligned to 4 bytes
  const float* scores_for_selected_experts;    // [T, K], aligned to 4 bytes
  float* output;                               // [T, H], aligned to 16 bytes
  void* workspace;                             // aligned to 256 bytes
  size_t workspace_bytes;
  void* stream;  // CUstream or cudaStream_t; null is the default stream
} AssayCudaMoeCall;

// The bits of the output are those of docs/numerics.md, section 6, contract block_fma, for a token
// alone or in any batch. Enqueues five kernels on the stream and returns. Never allocates, copies,
// waits, or asks the driver anything else, so that it may be captured into a CUDA graph. One layer
// may run on several threads and streams at once, with a workspace for each. A token with an expert
// id outside [0, E) becomes NaN. Errors: INVALID_ARGUMENT and WORKSPACE_TOO_SMALL before anything
// is enqueued; LAUNCH_FAILED, CONTEXT_LOST, DRIVER_ERROR, after which output is undefined.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_moe_run(const AssayCudaMoeLayer* layer,
                                                  const AssayCudaMoeCall* call);

// Quantization to NVFP4, MXFP4, MXFP8 and FP8, bit for bit as docs/recipes.md and
// docs/quantization.md define it. Quantizing and dequantizing enqueue kernels on a stream and
// return: they never allocate, copy or wait, so that they may be captured into a CUDA graph.

typedef enum AssayCudaScaleLayout {
  ASSAY_CUDA_SCALES_LINEAR = 0,         // row major
  ASSAY_CUDA_SCALES_SWIZZLED_128X4 = 1  // docs/layouts.md, section 2; padding becomes zero
} AssayCudaScaleLayout;

// The kernels of one block recipe. Runs may overlap, each with its own workspace.
typedef struct AssayCudaBlockQuantizer AssayCudaBlockQuantizer;

// `recipe` is a name of docs/recipes.md, such as "modelopt" or "mxfp8_rceil". Error:
// INVALID_ARGUMENT where there is no kernel for it, with those that there are.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_block_quantizer_create(
    const AssayCudaDevice* device, const char* recipe, AssayCudaBlockQuantizer** quantizer);
// Null is allowed.
ASSAY_CUDA_API void assay_cuda_block_quantizer_destroy(AssayCudaBlockQuantizer* quantizer);

// Error: INVALID_ARGUMENT for extents that no call takes.
ASSAY_CUDA_API AssayCudaStatus
assay_cuda_block_workspace_bytes(const AssayCudaBlockQuantizer* quantizer, int64_t rows,
                                 int64_t columns, int32_t layout, size_t* bytes);

// Device memory of one call, B the recipe's block size (16 or 32). Quantizing reads `values` and
// writes the rest, dequantizing the other way.
typedef struct AssayCudaBlockCall {
  size_t struct_size;     // sizeof(AssayCudaBlockCall)
  int64_t rows;           // up to 2^36 values
  int64_t columns;        // a multiple of B
  float* values;          // [rows, columns], aligned to 16 bytes
  uint8_t* codes;         // [rows, columns / 2], E2M1, the lower column in the low nibble, or
                          // [rows, columns], E4M3; aligned to 16 bytes
  uint8_t* block_scales;  // [rows, columns / B], or swizzled, then aligned to 16 bytes
  float* tensor_scale;    // [1], where the recipe has one
  int32_t layout;         // of block_scales: an AssayCudaScaleLayout
  void* workspace;        // aligned to 256 bytes; of this call alone until it has ended
  size_t workspace_bytes;
  void* stream;  // CUstream or cudaStream_t; null is the default stream
} AssayCudaBlockCall;

// The recipes know finite values only. Where one is NaN or infinite, all bytes are written, but
// their values are not specified, and assay_cuda_block_check_values() says so. Errors of both
// functions: INVALID_ARGUMENT and WORKSPACE_TOO_SMALL before anything is enqueued; LAUNCH_FAILED,
// CONTEXT_LOST, DRIVER_ERROR.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_block_quantize(const AssayCudaBlockQuantizer* quantizer,
                                                         const AssayCudaBlockCall* call);
// A NaN or negative block scale and a tensor scale that is not finite and positive take part in
// IEEE arithmetic, and assay_cuda_block_check_scales() says so.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_block_dequantize(const AssayCudaBlockQuantizer* quantizer,
                                                           const AssayCudaBlockCall* call);

// These wait for the stream, copy a few bytes, and say whether what the call has read was valid.
// Nobody may have used the workspace since. Errors: INVALID_ARGUMENT with the tensor, the first
// index and its value; whatever the kernels ended with.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_block_check_values(
    const AssayCudaBlockQuantizer* quantizer, const AssayCudaBlockCall* call);
ASSAY_CUDA_API AssayCudaStatus assay_cuda_block_check_scales(
    const AssayCudaBlockQuantizer* quantizer, const AssayCudaBlockCall* call);

// E4M3 with one scale for all values.
typedef struct AssayCudaStaticFp8 AssayCudaStaticFp8;

ASSAY_CUDA_API AssayCudaStatus assay_cuda_static_fp8_create(const AssayCudaDevice* device,
                                                            AssayCudaStaticFp8** fp8);
// Null is allowed.
ASSAY_CUDA_API void assay_cuda_static_fp8_destroy(AssayCudaStaticFp8* fp8);

// codes[i] = E4M3(values[i] / scale), both roundings to nearest even, saturating to 448; NaN gives
// 0x7F. `count` is up to 2^36, both pointers are device memory aligned to 16 bytes, the scale is
// positive and finite. Errors as of assay_cuda_block_quantize().
ASSAY_CUDA_API AssayCudaStatus assay_cuda_static_fp8_quantize(const AssayCudaStaticFp8* fp8,
                                                              const float* values, int64_t count,
                                                              float scale, uint8_t* codes,
                                                              void* stream);
// values[i] = the product of code and scale, rounded to nearest even.
ASSAY_CUDA_API AssayCudaStatus assay_cuda_static_fp8_dequantize(const AssayCudaStaticFp8* fp8,
                                                                const uint8_t* codes, int64_t count,
                                                                float scale, float* values,
                                                                void* stream);

#ifdef __cplusplus
}
#endif

#endif
