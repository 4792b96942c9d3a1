// SPDX-License-Identifier: Apache-2.0
// Warp instructions a second, all sanitizers on: an arithmetic loop, a GEMM by ldmatrix and
// mma.sync, a whole MoE layer (8 experts, hidden and intermediate 256, top-4, 32 tokens), on one
// host thread; and two blocks on one and on two. Kernels are the corpus's, compiled by nvcc for
// sm_110a at -O3. The limit lane is what a warp instruction costs with nothing around it: a loop
// over 32 lanes of multiply-adds.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "cuda/emulator/execute/launch.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/program/load.hpp"
#include "cuda/emulator/ptx/parse.hpp"
#include "reference/multiversion.hpp"

namespace assay::emulator {
namespace {

[[noreturn]] void give_up(const std::string& message) {
  std::fprintf(stderr, "emulator_bench: %s\n", message.c_str());
  std::exit(1);
}

template <typename T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  return *std::move(result);
}

class Device {
 public:
  explicit Device(const std::string& kernel) : memory_(must(GlobalMemory::create(1u << 30))) {
    const std::string path = std::string(ASSAY_CORPUS "/sm_110a/O3/") + kernel + ".ptx";
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.empty()) give_up(path + ": build target emulator_corpus_modules first");
    program_ = must(load(must(ptx::parse(text, path)), *memory_));
    options_.threads = 1;
  }

  Options& options() { return options_; }

  std::uint64_t buffer(const std::vector<std::uint8_t>& bytes) {
    const std::uint64_t address = must(memory_->allocate(bytes.size(), "buffer"));
    if (!memory_->write(address, bytes.data(), bytes.size())) give_up("write");
    return address;
  }

  // Each argument is a pointer (8 bytes), or an int or float (4 bytes). Returns warp instructions.
  std::uint64_t launch(const char* kernel, Dim3 grid, Dim3 block,
                       const std::vector<std::uint64_t>& arguments, std::uint32_t shared = 0) {
    const Function* const function = program_->find(kernel);
    if (function == nullptr || function->params.size() != arguments.size()) give_up(kernel);
    LaunchConfig config;
    config.grid = grid;
    config.block = block;
    config.dynamic_shared_bytes = shared;
    config.params.resize(function->param_bytes);
    for (std::size_t p = 0; p < arguments.size(); ++p)
      std::memcpy(&config.params[function->params[p].offset], &arguments[p],
                  function->params[p].bytes);
    Launch launch(*memory_, *program_, *function, options_, std::move(config));
    if (const Status status = run_launch(launch); !status) give_up(status.error().message);
    if (!launch.findings.empty()) give_up(launch.findings.sorted()[0].text());
    return launch.steps;
  }

 private:
  std::unique_ptr<GlobalMemory> memory_;
  std::unique_ptr<Program> program_;
  Options options_;
};

std::vector<std::uint8_t> bytes_of(std::size_t count, auto&& value) {
  using T = decltype(value(std::size_t{0}));
  std::vector<std::uint8_t> bytes(count * sizeof(T));
  for (std::size_t i = 0; i < count; ++i) {
    const T element = value(i);
    std::memcpy(&bytes[i * sizeof(T)], &element, sizeof(T));
  }
  return bytes;
}

void report(benchmark::State& state, std::uint64_t instructions) {
  state.SetItemsProcessed(static_cast<std::int64_t>(instructions));
}

// --- an arithmetic loop -----------------------------------------------------------------------

std::uint64_t run_alu(Device& device, std::uint32_t blocks) {
  constexpr std::uint32_t kThreads = 128;
  static const std::uint64_t seeds = device.buffer(bytes_of(
      2 * kThreads, [](std::size_t i) { return static_cast<std::uint32_t>(i * 2654435761u + 1); }));
  static const std::uint64_t hashes = device.buffer(std::vector<std::uint8_t>(8 * kThreads));
  static const std::uint64_t sums = device.buffer(std::vector<std::uint8_t>(8 * kThreads));
  return device.launch("alu_bound", {blocks, 1, 1}, {kThreads, 1, 1}, {seeds, 4000, hashes, sums});
}

Device& alu_device() {
  static Device device("alu_bound");
  return device;
}

void alu(benchmark::State& state) {
  std::uint64_t instructions = 0;
  alu_device().options().threads = 1;
  for (auto _ : state)
    instructions += run_alu(alu_device(), 1);
  report(state, instructions);
}

// By wall-clock time: the second block runs on another thread.
void two_blocks(benchmark::State& state) {
  std::uint64_t instructions = 0;
  alu_device().options().threads = static_cast<int>(state.range(0));
  for (auto _ : state)
    instructions += run_alu(alu_device(), 2);
  report(state, instructions);
}

// --- a GEMM on tensor cores -------------------------------------------------------------------

void gemm(benchmark::State& state) {
  static Device device("gemm_f16_mma");
  constexpr std::uint32_t kSize = 256;
  const auto halves = [](std::size_t i) {
    return static_cast<std::uint16_t>(i % 3 == 0 ? 0x3C00 : i % 3 == 1 ? 0xC000 : 0x4200);
  };
  static const std::uint64_t a = device.buffer(bytes_of(kSize * kSize, halves));
  static const std::uint64_t b = device.buffer(bytes_of(kSize * kSize, halves));
  static const std::uint64_t c = device.buffer(std::vector<std::uint8_t>(kSize * kSize * 4));
  std::uint64_t instructions = 0;
  for (auto _ : state)
    instructions += device.launch("gemm_f16_mma", {kSize / 64, kSize / 64, 1}, {128, 1, 1},
                                  {a, b, c, kSize, kSize, kSize});
  report(state, instructions);
}

