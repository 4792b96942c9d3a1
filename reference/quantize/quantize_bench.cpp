// SPDX-License-Identifier: Apache-2.0
// Quantizers of a matrix on one thread and every path, in elements a second, beside the streaming
// limit of each: the same loads and stores of the same sizes without the arithmetic between.
#include <bit>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "reference/multiversion.hpp"
#include "reference/quantize/nvfp4.hpp"
#include "reference/quantize/static_fp8.hpp"
#include "reference/simd_path.hpp"

namespace assay {
namespace {

constexpr std::int64_t kColumns = 2048;

// Two passes over the weights, as the tensor's amax requires.
ASSAY_MULTIVERSION
void read_twice_write_nibbles(std::span<const float> weights, std::span<std::uint8_t> codes) {
  std::uint32_t bits = 0;
  for (const float weight : weights)
    bits |= std::bit_cast<std::uint32_t>(weight);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const auto even = std::bit_cast<std::uint32_t>(weights[2 * i]);
    const auto odd = std::bit_cast<std::uint32_t>(weights[2 * i + 1]);
    codes[i] = static_cast<std::uint8_t>((even ^ odd ^ bits) >> 24);
  }
}

ASSAY_MULTIVERSION
void read_write_bytes(std::span<const float> values, std::span<std::uint8_t> codes) {
  for (std::size_t i = 0; i < values.size(); ++i)
    codes[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(values[i]) >> 24);
}

ASSAY_MULTIVERSION
void write_floats(std::span<const std::uint8_t> codes, std::span<float> values) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    values[2 * i] = std::bit_cast<float>(std::uint32_t{codes[i]} << 24);
    values[2 * i + 1] = std::bit_cast<float>(std::uint32_t{codes[i]} << 20);
  }
}

// One matrix, the largest, of which each lane uses the first rows.
struct Matrix {
  std::vector<float> weights;
  std::vector<std::uint8_t> codes, block_scales;
  float tensor_scale_decode = 1;

  explicit Matrix(std::int64_t rows)
      : weights(static_cast<std::size_t>(rows * kColumns)),
        codes(weights.size()),
        block_scales(weights.size() / 16, 0x38) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (float& weight : weights)
      weight = normal(random);
  }
};

struct Lane {
  std::span<float> weights;
  std::span<std::uint8_t> codes;  // a byte an element; NVFP4 uses half of them
  std::span<std::uint8_t> packed_codes, block_scales;
};

constexpr std::int64_t kInL2 = 8;
constexpr std::int64_t kOneExpert = 768;  // 2048 x 768, Qwen3-30B-A3B
constexpr std::int64_t kInMemory = 1 << 14;

using Work = void (*)(const Lane&);

void run(benchmark::State& state, Work work, SimdPath path) {
  if (const Status status = force_simd_path(path); !status)
    return state.SkipWithError(status.error().message.c_str());
  static Matrix matrix(kInMemory);
  const auto size = static_cast<std::size_t>(state.range(0) * kColumns);
  const Lane lane{std::span(matrix.weights).first(size), std::span(matrix.codes).first(size),
                  std::span(matrix.codes).first(size / 2),
                  std::span(matrix.block_scales).first(size / 16)};
  for (auto _ : state) {
    work(lane);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * kColumns);
}

void quantize(const Lane& lane) {
  float tensor_scale = 0;
  const Nvfp4MatrixDst dst{lane.packed_codes, lane.block_scales, &tensor_scale};
  const Status status = quantize_nvfp4_modelopt("weights", lane.weights, kColumns, dst);
  benchmark::DoNotOptimize(status.has_value());
}
void quantize_limit(const Lane& lane) {
  read_twice_write_nibbles(lane.weights, lane.packed_codes);
}
void dequantize(const Lane& lane) {
  dequantize_nvfp4(lane.packed_codes, lane.block_scales, 1.0f, lane.weights);
}
void dequantize_limit(const Lane& lane) {
  write_floats(lane.packed_codes, lane.weights);
}
void static_fp8(const Lane& lane) {
  quantize_static_fp8(lane.weights, 0.01f, lane.codes);
}
void static_fp8_limit(const Lane& lane) {
  read_write_bytes(lane.weights, lane.codes);
}

#define ASSAY_LANES(name, work, limit)                              \
  BENCHMARK_CAPTURE(run, name##_limit, limit, SimdPath::portable)   \
      ->Arg(kInL2)                                                  \
      ->Arg(kOneExpert)                                             \
      ->Arg(kInMemory);                                             \
  BENCHMARK_CAPTURE(run, name##_avx512, work, SimdPath::avx512)     \
      ->Arg(kInL2)                                                  \
      ->Arg(kOneExpert)                                             \
      ->Arg(kInMemory);                                             \
  BENCHMARK_CAPTURE(run, name##_avx2, work, SimdPath::avx2)         \
      ->Arg(kInL2)                                                  \
      ->Arg(kOneExpert)                                             \
      ->Arg(kInMemory);                                             \
  BENCHMARK_CAPTURE(run, name##_portable, work, SimdPath::portable) \
      ->Arg(kInL2)                                                  \
      ->Arg(kOneExpert)                                             \
      ->Arg(kInMemory)

ASSAY_LANES(nvfp4_quantize, quantize, quantize_limit);
ASSAY_LANES(nvfp4_dequantize, dequantize, dequantize_limit);
ASSAY_LANES(static_fp8_quantize, static_fp8, static_fp8_limit);

}  // namespace
}  // namespace assay
