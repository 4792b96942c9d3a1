// SPDX-License-Identifier: Apache-2.0
// The quantizers on every path: the same bits as portable, for any number of blocks, and nothing
// written beside them. nvfp4_test, nvfp4_model_test and static_fp8_test, which have the outside
// oracles, run on every path, too.
#include "reference/quantize/quantize_kernels.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "reference/quantize/nvfp4.hpp"
#include "reference/quantize/static_fp8.hpp"
#include "reference/simd_test.hpp"

namespace assay {
namespace {

constexpr std::uint8_t kCanary = 0xA5;
constexpr std::size_t kMargin = 64;

// Any finite value, and often zeros and ties.
std::vector<float> finite_values(std::mt19937& random, std::size_t size, std::uint32_t exponents) {
  std::vector<float> values(size);
  for (float& value : values) {
    const auto bits = static_cast<std::uint32_t>(random());
    const std::uint32_t exponent = 127 - exponents / 2 + (bits >> 23) % exponents;
    const std::uint32_t kept = random() % 4 == 0 ? 0x80600000 : 0x807FFFFF;
    value = std::bit_cast<float>(random() % 16 == 0 ? bits & 0x80000000
                                                    : (bits & kept) | (exponent << 23));
  }
  return values;
}

struct Quantized {
  std::vector<std::uint8_t> codes, block_scales;  // between margins
  float tensor_scale = 0;
  bool operator==(const Quantized&) const = default;
};

Quantized quantize(std::span<const float> weights) {
  const std::size_t blocks = weights.size() / kBlock;
  Quantized result{std::vector<std::uint8_t>(weights.size() / 2 + 2 * kMargin, kCanary),
                   std::vector<std::uint8_t>(blocks + 2 * kMargin, kCanary)};
  const Nvfp4MatrixDst dst{std::span(result.codes).subspan(kMargin, weights.size() / 2),
                           std::span(result.block_scales).subspan(kMargin, blocks),
                           &result.tensor_scale};
  EXPECT_TRUE(quantize_nvfp4_modelopt("w", weights, kNvfp4BlockSize, dst));
  return result;
}

void expect_margins(const std::vector<std::uint8_t>& bytes) {
  const auto is_canary = [](std::uint8_t byte) { return byte == kCanary; };
  EXPECT_TRUE(std::all_of(bytes.begin(), bytes.begin() + kMargin, is_canary));
  EXPECT_TRUE(std::all_of(bytes.end() - kMargin, bytes.end(), is_canary));
}

TEST(QuantizeKernels, AnyNumberOfBlocksIsQuantizedAlikeAndNothingElseWritten) {
  std::mt19937 random(1);
  for (std::size_t blocks = 0; blocks < 140; ++blocks) {
    const auto values =
        finite_values(random, blocks * kBlock + 8, 1 + static_cast<std::uint32_t>(blocks % 60));
    const auto weights = std::span(values).subspan(blocks % 8, blocks * kBlock);
    const Quantized q = on_every_path([&] { return quantize(weights); });
    expect_margins(q.codes);
    expect_margins(q.block_scales);
    ASSERT_FALSE(HasFailure()) << blocks << " blocks";
  }
}

TEST(QuantizeKernels, TheWholeRangeOfFiniteWeightsIsQuantizedAlike) {
  std::mt19937 random(2);
  for (int round = 0; round < 40; ++round) {
    const auto weights = finite_values(random, kBlock * 1024, 254);
    on_every_path([&] { return quantize(weights); });
    const auto subnormal = finite_values(random, kBlock * 16, 1);
    std::vector<float> tiny(subnormal.size());
    std::ranges::transform(subnormal, tiny.begin(), [](float w) {
      return std::bit_cast<float>(std::bit_cast<std::uint32_t>(w) & 0x80003FFF);
    });
    on_every_path([&] { return quantize(tiny); });
    ASSERT_FALSE(HasFailure()) << round;
  }
}

// All codes with all block scales, NaN and negative ones among them.
std::vector<std::uint32_t> dequantize(std::size_t blocks, float tensor_scale) {
  std::vector<std::uint8_t> codes(blocks * kBlock / 2), scales(blocks);
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = static_cast<std::uint8_t>(i * 37 + i / 256);
  for (std::size_t i = 0; i < blocks; ++i)
    scales[i] = static_cast<std::uint8_t>(i);
  std::vector<float> values(blocks * kBlock + 2 * kMargin, -123.0f);
  dequantize_nvfp4(codes, scales, tensor_scale,
                   std::span(values).subspan(kMargin, blocks * kBlock));
  std::vector<std::uint32_t> bits(values.size());
  std::ranges::transform(values, bits.begin(),
                         [](float v) { return std::bit_cast<std::uint32_t>(v); });
  return bits;
}

TEST(QuantizeKernels, AnyNumberOfBlocksIsDequantizedAlikeAndNothingElseWritten) {
  for (std::size_t blocks = 0; blocks < 70; ++blocks) {
    const auto bits = on_every_path([&] { return dequantize(blocks, 0x1.234568p-9f); });
    const auto is_canary = [](std::uint32_t b) {
      return b == std::bit_cast<std::uint32_t>(-123.0f);
    };
    EXPECT_TRUE(std::all_of(bits.begin(), bits.begin() + kMargin, is_canary));
    EXPECT_TRUE(std::all_of(bits.end() - kMargin, bits.end(), is_canary));
    ASSERT_FALSE(HasFailure()) << blocks << " blocks";
  }
}

TEST(QuantizeKernels, EveryCodeWithEveryBlockScaleIsDequantizedAlike) {
  for (const float tensor_scale : {1.0f, 0x1.fffffep-130f, 0x1.8p+118f, 0x1.555556p-3f})
    on_every_path([&] { return dequantize(256 * 32, tensor_scale); });
}

std::vector<std::uint8_t> static_fp8(std::span<const float> values, float scale) {
  std::vector<std::uint8_t> codes(values.size() + 2 * kMargin, kCanary);
  quantize_static_fp8(values, scale, std::span(codes).subspan(kMargin, values.size()));
  return codes;
}

TEST(QuantizeKernels, ArraysOfAnyLengthAreDividedAndCastAlike) {
  std::mt19937 random(3);
  const auto values = finite_values(random, 4096, 40);
  for (std::size_t size = 0; size < 130; ++size) {
    const auto part = std::span(values).subspan(size % 8, size);
    expect_margins(on_every_path([&] { return static_fp8(part, 0.0371f); }));
    ASSERT_FALSE(HasFailure()) << size;
  }
  for (const float scale : {3e-39f, 0.01f, 1.7f, 1e30f})
    on_every_path([&] { return static_fp8(values, scale); });
}

}  // namespace
}  // namespace assay
