// SPDX-License-Identifier: Apache-2.0
// Conversions from binary32, in elements a second: arrays of ours, NVIDIA's host function in a
// loop, and the streaming limit (the same loads and stores, the byte cut out of the float instead
// of rounded).
#include <bit>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/multiversion.hpp"
#ifdef ASSAY_HAS_CUDA_HEADERS
#include <cuda_fp4.h>
#include <cuda_fp8.h>
#endif

namespace assay {
namespace {

using Values = std::span<const float>;
using Codes = std::span<std::uint8_t>;

ASSAY_MULTIVERSION
void streaming_limit(Values values, Codes codes) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(values[i]) >> 24);
  }
}

void e4m3(Values values, Codes codes) {
  f32_to_e4m3(values, codes);
}
void e2m1(Values values, Codes codes) {
  f32_to_e2m1(values, codes);
}

#ifdef ASSAY_HAS_CUDA_HEADERS
void cuda_e4m3(Values values, Codes codes) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = __nv_cvt_float_to_fp8(values[i], __NV_SATFINITE, __NV_E4M3);
  }
}
void cuda_e2m1(Values values, Codes codes) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = __nv_cvt_float_to_fp4(values[i], __NV_E2M1, cudaRoundNearest);
  }
}
#endif

template <void (*convert)(Values, Codes)>
void cast(benchmark::State& state) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(state.range(0)));
  for (float& value : values)
    value = normal(random);
  std::vector<std::uint8_t> codes(values.size());
  for (auto _ : state) {
    convert(values, codes);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

constexpr std::int64_t kInL1 = 1 << 13;
constexpr std::int64_t kInMemory = 1 << 25;

BENCHMARK(cast<streaming_limit>)->Arg(kInL1)->Arg(kInMemory);
BENCHMARK(cast<e4m3>)->Arg(kInL1)->Arg(kInMemory);
BENCHMARK(cast<e2m1>)->Arg(kInL1)->Arg(kInMemory);
#ifdef ASSAY_HAS_CUDA_HEADERS
BENCHMARK(cast<cuda_e4m3>)->Arg(kInL1)->Arg(kInMemory);
BENCHMARK(cast<cuda_e2m1>)->Arg(kInL1)->Arg(kInMemory);
#endif

}  // namespace
}  // namespace assay
