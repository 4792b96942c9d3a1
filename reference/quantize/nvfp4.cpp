// SPDX-License-Identifier: Apache-2.0
// The recipe of docs/numerics.md section 2: the tensor's scale here, blocks and elements in the
// kernels of the path in use.
#include "reference/quantize/nvfp4.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/quantize/amax.hpp"
#include "reference/quantize/quantize_kernels.hpp"
#include "reference/simd_kernel.hpp"
#include "reference/streaming.hpp"

namespace assay {
namespace {

// The last blocks, less than a group of them, followed by blocks of zeros.
void quantize_last_blocks(QuantizeNvfp4Kernel* kernel, std::span<const float> weights,
                          float tensor_scale, std::uint8_t* codes, std::uint8_t* block_scales) {
  std::array<float, kBlockGroup * kBlock> padded_weights{};
  std::array<std::uint8_t, kBlockGroup * kBlock / 2> padded_codes;
  std::array<std::uint8_t, kBlockGroup> padded_scales;
  std::ranges::copy(weights, padded_weights.begin());
  kernel(padded_weights.data(), kBlockGroup, tensor_scale, padded_codes.data(),
         padded_scales.data());
  std::copy_n(padded_codes.begin(), weights.size() / 2, codes);
  std::copy_n(padded_scales.begin(), weights.size() / kBlock, block_scales);
}

void quantize_blocks(std::span<const float> weights, float tensor_scale, Nvfp4MatrixDst dst) {
  constexpr std::size_t kGroupSize = kBlockGroup * kBlock;
  QuantizeNvfp4Kernel* const kernel = ASSAY_KERNEL(quantize_nvfp4);
  const auto quantize_part = [&](std::size_t first, std::size_t count) {
    const std::size_t rest = count % kGroupSize;
    std::uint8_t* codes = dst.codes.data() + first / 2;
    std::uint8_t* scales = dst.block_scales.data() + first / kBlock;
    kernel(weights.data() + first, (count - rest) / kBlock, tensor_scale, codes, scales);
    if (rest == 0) return;
    quantize_last_blocks(kernel, weights.last(rest), tensor_scale, codes + (count - rest) / 2,
                         scales + (count - rest) / kBlock);
  };
  for_each_streamed_part(weights.data(), weights.size(), kGroupSize, quantize_part);
}

}  // namespace

float nvfp4_tensor_scale_modelopt(float amax) {
  const float scale = amax / (kE2m1Max * kE4m3Max);
  return scale == 0 ? 1.0f : scale;
}

Status quantize_nvfp4_modelopt(const char* tensor, std::span<const float> weights,
                               std::int64_t columns, Nvfp4MatrixDst dst) {
  if (columns <= 0 || columns % kNvfp4BlockSize != 0) {
    return fail(ErrorCode::invalid_vectors, "{}: {} columns: must be a positive multiple of {}",
                tensor, columns, kNvfp4BlockSize);
  }
  assert(dst.codes.size() * 2 == weights.size());
  assert(dst.block_scales.size() * kBlock == weights.size());
  ASSAY_ASSIGN(const float amax, finite_amax(tensor, "weight", weights));
  *dst.tensor_scale_decode = nvfp4_tensor_scale_modelopt(amax);
  quantize_blocks(weights, *dst.tensor_scale_decode, dst);
  return {};
}

void dequantize_nvfp4(std::span<const std::uint8_t> codes,
                      std::span<const std::uint8_t> block_scales, float tensor_scale_decode,
                      std::span<float> values) {
  assert(codes.size() * 2 == values.size());
  assert(block_scales.size() * kBlock == values.size());
  ASSAY_KERNEL(dequantize_nvfp4)
  (codes.data(), block_scales.data(), block_scales.size(), tensor_scale_decode, values.data());
}

}  // namespace assay
