// SPDX-License-Identifier: Apache-2.0
// Speed of the driver on three workloads of the corpus: arithmetic on registers, a GEMM through
// shared memory and mma.sync, a whole MoE layer. Items are warp instructions, counted by the
// emulator's own profile in a child process before anything is timed. Needs ASSAY_CORPUS, as
// emulator_corpus does.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "cuda/emulator/corpus/moe/layer.hpp"

namespace assay::corpus {
namespace {

std::filesystem::path module_file(const Context& context, const char* kernel) {
  const char* const folder = std::getenv("ASSAY_CORPUS");
  return std::filesystem::path(folder == nullptr ? "" : folder) / context.target() / "O3" /
         (std::string(kernel) + ".ptx");
}

// 16 blocks of 128 threads, 1000 rounds.
class Arithmetic {
 public:
  void run() const {
    launch(module_.function("alu_bound"), {{16}, {128}}, seeds_, 1000, hashes_, sums_);
  }

 private:
  Context context_;
  Module module_{module_file(context_, "alu_bound")};
  Array<unsigned> seeds_{std::vector<unsigned>(2048, 12345u)}, hashes_{2048};
  Array<float> sums_{2048};
};

// 256 x 256 x 512, all ones.
class Gemm {
 public:
  void run() const {
    launch(module_.function("gemm_f16_mma"), {{4, 4}, {128}}, a_, b_, c_, 256, 256, 512);
  }

 private:
  Context context_;
  Module module_{module_file(context_, "gemm_f16_mma")};
  Array<std::uint16_t> a_{std::vector<std::uint16_t>(256 * 512, 0x3C00)},
      b_{std::vector<std::uint16_t>(512 * 256, 0x3C00)};
  Array<float> c_{256 * 256};
};

// 8 experts, hidden 256, intermediate 256, top-4, 32 tokens.
class WholeLayer {
 public:
  void run() const { layer_.run(module_); }

 private:
  Context context_;
  Module module_{module_file(context_, "moe_layer")};
  DeviceLayer layer_{Layer({8, 256, 256, 4, 32})};
};

// Warp instructions of one run, from a process of its own: the driver reads its environment once.
template <typename Workload>
std::int64_t count_instructions() {
  const auto profile = std::filesystem::temp_directory_path() /
                       ("assay_profile_" + std::to_string(::getpid()) + ".json");
  const pid_t child = fork();
  if (child == 0) {
    setenv("ASSAY_EMULATE_PROFILE", profile.c_str(), 1);
    Workload().run();
    std::exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::ifstream file(profile);
  const nlohmann::json parsed = nlohmann::json::parse(file, nullptr, false);
  std::filesystem::remove(profile);
  std::int64_t count = 0;
  if (parsed.is_object())
    for (const auto& kernel : parsed.at("kernels"))
      for (const auto& entry : kernel.at("classes").items()) {
        const std::int64_t executions = entry.value();
        count += executions;
      }
  return count;
}

template <typename Workload>
void add(const char* name) {
  const std::int64_t instructions = count_instructions<Workload>();
  benchmark::RegisterBenchmark(name,
                               [instructions](benchmark::State& state) {
                                 const Workload workload;
                                 for (auto _ : state)
                                   workload.run();
                                 state.SetItemsProcessed(state.iterations() * instructions);
                               })
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace
}  // namespace assay::corpus

int main(int argc, char** argv) {
  assay::corpus::add<assay::corpus::Arithmetic>("arithmetic");
  assay::corpus::add<assay::corpus::Gemm>("gemm_f16_mma");
  assay::corpus::add<assay::corpus::WholeLayer>("moe_layer");
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
