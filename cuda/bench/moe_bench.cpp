// SPDX-License-Identifier: Apache-2.0
// Measures the MoE layer on a GPU: times of decode and prefill calls, launched one by one and as a
// graph, beside the time in which the same device reads as many bytes of weights, and copies half
// as many. On the emulator it runs, too; what it prints there are no times of any device.
// Exit codes: 0; 1: a driver call failed, or outputs differ between runs; 2: usage; 4: no device.
#include <cstdlib>
#include <fstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cuda/bench/bench_layer.hpp"
#include "cuda/bench/bench_report.hpp"
#include "cuda/bench/timing.hpp"

namespace assay::cuda {
namespace {

struct Options {
  std::string driver;
  MoeExtents extents{2048, 768, 128, 8};
  std::vector<std::int64_t> tokens{1, 2, 4, 8, 16, 64, 128, 512};
  int runs = 51, warm_up = 10;
  bool once = false;
  std::string json;
};

class Bench {
 public:
  Bench(const Options& options, std::shared_ptr<const Device> device)
      : options_(options), device_(std::move(device)) {}

  // Errors: whatever the driver says.
  CudaResult<BenchReport> run() {
    ASSAY_ASSIGN(const auto current, CurrentContext::push(*device_));
    ASSAY_ASSIGN(const std::size_t cache, l2_bytes());
    BenchReport report = describe(*device_, options_.extents);
    ASSAY_ASSIGN(const BenchLayer layer, BenchLayer::make(device_, options_.extents));
    ASSAY_ASSIGN(Stopwatch watch, Stopwatch::make(device_, options_.once ? 0 : 2 * cache));
    for (const std::int64_t tokens : options_.tokens) {
      ASSAY_ASSIGN(report.cases.emplace_back(), run_case(layer.layer(), watch, tokens));
    }
    return report;
  }

 private:
  CudaResult<std::size_t> l2_bytes() const {
    int bytes = 0;
    ASSAY_CU(device_->driver(), "L2 cache", cuDeviceGetAttribute, &bytes,
             CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, 0);
    return static_cast<std::size_t>(bytes);
  }

  CudaResult<BenchCase> run_case(const MoeLayer& layer, Stopwatch& watch, std::int64_t tokens) {
    ASSAY_ASSIGN(const BenchCall call, BenchCall::make(device_, layer, tokens));
    ASSAY_ASSIGN(BenchCase result, describe(layer, call));
    const Work launches = [&](CUstream stream) { return call.run(stream); };
    if (options_.once) {
      ASSAY_TRY(watch.microseconds(launches));
      return result;
    }
    ASSAY_ASSIGN(const Work graph, watch.capture(launches));
    ASSAY_ASSIGN(const Streams streams, Streams::make(device_, result.weight_bytes));
    const Work read = [&](CUstream stream) { return streams.read(stream); };
    const Work copy = [&](CUstream stream) { return streams.copy(stream); };
    std::vector<std::pair<Lane*, const Work*>> lanes{{&result.launches, &launches},
                                                     {&result.graph, &graph},
                                                     {&result.read, &read},
                                                     {&result.copy, &copy}};
    ASSAY_TRY(measure(watch, lanes, call, result));
    return result;
  }

  // Lanes take turns, so that what disturbs the device disturbs all of them.
  CudaStatus measure(const Stopwatch& watch, std::vector<std::pair<Lane*, const Work*>>& lanes,
                     const BenchCall& call, BenchCase& result) const {
    std::vector<std::vector<double>> times(lanes.size());
    std::vector<float> first;
    for (int run = -options_.warm_up; run < options_.runs; ++run)
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        ASSAY_ASSIGN(const double time, watch.microseconds(*lanes[lane].second));
        if (run >= 0) times[lane].push_back(time);
        if (lane > 1 || (run != -options_.warm_up && run != options_.runs - 1)) continue;
        ASSAY_ASSIGN(std::vector<float> output, call.output());
        if (first.empty()) first = output;
        result.outputs_agree &= same_bits(first, output);
      }
    for (std::size_t lane = 0; lane < lanes.size(); ++lane)
      *lanes[lane].first = quartiles(std::move(times[lane]));
    return {};
  }

  const Options& options_;
  std::shared_ptr<const Device> device_;
};

int report_error(const CudaError& error, int exit_code) {
  fmt::print(stderr, "assay_moe_bench: {}: {}\n", name_of(error.code), error.message);
  return exit_code;
}

int run(const Options& options) {
  auto driver = load_driver(options.driver);
  if (!driver) return report_error(driver.error(), 4);
  auto device = Device::open(*driver);
  if (!device) return report_error(device.error(), 4);
  const auto report = Bench(options, *device).run();
  if (!report) return report_error(report.error(), 1);
  fmt::print("{}", report->text());
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << report->json().dump(1) << '\n';
    if (!file.flush()) {
      fmt::print(stderr, "assay_moe_bench: {}: cannot be written\n", options.json);
      return 2;
    }
  }
  return report->outputs_agree() ? 0 : 1;
}

void add_options(CLI::App& app, Options& options) {
  const char* const named = std::getenv("ASSAY_CUDA_DRIVER");
  options.driver = named ? named : kGpuDriver;
  app.add_option("--driver", options.driver, "The CUDA driver's library ($ASSAY_CUDA_DRIVER)");
  app.add_option("--hidden", options.extents.hidden_size, "hidden_size (2048)");
  app.add_option("--intermediate", options.extents.intermediate_size, "intermediate_size (768)");
  app.add_option("--experts", options.extents.num_experts, "num_experts (128)");
  app.add_option("--top-k", options.extents.top_k, "top_k (8)");
  app.add_option("--tokens", options.tokens, "Numbers of tokens (1,2,4,8,16,64,128,512)")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--runs", options.runs, "Measured runs of each case (51)")
      ->check(CLI::PositiveNumber);
  app.add_option("--warm-up", options.warm_up, "Runs before them (10)")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--once", options.once, "Run each case once and measure nothing: for counters");
  app.add_option("--json", options.json, "Also write the results to this file");
}

}  // namespace
}  // namespace assay::cuda

int main(int argc, char** argv) {
  assay::cuda::Options options;
  CLI::App app("Times of the MoE layer on a GPU, beside what its memory can do");
  assay::cuda::add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return assay::cuda::run(options);
}
