// SPDX-License-Identifier: Apache-2.0
// NVFP4 quantization of whole matrices against a model written by other means: products and
// quotients in binary64 (exact, respectively innocuously rounded to binary32: Figueroa 1995),
// conversions by searching a table of the format's values.
#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "reference/quantize/nvfp4.hpp"
#include "reference/simd_test.hpp"

namespace assay {
namespace {

struct Quantized {
  std::vector<std::uint8_t> codes, block_scales;
  float tensor_scale_decode = 0;
  bool operator==(const Quantized&) const = default;
};

float narrow(double value) {
  return static_cast<float>(value);
}

// OFP8 and MX value tables: magnitude of each code, ascending.
std::vector<double> magnitudes(int codes, int fraction_bits, int bias) {
  std::vector<double> table;
  for (int code = 0; code < codes; ++code) {
    const int field = code >> fraction_bits;
    const int fraction = code - (field << fraction_bits);
    const int significand = field == 0 ? fraction : fraction + (1 << fraction_bits);
    table.push_back(std::ldexp(significand, std::max(field, 1) - bias - fraction_bits));
  }
  return table;
}

const std::vector<double> kE4m3Table = magnitudes(127, 3, 7);
const std::vector<double> kE2m1Table = magnitudes(8, 1, 1);

// The code of the nearest value, the even code where two are equally near.
std::uint8_t nearest(const std::vector<double>& table, double magnitude) {
  std::size_t best = 0;
  for (std::size_t code = 1; code < table.size(); ++code) {
    const double distance = std::abs(table[code] - magnitude);
    const double best_distance = std::abs(table[best] - magnitude);
    if (distance < best_distance || (distance == best_distance && code % 2 == 0)) best = code;
  }
  return static_cast<std::uint8_t>(best);
}

float step(std::uint8_t block_scale, float tensor_scale) {
  return narrow(kE4m3Table[block_scale] * static_cast<double>(tensor_scale));
}

Quantized model(const std::vector<float>& weights) {
  Quantized result;
  const auto by_magnitude = [](float a, float b) { return std::abs(a) < std::abs(b); };
  const float amax = std::abs(*std::max_element(weights.begin(), weights.end(), by_magnitude));
  const float s2 = narrow(static_cast<double>(amax) / 2688.0);
  result.tensor_scale_decode = s2 > 0 ? s2 : 1.0f;
  for (auto block = weights.begin(); block != weights.end(); block += 16) {
    const double b = std::abs(*std::max_element(block, block + 16, by_magnitude));
    const float divisor = narrow(6.0 * static_cast<double>(result.tensor_scale_decode));
    const float r = narrow(b / static_cast<double>(divisor));
    const double clamped = r > 0 ? std::max(static_cast<double>(r), 1.0 / 512) : 1.0;
    result.block_scales.push_back(nearest(kE4m3Table, clamped));
    const double scale = step(result.block_scales.back(), result.tensor_scale_decode);
    for (int i = 0; i < 16; ++i) {
      const float q = narrow(static_cast<double>(block[i]) / scale);
      const int code = nearest(kE2m1Table, std::abs(static_cast<double>(q))) + (q < 0 ? 8 : 0);
      if (i % 2 == 0) result.codes.push_back(static_cast<std::uint8_t>(code));
      if (i % 2 == 1)
        result.codes.back() = static_cast<std::uint8_t>(result.codes.back() + 16 * code);
    }
  }
  return result;
}

Quantized quantize_on_this_path(const std::vector<float>& weights, std::int64_t columns) {
  Quantized result{std::vector<std::uint8_t>(weights.size() / 2),
                   std::vector<std::uint8_t>(weights.size() / 16)};
  const Status status = quantize_nvfp4_modelopt(
      "w", weights, columns, {result.codes, result.block_scales, &result.tensor_scale_decode});
  EXPECT_TRUE(status) << status.error().message;
  return result;
}

Quantized quantize(const std::vector<float>& weights, std::int64_t columns) {
  return on_every_path([&] { return quantize_on_this_path(weights, columns); });
}

std::vector<float> dequantize(const Quantized& matrix) {
  return on_every_path([&] {
    std::vector<float> values(matrix.codes.size() * 2);
    dequantize_nvfp4(matrix.codes, matrix.block_scales, matrix.tensor_scale_decode, values);
    return values;
  });
}

// Normal values on the bfloat16 grid (upper half of binary32), with a fresh amplitude per matrix
// and, where `spread` is not zero, per element.
std::vector<float> random_weights(std::mt19937& random, std::size_t size, float spread) {
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> exponent(-20, 20);
  const float amplitude = std::exp2(exponent(random));
  std::vector<float> weights(size);
  for (float& weight : weights) {
    const float value = amplitude * normal(random) * std::exp2(spread * normal(random));
    weight = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFF0000u);
  }
  return weights;
}

TEST(Nvfp4Model, RandomMatricesOnTheBf16GridAgree) {
  std::mt19937 random(1);
  for (std::size_t blocks = 1; blocks < 200; ++blocks) {
    const auto weights = random_weights(random, 16 * blocks, static_cast<float>(blocks % 3) * 3);
    ASSERT_EQ(quantize(weights, 16), model(weights)) << blocks;
  }
}

// Elements moved onto the ties of E2M1, and block maxima onto the ties of E4M3.
TEST(Nvfp4Model, MatricesOnTiesAgree) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    auto weights = random_weights(random, 16 * 70, 1);
    const Quantized first = model(weights);
    const float divisor = narrow(6.0 * static_cast<double>(first.tensor_scale_decode));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::size_t code = random() % 7;
      const double tie = (kE2m1Table[code] + kE2m1Table[code + 1]) / 2;
      const std::uint8_t scale = first.block_scales[i / 16];
      if (random() % 2 == 0 && scale < 0x7E) {
        const double between = (kE4m3Table[scale] + kE4m3Table[scale + 1u]) / 2;
        weights[i / 16 * 16] = narrow(between * static_cast<double>(divisor));
      }
      if (std::abs(weights[i]) < weights[i / 16 * 16] || i % 5 == 0) continue;
      if (scale < 0x7E) weights[i] = narrow(tie * step(scale, first.tensor_scale_decode));
    }
    ASSERT_EQ(quantize(weights, 16 * 70), model(weights)) << round;
  }
}

