// SPDX-License-Identifier: Apache-2.0
// What was measured, as a table and as JSON; and the lanes of pure memory traffic beside it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cuda/bench/bench_layer.hpp"
#include "cuda/bench/timing.hpp"

namespace assay::cuda {

using Lane = Quartiles;  // microseconds; all 0: not measured

struct BenchCase {
  std::int64_t tokens = 0, experts_hit = 0;
  double weight_bytes = 0;  // of the experts hit, each read once
  std::array<std::string, 5> kernels;
  MoePlan plan{};
  Lane launches, graph;       // of the layer
  Lane read, copy;            // of weight_bytes: read, or half of them read and written
  bool outputs_agree = true;  // bit for bit, between runs and lanes
};

struct BenchReport {
  std::string device, driver;
  int major = 0, minor = 0;
  MoeExtents extents;
  std::vector<BenchCase> cases;

  bool outputs_agree() const;
  std::string text() const;
  nlohmann::json json() const;
};

BenchReport describe(const Device& device, const MoeExtents& extents);
CudaResult<BenchCase> describe(const MoeLayer& layer, const BenchCall& call);

// GB/s of the device's memory by its data sheet, and which; 0 where the device is none of ours.
struct MemoryLimit {
  double gigabytes_a_second = 0;
  const char* source = "";
};
MemoryLimit memory_limit(int major, int minor);

// Reads `bytes`, or copies half of them, with nothing else.
class Streams {
 public:
  static CudaResult<Streams> make(std::shared_ptr<const Device> device, double bytes);
  CudaStatus read(CUstream stream) const;
  CudaStatus copy(CUstream stream) const;

 private:
  Streams() = default;
  Grid grid() const;

  std::shared_ptr<const Device> device_;
  CUfunction read_ = nullptr, copy_ = nullptr;
  Buffer from_, to_, sums_;
  unsigned blocks_ = 0;
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace assay::cuda
