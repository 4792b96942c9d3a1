// SPDX-License-Identifier: Apache-2.0
// Multiply-adds a second (128 K an instruction) under each rule: data whose certificate is cheap
// (small integers), that needs its second look, and that is not certified. The limit lane is a
// chain of fused multiply-adds on operands that are binary32 already, in the compiler's vectors:
// what the arithmetic alone takes.
#include <cmath>

#include <benchmark/benchmark.h>

#include "reference/arithmetic/mma_tile.hpp"
#include "reference/arithmetic/mma_tile_cases.hpp"
#include "reference/multiversion.hpp"

namespace assay {
namespace {

constexpr std::size_t kTiles = 16;

std::vector<MmaTile> tiles(const MmaForm& form, TileKind kind) {
  TileMaker maker(1);
  std::vector<MmaTile> result;
  for (std::size_t i = 0; i < kTiles; ++i)
    result.push_back(maker.make(form, kind));
  return result;
}

template <typename Compute>
void run(benchmark::State& state, const MmaForm& form, TileKind kind, Compute compute) {
  const std::vector<MmaTile> operands = tiles(form, kind);
  MmaResult result;
  std::size_t i = 0;
  for (auto _ : state) {
    compute(operands[i++ % kTiles], result);
    benchmark::DoNotOptimize(result.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * form.products * std::int64_t{kMmaOutputs});
}

constexpr MmaForm kF16Form{};
constexpr MmaForm kF16InF16{Format::f16, Format::f16, Format::f16, 16};
constexpr MmaForm kBf16Form{Format::bf16, Format::bf16, Format::f32, 16};
constexpr MmaForm kTf32Form{Format::tf32, Format::tf32, Format::f32, 8};
constexpr MmaForm kFp8Form{Format::e4m3, Format::e4m3, Format::f32, 32};

void certified(benchmark::State& state, MmaForm form, TileKind kind) {
  run(state, form, kind, [&](const MmaTile& tile, MmaResult& result) {
    benchmark::DoNotOptimize(mma_certified(form, tile, result));
  });
}
void chain(benchmark::State& state, MmaForm form, TileKind kind) {
  run(state, form, kind,
      [&](const MmaTile& tile, MmaResult& result) { mma_fma_chain(form, tile, result); });
}
void model(benchmark::State& state, MmaForm form, std::string_view name) {
  const TensorCoreModel& computed = *find_tensor_core_model(name).value();
  run(state, form, TileKind::near,
      [&](const MmaTile& tile, MmaResult& result) { mma_model(computed, form, tile, result); });
}

struct Floats {
  alignas(64) float a[16][kMmaRows], b[16][kMmaColumns], c[kMmaColumns][kMmaRows];
};

ASSAY_MULTIVERSION
void multiply(const Floats& x, float (&d)[kMmaColumns][kMmaRows]) {
  for (std::size_t j = 0; j < kMmaColumns; ++j) {
    float sum[kMmaRows];
    for (std::size_t i = 0; i < kMmaRows; ++i)
      sum[i] = x.c[j][i];
    for (std::size_t k = 0; k < 16; ++k) {
      for (std::size_t i = 0; i < kMmaRows; ++i)
        sum[i] = __builtin_fmaf(x.a[k][i], x.b[k][j], sum[i]);
    }
    for (std::size_t i = 0; i < kMmaRows; ++i)
      d[j][i] = sum[i];
  }
}

void fma_limit(benchmark::State& state) {
  Floats x;
  for (auto& row : x.a)
    std::ranges::fill(row, 1.5f);
  for (auto& row : x.b)
    std::ranges::fill(row, 0.5f);
  for (auto& column : x.c)
    std::ranges::fill(column, 1.0f);
  alignas(64) float d[kMmaColumns][kMmaRows];
  for (auto _ : state) {
    multiply(x, d);
    benchmark::DoNotOptimize(&d);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 16 * std::int64_t{kMmaOutputs});
}

BENCHMARK(fma_limit);
BENCHMARK_CAPTURE(certified, f16_lattice, kF16Form, TileKind::lattice);
BENCHMARK_CAPTURE(certified, f16_near, kF16Form, TileKind::near);
BENCHMARK_CAPTURE(certified, f16_sparse, kF16Form, TileKind::sparse);
BENCHMARK_CAPTURE(certified, f16_raw, kF16Form, TileKind::raw);
BENCHMARK_CAPTURE(certified, f16_in_f16, kF16InF16, TileKind::lattice);
BENCHMARK_CAPTURE(certified, bf16_lattice, kBf16Form, TileKind::lattice);
BENCHMARK_CAPTURE(certified, tf32_lattice, kTf32Form, TileKind::lattice);
BENCHMARK_CAPTURE(certified, fp8_lattice, kFp8Form, TileKind::lattice);
BENCHMARK_CAPTURE(chain, f16, kF16Form, TileKind::near);
BENCHMARK_CAPTURE(chain, f16_in_f16, kF16InF16, TileKind::near);
BENCHMARK_CAPTURE(chain, fp8, kFp8Form, TileKind::near);
BENCHMARK_CAPTURE(model, sm_100_f16, kF16Form, "sm_100/mma.f16");
BENCHMARK_CAPTURE(model, sm_80_f16, kF16Form, "sm_80/mma.f16");
BENCHMARK_CAPTURE(model, sm_100_f16_in_f16, kF16InF16, "sm_100/mma.f16.f16");
BENCHMARK_CAPTURE(model, sm_100_fp8, kFp8Form, "sm_100/mma.fp8");
BENCHMARK_CAPTURE(model, sm_120_fp8, kFp8Form, "sm_120/mma.fp8");

}  // namespace
}  // namespace assay
