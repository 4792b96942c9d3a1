// SPDX-License-Identifier: Apache-2.0
// Quantization.
#include "cuda/backend/assay_cuda.h"
#include "cuda/backend/c_interface.hpp"
#include "cuda/backend/quantize.hpp"
#include "cuda/backend/quantize_static_fp8.hpp"

struct AssayCudaBlockQuantizer {
  assay::cuda::BlockQuantizer quantizer;
};

struct AssayCudaStaticFp8 {
  assay::cuda::StaticFp8 fp8;
};

namespace assay::cuda {
namespace {

CudaResult<ScaleLayout> layout_of(std::int32_t layout) {
  switch (layout) {
    case ASSAY_CUDA_SCALES_LINEAR:
      return ScaleLayout::linear;
    case ASSAY_CUDA_SCALES_SWIZZLED_128X4:
      return ScaleLayout::swizzled_128x4;
  }
  return cuda_fail(CudaErrorCode::invalid_argument, "layout: {} is none of AssayCudaScaleLayout",
                   layout);
}

CudaResult<BlockQuantizeCall> call_of(const AssayCudaBlockCall* call) {
  ASSAY_TRY(require_struct(call, "call"));
  ASSAY_ASSIGN(const ScaleLayout layout, layout_of(call->layout));
  return BlockQuantizeCall{.rows = call->rows,
                           .columns = call->columns,
                           .values = address_of(call->values),
                           .codes = address_of(call->codes),
                           .block_scales = address_of(call->block_scales),
                           .tensor_scale = address_of(call->tensor_scale),
                           .layout = layout,
                           .workspace = address_of(call->workspace),
                           .workspace_bytes = call->workspace_bytes,
                           .stream = static_cast<CUstream>(call->stream)};
}

// One of BlockQuantizer's functions of a call.
using BlockFunction = CudaStatus (BlockQuantizer::*)(const BlockQuantizeCall&) const;

AssayCudaStatus run(BlockFunction function, const AssayCudaBlockQuantizer* quantizer,
                    const AssayCudaBlockCall* given) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(quantizer, "quantizer"));
    ASSAY_ASSIGN(const BlockQuantizeCall call, call_of(given));
    return (quantizer->quantizer.*function)(call);
  });
}

}  // namespace
}  // namespace assay::cuda

using namespace assay::cuda;

AssayCudaStatus assay_cuda_block_quantizer_create(const AssayCudaDevice* device, const char* recipe,
                                                  AssayCudaBlockQuantizer** out) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(out, "quantizer"));
    *out = nullptr;
    ASSAY_TRY(require(device, "device"));
    ASSAY_TRY(require(recipe, "recipe"));
    ASSAY_ASSIGN(auto quantizer, BlockQuantizer::create(device->device, recipe));
    *out = new AssayCudaBlockQuantizer{std::move(quantizer)};
    return {};
  });
}

void assay_cuda_block_quantizer_destroy(AssayCudaBlockQuantizer* quantizer) {
  delete quantizer;
}

AssayCudaStatus assay_cuda_block_workspace_bytes(const AssayCudaBlockQuantizer* quantizer,
                                                 int64_t rows, int64_t columns, int32_t layout,
                                                 size_t* bytes) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(quantizer, "quantizer"));
    ASSAY_TRY(require(bytes, "bytes"));
    ASSAY_ASSIGN(const auto known, layout_of(layout));
    ASSAY_ASSIGN(*bytes, quantizer->quantizer.workspace_bytes(rows, columns, known));
    return {};
  });
}

AssayCudaStatus assay_cuda_block_quantize(const AssayCudaBlockQuantizer* quantizer,
                                          const AssayCudaBlockCall* call) {
  return run(&BlockQuantizer::quantize, quantizer, call);
}

AssayCudaStatus assay_cuda_block_dequantize(const AssayCudaBlockQuantizer* quantizer,
                                            const AssayCudaBlockCall* call) {
  return run(&BlockQuantizer::dequantize, quantizer, call);
}

AssayCudaStatus assay_cuda_block_check_values(const AssayCudaBlockQuantizer* quantizer,
                                              const AssayCudaBlockCall* call) {
  return run(&BlockQuantizer::check_values, quantizer, call);
}

AssayCudaStatus assay_cuda_block_check_scales(const AssayCudaBlockQuantizer* quantizer,
                                              const AssayCudaBlockCall* call) {
  return run(&BlockQuantizer::check_scales, quantizer, call);
}

AssayCudaStatus assay_cuda_static_fp8_create(const AssayCudaDevice* device,
                                             AssayCudaStaticFp8** out) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(out, "fp8"));
    *out = nullptr;
    ASSAY_TRY(require(device, "device"));
    ASSAY_ASSIGN(auto fp8, StaticFp8::create(device->device));
    *out = new AssayCudaStaticFp8{std::move(fp8)};
    return {};
  });
}

void assay_cuda_static_fp8_destroy(AssayCudaStaticFp8* fp8) {
  delete fp8;
}

AssayCudaStatus assay_cuda_static_fp8_quantize(const AssayCudaStaticFp8* fp8, const float* values,
                                               int64_t count, float scale, uint8_t* codes,
                                               void* stream) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(fp8, "fp8"));
    return fp8->fp8.quantize(address_of(values), count, scale, address_of(codes),
                             static_cast<CUstream>(stream));
  });
}

AssayCudaStatus assay_cuda_static_fp8_dequantize(const AssayCudaStaticFp8* fp8,
                                                 const uint8_t* codes, int64_t count, float scale,
                                                 float* values, void* stream) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(fp8, "fp8"));
    return fp8->fp8.dequantize(address_of(codes), count, scale, address_of(values),
                               static_cast<CUstream>(stream));
  });
}
