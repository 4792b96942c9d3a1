// SPDX-License-Identifier: Apache-2.0
// The layer on one thread, in multiply-adds a second, beside what a user would write instead:
// Eigen's binary64 product over weights that were dequantized beforehand (16 times the memory, no
// stages, no quantization). Both are exact up to K = 14272.
#include <Eigen/Core>
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include "reference/moe/run.hpp"
#include "reference/moe/test_layer.hpp"

namespace assay {
namespace {

constexpr std::int64_t kHidden = 2048, kIntermediate = 768, kExperts = 8;

// `tokens` tokens for each of the experts.
OwnedLayer make_layer(std::int64_t tokens) {
  OwnedLayer layer({1, tokens * kExperts, kHidden, kIntermediate, kExperts, 1}, 1);
  for (std::size_t i = 0; i < layer.expert_ids.size(); ++i)
    layer.expert_ids[i] = static_cast<std::int32_t>(i % kExperts);
  return layer;
}

void count_work(benchmark::State& state) {
  const double products = 3.0 * kHidden * kIntermediate * kExperts *
                          static_cast<double>(state.range(0) * state.iterations());
  state.counters["MAC/s"] = benchmark::Counter(products, benchmark::Counter::kIsRate);
}

class CountingSink : public MoeStageSink {
 public:
  void values(MoeStage, std::int64_t, std::span<const float> values) override {
    benchmark::DoNotOptimize(values.data());
  }
  void codes(MoeStage, std::int64_t, std::span<const std::uint8_t> codes) override {
    benchmark::DoNotOptimize(codes.data());
  }
};

void layer(benchmark::State& state, Accumulation accumulation, bool traced) {
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const OwnedLayer owned = make_layer(state.range(0));
  std::vector<float> output(owned.hidden_states.size());
  CountingSink sink;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        run_moe(owned.view(), accumulation, output, traced ? &sink : nullptr).has_value());
  count_work(state);
}

// The three products of every expert and nothing else, on ready-made doubles.
void eigen_binary64(benchmark::State& state) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  std::vector<RowMajor> gate_up, down;
  for (std::int64_t e = 0; e < kExperts; ++e) {
    gate_up.push_back(RowMajor::Random(2 * kIntermediate, kHidden));
    down.push_back(RowMajor::Random(kHidden, kIntermediate));
  }
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(kHidden, state.range(0));
  Eigen::MatrixXd hidden(2 * kIntermediate, state.range(0)), result(kHidden, state.range(0));
  for (auto _ : state)
    for (std::size_t e = 0; e < gate_up.size(); ++e) {
      hidden.noalias() = gate_up[e] * x;
      result.noalias() = down[e] * hidden.topRows(kIntermediate);
      benchmark::DoNotOptimize(result.data());
    }
  count_work(state);
}

BENCHMARK_CAPTURE(layer, exact, Accumulation::exact, false)->Arg(1)->Arg(4)->Arg(16)->Arg(64);
BENCHMARK_CAPTURE(layer, block_fma, Accumulation::block_fma, false)
    ->Arg(1)
    ->Arg(4)
    ->Arg(16)
    ->Arg(64);
BENCHMARK_CAPTURE(layer, exact_traced, Accumulation::exact, true)->Arg(16);
BENCHMARK(eigen_binary64)->Arg(1)->Arg(4)->Arg(16)->Arg(64);

}  // namespace
}  // namespace assay
