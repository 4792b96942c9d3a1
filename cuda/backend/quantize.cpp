// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/quantize.hpp"

#include <algorithm>
#include <span>

#include <fmt/ranges.h>

#include "cuda/backend/device_pointer.hpp"
#include "cuda/backend/quantize_checks.hpp"

namespace assay::cuda {
namespace {

constexpr const char* kBegin = "quantize_begin";
constexpr const char* kAmax = "amax";
constexpr std::size_t kStatusBytes = 256;  // of the workspace; linear scales come behind
constexpr unsigned kMaxAmaxBlocks = 1024;  // each ends with an atomic on one word
constexpr std::int64_t kAmaxValues = 16;   // of a thread, at least

QuantizeStatus* status_of(const BlockQuantizeCall& call) {
  return pointer<QuantizeStatus>(call.workspace);
}

template <typename T>
CudaResult<T> read(const Device& device, const char* what, CUdeviceptr address) {
  T value{};
  ASSAY_CU(device.driver(), what, cuMemcpyDtoH, &value, address, sizeof(T));
  return value;
}

}  // namespace

CudaResult<BlockQuantizer> BlockQuantizer::create(std::shared_ptr<const Device> device,
                                                  std::string_view recipe) {
  BlockQuantizer result;
  result.recipe_ = find_block_recipe(recipe);
  if (result.recipe_ == nullptr) {
    std::vector<std::string_view> names;
    std::ranges::transform(block_recipes(), std::back_inserter(names), &BlockRecipe::name);
    return cuda_fail(CudaErrorCode::invalid_argument, "no kernel for recipe \"{}\"; known: {}",
                     recipe, fmt::join(names, ", "));
  }
  const BlockRecipe& known = *result.recipe_;
  ASSAY_ASSIGN(result.begin_, device->kernel("amax", kBegin));
  ASSAY_ASSIGN(result.amax_, device->kernel("amax", kAmax));
  ASSAY_ASSIGN(result.quantize_, device->kernel(known.family, known.quantize_kernel()));
  ASSAY_ASSIGN(result.dequantize_, device->kernel("dequantize_blocks", known.dequantize_kernel));
  ASSAY_ASSIGN(result.swizzle_, ScaleSwizzle::create(device));
  result.device_ = std::move(device);
  return result;
}

std::vector<std::string> BlockQuantizer::quantize_kernels(ScaleLayout layout) const {
  std::vector<std::string> names{kBegin};
  if (recipe_->has_tensor_scale) names.emplace_back(kAmax);
  names.push_back(recipe_->quantize_kernel());
  if (layout != ScaleLayout::linear) names.emplace_back(ScaleSwizzle::kSwizzle);
  return names;
}

std::vector<std::string> BlockQuantizer::dequantize_kernels(ScaleLayout layout) const {
  std::vector<std::string> names{kBegin};
  if (layout != ScaleLayout::linear) names.emplace_back(ScaleSwizzle::kUnswizzle);
  names.emplace_back(recipe_->dequantize_kernel);
  return names;
}

ScaleShape BlockQuantizer::scale_shape(std::int64_t rows, std::int64_t columns) const {
  return {rows, columns / recipe_->block_size};
}

CudaResult<std::size_t> BlockQuantizer::workspace_bytes(std::int64_t rows, std::int64_t columns,
                                                        ScaleLayout layout) const {
  ASSAY_TRY(check_extents(rows, columns, recipe_->block_size));
  if (layout == ScaleLayout::linear) return kStatusBytes;
  if (layout == ScaleLayout::swizzled_128x4)
    return kStatusBytes + static_cast<std::size_t>(scale_shape(rows, columns).count());
  return cuda_fail(CudaErrorCode::invalid_argument, "layout: no kernel for {}",
                   scale_layout_name(layout));
}

CudaStatus BlockQuantizer::check_arguments(const BlockQuantizeCall& call) const {
  ASSAY_ASSIGN(const std::size_t bytes, workspace_bytes(call.rows, call.columns, call.layout));
  ASSAY_TRY(check_pointer("values", call.values, 16));
  ASSAY_TRY(check_pointer("codes", call.codes, 16));
  const bool is_linear = call.layout == ScaleLayout::linear;
  ASSAY_TRY(check_pointer("block_scales", call.block_scales, is_linear ? 1 : 16));
  if (recipe_->has_tensor_scale) ASSAY_TRY(check_pointer("tensor_scale", call.tensor_scale, 4));
  ASSAY_TRY(check_pointer("workspace", call.workspace, 256));
  if (call.workspace_bytes >= bytes) return {};
  return cuda_fail(CudaErrorCode::workspace_too_small,
                   "workspace: has {} bytes, {} x {} values need {}", call.workspace_bytes,
                   call.rows, call.columns, bytes);
}

CUdeviceptr BlockQuantizer::linear_scales(const BlockQuantizeCall& call) const {
  return call.layout == ScaleLayout::linear ? call.block_scales : call.workspace + kStatusBytes;
}

CudaStatus BlockQuantizer::begin(const BlockQuantizeCall& call) const {
  return launch(*device_, kBegin, begin_, {}, call.stream, status_of(call));
}

CudaStatus BlockQuantizer::amax(const BlockQuantizeCall& call) const {
  const std::int64_t count = call.rows * call.columns;
  const unsigned blocks = std::min(quantize_grid(count / kAmaxValues), kMaxAmaxBlocks);
  const AmaxCall amax{pointer<const float>(call.values), count, status_of(call)};
  return launch(*device_, kAmax, amax_, {.x = blocks, .threads = kQuantizeThreads}, call.stream,
                amax);
}

CudaStatus BlockQuantizer::run_blocks(const char* kernel, CUfunction function,
                                      const BlockQuantizeCall& call) const {
  const std::int64_t blocks = recipe_->blocks(call.rows * call.columns);
  const BlocksCall run{pointer<float>(call.values),
                       pointer<std::uint8_t>(call.codes),
                       pointer<std::uint8_t>(linear_scales(call)),
                       pointer<float>(call.tensor_scale),
                       blocks,
                       status_of(call)};
  // A thread for each block of values, in whole warps.
  return launch(*device_, kernel, function,
                {.x = quantize_grid(blocks), .threads = kQuantizeThreads}, call.stream, run);
}

CudaStatus BlockQuantizer::quantize(const BlockQuantizeCall& call) const {
  ASSAY_TRY(check_arguments(call));
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  ASSAY_TRY(begin(call));
  if (recipe_->has_tensor_scale) ASSAY_TRY(amax(call));
  ASSAY_TRY(run_blocks(recipe_->quantize_kernel().c_str(), quantize_, call));
  if (call.layout == ScaleLayout::linear) return {};
  return swizzle_.swizzle(scale_shape(call.rows, call.columns), linear_scales(call),
                          call.block_scales, call.stream);
}

CudaStatus BlockQuantizer::dequantize(const BlockQuantizeCall& call) const {
  ASSAY_TRY(check_arguments(call));
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  ASSAY_TRY(begin(call));
  if (call.layout != ScaleLayout::linear)
    ASSAY_TRY(swizzle_.unswizzle(scale_shape(call.rows, call.columns), call.block_scales,
                                 linear_scales(call), call.stream));
  return run_blocks(recipe_->dequantize_kernel, dequantize_, call);
}

CudaResult<QuantizeStatus> BlockQuantizer::finish(const BlockQuantizeCall& call) const {
  ASSAY_TRY(check_arguments(call));
  ASSAY_CU(device_->driver(), std::string(recipe_->name), cuStreamSynchronize, call.stream);
  return read<QuantizeStatus>(*device_, "status", call.workspace);
}

CudaStatus BlockQuantizer::check_values(const BlockQuantizeCall& call) const {
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  ASSAY_ASSIGN(const QuantizeStatus status, finish(call));
  const std::uint64_t index = status.first_invalid;
  if (index == kNoneInvalid) return {};
  ASSAY_ASSIGN(const auto value,
               read<float>(*device_, "values", call.values + index * sizeof(float)));
  return cuda_fail(CudaErrorCode::invalid_argument, "values[{}] = {}: a value must be finite",
                   index, value);
}

CudaStatus BlockQuantizer::check_scales(const BlockQuantizeCall& call) const {
  ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
  ASSAY_ASSIGN(const QuantizeStatus status, finish(call));
  if (status.is_tensor_scale_invalid != 0) {
    ASSAY_ASSIGN(const auto scale, read<float>(*device_, "tensor_scale", call.tensor_scale));
    return cuda_fail(CudaErrorCode::invalid_argument,
                     "tensor_scale = {}: must be finite and greater than 0", scale);
  }
  const std::uint64_t index = status.first_invalid;
  if (index == kNoneInvalid) return {};
  ASSAY_ASSIGN(const auto code,
               read<std::uint8_t>(*device_, "block_scales", linear_scales(call) + index));
  return cuda_fail(CudaErrorCode::invalid_argument,
                   "block_scales[{}] = 0x{:02X}: must not be NaN or negative", index, code);
}

}  // namespace assay::cuda
