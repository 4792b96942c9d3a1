// SPDX-License-Identifier: Apache-2.0
// Block quantization on a GPU (NVFP4, MX), bit for bit as docs/recipes.md and docs/quantization.md
// define it. The calls enqueue kernels on a stream and return: no allocation, no waiting, so they
// may be captured into a CUDA graph. docs/cuda_quantize.md has an example.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cuda/backend/device.hpp"
#include "cuda/backend/quantize_layout.hpp"
#include "cuda/backend/quantize_recipes.hpp"

namespace assay::cuda {

struct QuantizeStatus;  // cuda/kernels/quantize_parameters.hpp

// One call, in device memory: quantize() reads `values` and writes the rest, dequantize() the other
// way. Values and codes are aligned to 16, tensor_scale to 4, swizzled block scales to 16, the
// workspace to 256.
struct BlockQuantizeCall {
  std::int64_t rows = 0, columns = 0;  // columns: a multiple of the recipe's block size
  CUdeviceptr values = 0;              // [rows, columns], binary32
  CUdeviceptr codes = 0;  // [rows, columns / 2], E2M1, low nibble first, or [rows, columns], E4M3
  CUdeviceptr block_scales = 0;  // [rows, columns / block size], or padded to 128 x 4
  CUdeviceptr tensor_scale = 0;  // [], binary32; not looked at where the recipe has none
  ScaleLayout layout = ScaleLayout::linear;  // of block_scales: linear or swizzled_128x4
  CUdeviceptr workspace = 0;                 // of this call alone until it has ended
  std::size_t workspace_bytes = 0;
  CUstream stream = nullptr;
};

class BlockQuantizer {
 public:
  // Error: invalid_argument where there is no kernel for the recipe, with those that there are.
  static CudaResult<BlockQuantizer> create(std::shared_ptr<const Device> device,
                                           std::string_view recipe);

  CudaResult<std::size_t> workspace_bytes(std::int64_t rows, std::int64_t columns,
                                          ScaleLayout layout) const;

  // Errors of both, before anything is launched: invalid_argument, naming the argument and the
  // rule, and workspace_too_small; then launch_failed, context_lost.
  //
  // The recipes know finite values only. Where one is NaN or infinite, all bytes are written but
  // their values are not specified, and check_values() says so.
  CudaStatus quantize(const BlockQuantizeCall& call) const;
  // A NaN or negative block scale, and a tensor scale that is not finite and positive (a stored
  // amax may be zero), take part in IEEE arithmetic, and check_scales() says so.
  CudaStatus dequantize(const BlockQuantizeCall& call) const;

  // Waits for the stream; then whether the input of quantize(call) or of dequantize(call) was
  // valid. The workspace must not have been used since. Errors: invalid_argument, with the tensor,
  // the first such index (of block scales: in row-major order) and its value; whatever the kernels
  // ended with.
  CudaStatus check_values(const BlockQuantizeCall& call) const;
  CudaStatus check_scales(const BlockQuantizeCall& call) const;

  const BlockRecipe& recipe() const { return *recipe_; }
  // Kernels that quantize() and dequantize() launch, in their order.
  std::vector<std::string> quantize_kernels(ScaleLayout layout) const;
  std::vector<std::string> dequantize_kernels(ScaleLayout layout) const;

 private:
  CudaStatus check_arguments(const BlockQuantizeCall& call) const;
  CudaStatus begin(const BlockQuantizeCall& call) const;
  CudaStatus amax(const BlockQuantizeCall& call) const;
  CudaStatus run_blocks(const char* kernel, CUfunction function,
                        const BlockQuantizeCall& call) const;
  CUdeviceptr linear_scales(const BlockQuantizeCall& call) const;
  CudaResult<QuantizeStatus> finish(const BlockQuantizeCall& call) const;
  ScaleShape scale_shape(std::int64_t rows, std::int64_t columns) const;

  std::shared_ptr<const Device> device_;
  const BlockRecipe* recipe_ = nullptr;
  CUfunction begin_ = nullptr, amax_ = nullptr, quantize_ = nullptr, dequantize_ = nullptr;
  ScaleSwizzle swizzle_;
};

}  // namespace assay::cuda
