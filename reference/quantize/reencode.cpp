// SPDX-License-Identifier: Apache-2.0
// Both ways work on exponents alone: a scale is 2^k, and 2^k = 2^(k - m) * 2^m is exact.
#include "reference/quantize/reencode.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <optional>

#include "reference/format/e4m3.hpp"
#include "reference/format/e8m0.hpp"

namespace assay {
namespace {

constexpr int kMaxE4m3Power = 8;
constexpr int kMinE4m3Power = -9;
constexpr int kMaxSpan = kMaxE4m3Power - kMinE4m3Power;
constexpr std::size_t kMxBlockBytes = 16;
constexpr std::size_t kNvBlockBytes = 8;

bool all_zero(std::span<const std::uint8_t> codes) {
  return std::all_of(codes.begin(), codes.end(), [](std::uint8_t pair) { return !(pair & 0x77); });
}

std::uint8_t e4m3_power_of_two(int exponent) {
  return f32_to_e4m3(std::ldexp(1.0f, exponent));
}

// The exponent of a positive power of two; nothing for any other number.
std::optional<int> exact_log2(float value) {
  int exponent = 0;
  if (std::frexp(value, &exponent) != 0.5f) return {};
  return exponent - 1;
}

// k of the pair of NVFP4 blocks that starts at `block`; nothing where both are zeros.
Result<std::optional<int>> pair_exponent(const std::string& tensor,
                                         std::span<const std::uint8_t> codes,
                                         std::span<const std::uint8_t> block_scales,
                                         std::size_t block, int tensor_exponent) {
  std::optional<int> pair;
  for (std::size_t i = block; i < block + 2; ++i) {
    const auto refuse = [&](const char* rule) {
      return fail(ErrorCode::invalid_vectors, "{}: block scale [{}] = 0x{:02x} {}", tensor, i,
                  block_scales[i], rule);
    };
    if (is_e4m3_nan(block_scales[i])) return refuse("is NaN");
    if (block_scales[i] & 0x80) return refuse("is negative");
    if (all_zero(codes.subspan(i * kNvBlockBytes, kNvBlockBytes))) continue;
    const std::optional<int> power = exact_log2(e4m3_to_f32(block_scales[i]));
    if (!power) return refuse("is no power of two");
    const int exponent = *power + tensor_exponent;
    if (std::abs(exponent) > kE8m0Bias) return refuse("times the tensor scale lies outside E8M0");
    if (pair && *pair != exponent) return refuse("differs from the other scale of its pair");
    pair = exponent;
  }
  return pair;
}

}  // namespace

Status mxfp4_to_nvfp4(const std::string& tensor, std::span<const std::uint8_t> codes,
                      std::span<const std::uint8_t> e8m0_scales,
                      std::span<std::uint8_t> block_scales, float* tensor_scale_decode) {
  assert(codes.size() == e8m0_scales.size() * kMxBlockBytes);
  assert(block_scales.size() == e8m0_scales.size() * 2);
  const auto is_zero = [&](std::size_t i) {
    return all_zero(codes.subspan(i * kMxBlockBytes, kMxBlockBytes));
  };
  std::optional<int> max_exponent;
  for (std::size_t i = 0; i < e8m0_scales.size(); ++i) {
    if (e8m0_scales[i] == kE8m0NaN) {
      return fail(ErrorCode::invalid_vectors, "{}: E8M0 scale [{}] = 0xff is NaN", tensor, i);
    }
    const int exponent = e8m0_scales[i] - kE8m0Bias;
    if (!is_zero(i)) max_exponent = std::max(max_exponent.value_or(exponent), exponent);
  }
  const int tensor_exponent = max_exponent.value_or(kMaxE4m3Power) - kMaxE4m3Power;
  for (std::size_t i = 0; i < e8m0_scales.size(); ++i) {
    const int power = is_zero(i) ? kMinE4m3Power : e8m0_scales[i] - kE8m0Bias - tensor_exponent;
    if (power < kMinE4m3Power) {
      return fail(
          ErrorCode::invalid_vectors,
          "{}: E8M0 scale [{}] = 0x{:02x} lies {} binades below the largest; NVFP4 holds {}",
          tensor, i, e8m0_scales[i], kMaxE4m3Power - power, kMaxSpan);
    }
    block_scales[2 * i] = block_scales[2 * i + 1] = e4m3_power_of_two(power);
  }
  *tensor_scale_decode = std::ldexp(1.0f, tensor_exponent);
  return {};
}

Status nvfp4_to_mxfp4(const std::string& tensor, std::span<const std::uint8_t> codes,
                      std::span<const std::uint8_t> block_scales, float tensor_scale_decode,
                      std::span<std::uint8_t> e8m0_scales) {
  assert(codes.size() == e8m0_scales.size() * kMxBlockBytes);
  assert(block_scales.size() == e8m0_scales.size() * 2);
  const std::optional<int> tensor_exponent = exact_log2(tensor_scale_decode);
  if (!tensor_exponent) {
    return fail(ErrorCode::invalid_vectors, "{}: tensor scale {} is no power of two", tensor,
                tensor_scale_decode);
  }
  for (std::size_t i = 0; i < e8m0_scales.size(); ++i) {
    ASSAY_ASSIGN(const std::optional<int> exponent,
                 pair_exponent(tensor, codes, block_scales, 2 * i, *tensor_exponent));
    e8m0_scales[i] = static_cast<std::uint8_t>(exponent.value_or(-kE8m0Bias) + kE8m0Bias);
  }
  return {};
}

}  // namespace assay
