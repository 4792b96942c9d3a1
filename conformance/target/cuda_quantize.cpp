// SPDX-License-Identifier: Apache-2.0
#include "conformance/target/cuda_quantize.hpp"

#include <algorithm>

#include "conformance/target/kinds.hpp"
#include "cuda/backend/quantize.hpp"
#include "vectors/io/quantize_tensors.hpp"

namespace assay {
namespace {

using cuda::BlockQuantizer;
using cuda::Buffer;
using cuda::CudaResult;
using cuda::CudaStatus;

constexpr ScaleLayout kTiles = ScaleLayout::swizzled_128x4;
constexpr std::uint8_t kNotToBeRead = 0xFF;  // NaN in E4M3 and in E8M0

using DevicePointer = std::shared_ptr<const cuda::Device>;

// One call, and its memory on the device.
struct Call {
  ScaleShape scales;
  Buffer values, codes, block_scales, tensor_scale, workspace;
  cuda::BlockQuantizeCall arguments;
};

std::size_t tile_bytes(const ScaleShape& shape) {
  return static_cast<std::size_t>(padded_shape(kTiles, shape).count());
}

// Whether zero is what stands beyond the matrix.
bool is_padding_zero(const ScaleShape& shape, std::span<const std::uint8_t> tiles) {
  const ScaleShape padded = padded_shape(kTiles, shape);
  for (std::int64_t row = 0; row < padded.rows; ++row)
    for (std::int64_t column = row < shape.rows ? shape.columns : 0; column < padded.columns;
         ++column)
      if (tiles[static_cast<std::size_t>(scale_offset(kTiles, shape, row, column))] != 0)
        return false;
  return true;
}

// Tiles of which everything but the scales is 0xFF.
std::vector<std::uint8_t> make_tiles(const ScaleShape& shape,
                                     std::span<const std::uint8_t> linear) {
  std::vector<std::uint8_t> tiles(tile_bytes(shape), kNotToBeRead);
  for (std::int64_t row = 0; row < shape.rows; ++row)
    for (std::int64_t column = 0; column < shape.columns; ++column)
      tiles[static_cast<std::size_t>(scale_offset(kTiles, shape, row, column))] =
          linear[static_cast<std::size_t>(row * shape.columns + column)];
  return tiles;
}

// Allocates what has no input, and points the arguments to it all.
CudaStatus complete(const DevicePointer& device, const BlockQuantizer& quantizer, Call& call) {
  const std::int64_t rows = call.scales.rows,
                     columns = call.scales.columns * quantizer.recipe().block_size;
  const auto allocate = [&](Buffer& buffer, std::int64_t bytes, const char* name) -> CudaStatus {
    if (buffer.address() != 0) return {};
    ASSAY_ASSIGN(buffer, Buffer::allocate(device, static_cast<std::size_t>(bytes), name));
    return {};
  };
  ASSAY_TRY(allocate(call.values, rows * columns * 4, "values"));
  ASSAY_TRY(allocate(call.codes, quantizer.recipe().code_bytes(rows * columns), "codes"));
  ASSAY_TRY(allocate(call.block_scales, padded_shape(kTiles, call.scales).count(), "block_scale"));
  ASSAY_TRY(
      allocate(call.tensor_scale, quantizer.recipe().has_tensor_scale ? 4 : 0, "tensor_scale"));
  ASSAY_ASSIGN(const std::size_t bytes, quantizer.workspace_bytes(rows, columns, kTiles));
  ASSAY_ASSIGN(call.workspace, Buffer::allocate(device, bytes, "workspace"));
  call.arguments = {.rows = rows,
                    .columns = columns,
                    .values = call.values.address(),
                    .codes = call.codes.address(),
                    .block_scales = call.block_scales.address(),
                    .tensor_scale = call.tensor_scale.address(),
                    .layout = kTiles,
                    .workspace = call.workspace.address(),
                    .workspace_bytes = bytes};
  return {};
}

// Errors and downloads of one tensor.
template <typename T>
CudaStatus download(const Buffer& buffer, std::span<T> span) {
  return buffer.download(std::as_writable_bytes(span));
}

CudaResult<TargetResult> run_quantize(const DevicePointer& device, const BlockQuantizer& quantizer,
                                      const RecipeInfo& info, const TensorViews& inputs) {
  const TensorView& values = inputs.at("values");
  Call call;
  call.scales = {values.shape[0], values.shape[1] / info.block_size};
  ASSAY_ASSIGN(call.values, Buffer::upload(device, values.bytes, "values"));
  ASSAY_TRY(complete(device, quantizer, call));
  ASSAY_TRY(quantizer.quantize(call.arguments));
  ASSAY_ASSIGN(auto refusal, refusal_of(quantizer.check_values(call.arguments)));
  if (refusal) return *std::move(refusal);
  Tensors results = quantized_tensors(info, call.arguments.rows, call.arguments.columns);
  const QuantizedDst dst = quantized_dst(info, results);
  ASSAY_TRY(download(call.codes, dst.codes));
  if (dst.tensor_scale != nullptr)
    ASSAY_TRY(download(call.tensor_scale, std::span(dst.tensor_scale, 1)));
  std::vector<std::uint8_t> tiles(tile_bytes(call.scales));
  ASSAY_TRY(download(call.block_scales, std::span(tiles)));
  if (!is_padding_zero(call.scales, tiles))
    return TargetResult{
        TargetOutcome::garbage, "block scales: padding of a 128x4 tile is not zero", {}, {}};
  unswizzle_scales(kTiles, call.scales, tiles, dst.block_scales);
  return *result_of(std::move(results));
}

CudaResult<TargetResult> run_dequantize(const DevicePointer& device,
                                        const BlockQuantizer& quantizer,
                                        const TensorViews& inputs) {
  const TensorView& scales = inputs.at("block_scale");
  Call call;
  call.scales = {scales.shape[0], scales.shape[1]};
  ASSAY_ASSIGN(call.codes, Buffer::upload(device, inputs.at("codes").bytes, "codes"));
  const auto tiles = make_tiles(call.scales, scales.as<std::uint8_t>());
  ASSAY_ASSIGN(call.block_scales,
               Buffer::upload(device, std::as_bytes(std::span(tiles)), "block_scale"));
  if (const auto scale = inputs.find("tensor_scale"); scale != inputs.end()) {
    ASSAY_ASSIGN(call.tensor_scale, Buffer::upload(device, scale->second.bytes, "tensor_scale"));
  }
  ASSAY_TRY(complete(device, quantizer, call));
  ASSAY_TRY(quantizer.dequantize(call.arguments));
  ASSAY_ASSIGN(auto refusal, refusal_of(quantizer.check_scales(call.arguments)));
  if (refusal) return *std::move(refusal);
  Tensors results;
  Tensor& output = results[kOutputTensor] =
      Tensor(Dtype::f32, {call.arguments.rows, call.arguments.columns});
  ASSAY_TRY(download(call.values, output.as<float>()));
  return *result_of(std::move(results));
}

}  // namespace

CudaResult<CudaRun> run_cuda_quantize(const DevicePointer& device, const CaseFile& test_case) {
  const std::string& name = test_case.description.attributes.at("recipe");
  if (cuda::find_block_recipe(name) == nullptr)
    return CudaRun{{TargetOutcome::unsupported,
                    fmt::format("the backend has no kernel for the recipe {}", name),
                    {},
                    {}},
                   {}};
  const RecipeInfo& info = **find_recipe(name);
  ASSAY_ASSIGN(const auto quantizer, BlockQuantizer::create(device, name));
  const bool is_quantize = test_case.description.op == "quantize";
  ASSAY_ASSIGN(auto result, is_quantize ? run_quantize(device, quantizer, info, test_case.inputs())
                                        : run_dequantize(device, quantizer, test_case.inputs()));
  return CudaRun{std::move(result), is_quantize ? quantizer.quantize_kernels(kTiles)
                                                : quantizer.dequantize_kernels(kTiles)};
}

}  // namespace assay