TEST(Nvfp4Model, RowsDoNotInfluenceEachOther) {
  std::mt19937 random(3);
  const auto weights = random_weights(random, 16 * 12, 2);
  EXPECT_EQ(quantize(weights, 48), quantize(weights, 192));
}

TEST(Nvfp4Model, DequantizedMatricesAgree) {
  std::mt19937 random(4);
  const Quantized matrix = model(random_weights(random, 16 * 131, 3));
  const std::vector<float> values = dequantize(matrix);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int code = (matrix.codes[i / 2] >> (4 * (i % 2))) & 0xF;
    const double scale = step(matrix.block_scales[i / 16], matrix.tensor_scale_decode);
    const float magnitude = narrow(kE2m1Table[static_cast<std::size_t>(code & 7)] * scale);
    const float expected = code < 8 ? magnitude : -magnitude;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]), std::bit_cast<std::uint32_t>(expected)) << i;
  }
}

// Codes 0x8 come back as 0x0 by the recipe's sign rule, so the comparison starts after one round
// trip.
TEST(Nvfp4Model, QuantizingADequantizedMatrixIsIdempotent) {
  std::mt19937 random(5);
  for (int round = 0; round < 100; ++round) {
    const Quantized once =
        quantize(dequantize(quantize(random_weights(random, 16 * 70, 0), 16)), 16);
    const Quantized twice = quantize(dequantize(once), 16);
    ASSERT_EQ(twice.codes, once.codes) << round;
    ASSERT_EQ(twice.block_scales, once.block_scales) << round;
  }
}

}  // namespace
}  // namespace assay
