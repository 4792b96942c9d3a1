// SPDX-License-Identifier: Apache-2.0
// Quantizers of a matrix on one thread, in elements a second, beside the streaming limit of each:
// the same loads and stores of the same sizes without the arithmetic between.
#include <bit>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "reference/multiversion.hpp"
#include "reference/quantize/nvfp4.hpp"
#include "reference/quantize/static_fp8.hpp"

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
void write_floats(std::span<const std::uint8_t> codes, std::span<float> values) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    values[2 * i] = std::bit_cast<float>(std::uint32_t{codes[i]} << 24);
    values[2 * i + 1] = std::bit_cast<float>(std::uint32_t{codes[i]} << 20);
  }
}

struct Matrix {
  std::vector<float> weights;
  std::vector<std::uint8_t> codes, block_scales;
  float tensor_scale_decode = 1;

  explicit Matrix(std::int64_t rows)
      : weights(static_cast<std::size_t>(rows * kColumns)),
        codes(weights.size() / 2),
        block_scales(weights.size() / 16, 0x38) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (float& weight : weights)
      weight = normal(random);
  }
};

template <typename Work>
void measure(benchmark::State& state, Work work) {
  Matrix matrix(state.range(0));
  for (auto _ : state) {
    work(matrix);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * kColumns);
}

void nvfp4_quantize(benchmark::State& state) {
  measure(state, [](Matrix& m) {
    const Nvfp4MatrixDst dst{m.codes, m.block_scales, &m.tensor_scale_decode};
    const Status status = quantize_nvfp4_modelopt("weights", m.weights, kColumns, dst);
    benchmark::DoNotOptimize(status.has_value());
  });
}
void nvfp4_quantize_limit(benchmark::State& state) {
  measure(state, [](Matrix& m) { read_twice_write_nibbles(m.weights, m.codes); });
}
void nvfp4_dequantize(benchmark::State& state) {
  measure(state, [](Matrix& m) {
    dequantize_nvfp4(m.codes, m.block_scales, m.tensor_scale_decode, m.weights);
  });
}
void nvfp4_dequantize_limit(benchmark::State& state) {
  measure(state, [](Matrix& m) { write_floats(m.codes, m.weights); });
}
void static_fp8_quantize(benchmark::State& state) {
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(state.range(0) * kColumns));
  measure(state, [&codes](Matrix& m) { quantize_static_fp8(m.weights, 0.01f, codes); });
}

// 2048 x 768 is one expert of Qwen3-30B-A3B.
BENCHMARK(nvfp4_quantize)->Arg(8)->Arg(768);
BENCHMARK(nvfp4_quantize_limit)->Arg(8)->Arg(768);
BENCHMARK(nvfp4_dequantize)->Arg(8)->Arg(768);
BENCHMARK(nvfp4_dequantize_limit)->Arg(8)->Arg(768);
BENCHMARK(static_fp8_quantize)->Arg(8)->Arg(768);

}  // namespace
}  // namespace assay
