// SPDX-License-Identifier: Apache-2.0
// Throughput of silu in L2-resident arrays (items are elements): correctly rounded in both forms,
// the usual binary32 formula with the C library's expf, and a copy as the limit. Compare lanes of
// one process only: --benchmark_enable_random_interleaving=true --benchmark_repetitions=9.
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "reference/arithmetic/silu.hpp"

namespace assay {
namespace {

using Spans = void (*)(std::span<const float>, std::span<float>);

void run(benchmark::State& state, Spans lane) {
  constexpr std::size_t count = 32768;
  std::mt19937 generator(1);
  std::normal_distribution<float> gates(0, 3);
  std::vector<float> x(count);
  std::ranges::generate(x, [&] { return gates(generator); });
  std::vector<float> y(count);
  for (auto _ : state) {
    lane(x, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}

void array_form(std::span<const float> x, std::span<float> y) {
  silu(x, y);
}

void scalar_form(std::span<const float> x, std::span<float> y) {
  std::ranges::transform(x, y.begin(), [](float v) { return silu(v); });
}

void libm_expf_formula(std::span<const float> x, std::span<float> y) {
  std::ranges::transform(x, y.begin(), [](float v) { return v / (1 + std::exp(-v)); });
}

void copy(std::span<const float> x, std::span<float> y) {
  std::ranges::copy(x, y.begin());
}

BENCHMARK_CAPTURE(run, array, array_form);
BENCHMARK_CAPTURE(run, scalar, scalar_form);
BENCHMARK_CAPTURE(run, libm_expf_formula, libm_expf_formula);
BENCHMARK_CAPTURE(run, copy, copy);

}  // namespace
}  // namespace assay