// --- an MoE layer -----------------------------------------------------------------------------

constexpr std::uint32_t kExperts = 8, kHidden = 256, kInner = 256, kTopK = 4, kTokens = 32;
constexpr std::uint32_t kSlots = kTokens * kTopK;

class MoeLayer {
 public:
  MoeLayer() : device_("moe_layer") {
    const auto small = [](std::size_t i) { return static_cast<std::uint8_t>(i * 37 % 251); };
    const auto scale = [](std::size_t i) { return static_cast<std::uint8_t>(0x30 + i % 16); };
    const auto activation = [](std::size_t i) {
      return static_cast<std::uint8_t>(0x20 + i * 7 % 32);
    };
    const auto logit = [](std::size_t i) { return static_cast<float>(i * 29 % 17) / 8; };
    logits_ = device_.buffer(bytes_of(kTokens * kExperts, logit));
    hidden_ = device_.buffer(bytes_of(kTokens * kHidden, activation));
    up_codes_ = device_.buffer(bytes_of(kExperts * 2 * kInner * kHidden / 2, small));
    up_scales_ = device_.buffer(bytes_of(kExperts * 2 * kInner * kHidden / 16, scale));
    down_codes_ = device_.buffer(bytes_of(kExperts * kHidden * kInner / 2, small));
    down_scales_ = device_.buffer(bytes_of(kExperts * kHidden * kInner / 16, scale));
    chosen_ = zeros(kSlots * 4);
    weights_ = zeros(kSlots * 4);
    list_ = zeros(kExperts * kSlots * 4);
    counts_ = zeros(kExperts * 4);
    gate_up_ = zeros(kSlots * 2 * kInner * 4);
    inner_ = zeros(kSlots * kInner);
    down_ = zeros(kSlots * kHidden * 4);
    out_ = zeros(kTokens * kHidden * 4);
  }

  std::uint64_t run() {
    const float step = 1.0f / 4096;
    std::uint32_t step_bits = 0;
    std::memcpy(&step_bits, &step, sizeof step);
    constexpr std::uint32_t kTiles = kSlots / 8;
    return device_.launch("moe_route", {1, 1, 1}, {32, 1, 1},
                          {logits_, kTokens, kExperts, kTopK, chosen_, weights_}) +
           device_.launch("moe_group", {1, 1, 1}, {32, kExperts, 1},
                          {chosen_, kSlots, list_, counts_}) +
           device_.launch("moe_gemm", {2 * kInner / 64, kExperts, kTiles}, {128, 1, 1},
                          {up_codes_, up_scales_, hidden_, list_, counts_, kSlots, kTopK,
                           2 * kInner, kHidden, gate_up_},
                          8 * (kHidden + 16)) +
           device_.launch("moe_swiglu", {kInner / 128, kSlots, 1}, {128, 1, 1},
                          {gate_up_, kInner, step_bits, inner_}) +
           device_.launch("moe_gemm", {kHidden / 64, kExperts, kTiles}, {128, 1, 1},
                          {down_codes_, down_scales_, inner_, list_, counts_, kSlots, 1, kHidden,
                           kInner, down_},
                          8 * (kInner + 16)) +
           device_.launch("moe_combine", {kHidden / 128, kTokens, 1}, {128, 1, 1},
                          {down_, weights_, kTopK, kHidden, out_});
  }

 private:
  std::uint64_t zeros(std::size_t bytes) {
    return device_.buffer(std::vector<std::uint8_t>(bytes));
  }

  Device device_;
  std::uint64_t logits_, hidden_, up_codes_, up_scales_, down_codes_, down_scales_;
  std::uint64_t chosen_, weights_, list_, counts_, gate_up_, inner_, down_, out_;
};

void moe_layer(benchmark::State& state) {
  static MoeLayer layer;
  std::uint64_t instructions = 0;
  for (auto _ : state)
    instructions += layer.run();
  report(state, instructions);
}

// --- the limit --------------------------------------------------------------------------------

constexpr int kLimitSteps = 100'000;

ASSAY_MULTIVERSION void multiply_add(float* registers, int steps) {
  for (int step = 0; step < steps; ++step) {
    float* const d = registers + 32 * (step % 4);
    for (int lane = 0; lane < 32; ++lane)
      d[lane] = d[lane] * 0.5f + registers[128 + lane];
    benchmark::ClobberMemory();
  }
}

void warp_limit(benchmark::State& state) {
  alignas(64) float registers[160];
  std::fill(std::begin(registers), std::end(registers), 1.0f);
  for (auto _ : state)
    multiply_add(registers, kLimitSteps);
  report(state, static_cast<std::uint64_t>(state.iterations()) * kLimitSteps);
}

BENCHMARK(alu)->Unit(benchmark::kMillisecond);
BENCHMARK(gemm)->Unit(benchmark::kMillisecond);
BENCHMARK(moe_layer)->Unit(benchmark::kMillisecond);
BENCHMARK(two_blocks)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(warp_limit);

}  // namespace
}  // namespace assay::emulator
