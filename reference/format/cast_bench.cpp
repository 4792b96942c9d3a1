// SPDX-License-Identifier: Apache-2.0
// Conversions from binary32, in elements a second: arrays of ours on every path, NVIDIA's host
// function in a loop, and the streaming limit (the same loads and stores, the byte cut out of the
// float instead of rounded). To judge that limit by: the same with our prefetching, and the loads
// alone.
#include <bit>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/multiversion.hpp"
#include "reference/simd_path.hpp"
#include "reference/streaming.hpp"
#ifdef ASSAY_HAS_CUDA_HEADERS
#include <cuda_fp4.h>
#include <cuda_fp8.h>
#endif

namespace assay {
namespace {

using Values = std::span<const float>;
using Codes = std::span<std::uint8_t>;
using Convert = void (*)(Values, Codes);

ASSAY_MULTIVERSION
void streaming_limit(Values values, Codes codes) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(values[i]) >> 24);
  }
}

// As ours: asking for data a page ahead.
void prefetched_limit(Values values, Codes codes) {
  for_each_streamed_part(
      values.data(), values.size(), 1, [&](std::size_t first, std::size_t count) {
        streaming_limit(values.subspan(first, count), codes.subspan(first, count));
      });
}

ASSAY_MULTIVERSION
void read_only(Values values, Codes codes) {
  std::uint32_t bits = 0;
  for (const float value : values)
    bits |= std::bit_cast<std::uint32_t>(value);
  codes[0] = static_cast<std::uint8_t>(bits);
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

constexpr std::int64_t kInL1 = 1 << 13;
constexpr std::int64_t kInMemory = 1 << 25;

Values normal_values() {
  static const std::vector<float> values = [] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> filled(kInMemory);
    for (float& value : filled)
      value = normal(random);
    return filled;
  }();
  return values;
}

void run(benchmark::State& state, Convert convert, SimdPath path) {
  if (const Status status = force_simd_path(path); !status)
    return state.SkipWithError(status.error().message.c_str());
  const Values values = normal_values().first(static_cast<std::size_t>(state.range(0)));
  static std::vector<std::uint8_t> codes(kInMemory);
  for (auto _ : state) {
    convert(values, std::span(codes).first(values.size()));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

#define ASSAY_LANE(name, convert, path) \
  BENCHMARK_CAPTURE(run, name, convert, SimdPath::path)->Arg(kInL1)->Arg(kInMemory)

ASSAY_LANE(read_only, read_only, portable);
ASSAY_LANE(streaming_limit, streaming_limit, portable);
ASSAY_LANE(prefetched_limit, prefetched_limit, portable);
ASSAY_LANE(e4m3_avx512, f32_to_e4m3, avx512);
ASSAY_LANE(e4m3_avx2, f32_to_e4m3, avx2);
ASSAY_LANE(e4m3_portable, f32_to_e4m3, portable);
ASSAY_LANE(e2m1_avx512, f32_to_e2m1, avx512);
ASSAY_LANE(e2m1_avx2, f32_to_e2m1, avx2);
ASSAY_LANE(e2m1_portable, f32_to_e2m1, portable);
#ifdef ASSAY_HAS_CUDA_HEADERS
ASSAY_LANE(e4m3_cuda_header, cuda_e4m3, portable);
ASSAY_LANE(e2m1_cuda_header, cuda_e2m1, portable);
#endif

}  // namespace
}  // namespace assay
