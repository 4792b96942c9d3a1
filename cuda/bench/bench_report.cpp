// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/bench_report.hpp"

#include <algorithm>
#include <cstring>

#include <nlohmann/json.hpp>

namespace assay::cuda {
namespace {

nlohmann::json json_of(const Lane& lane) {
  return {{"lower_quartile_us", lane.lower},
          {"median_us", lane.median},
          {"upper_quartile_us", lane.upper}};
}

double gigabytes_a_second(double bytes, const Lane& lane) {
  return lane.median > 0 ? bytes / lane.median / 1e3 : 0;
}

nlohmann::json json_of(const BenchCase& a_case) {
  nlohmann::json json = {{"tokens", a_case.tokens},
                         {"experts_hit", a_case.experts_hit},
                         {"weight_bytes", a_case.weight_bytes},
                         {"kernels", a_case.kernels},
                         {"tile_slots", a_case.plan.tile_slots},
                         {"dynamic_shared_bytes",
                          {{a_case.kernels[2], a_case.plan.gate_up_shared_bytes},
                           {a_case.kernels[3], a_case.plan.down_shared_bytes}}},
                         {"outputs_agree", a_case.outputs_agree}};
  if (a_case.launches.median > 0)
    json.update({{"launches", json_of(a_case.launches)},
                 {"graph", json_of(a_case.graph)},
                 {"read", json_of(a_case.read)},
                 {"copy", json_of(a_case.copy)}});
  return json;
}

std::string row(const BenchCase& a_case, double limit) {
  const double graph = gigabytes_a_second(a_case.weight_bytes, a_case.graph);
  const double read = gigabytes_a_second(a_case.weight_bytes, a_case.read);
  const auto ratio = [](double value, double base) { return base > 0 ? value / base : 0; };
  return fmt::format(
      "{:>7}{:>9}{:>10.2f}{:>11.1f}{:>11.1f}{:>8.1f}-{:<8.1f}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.2f}"
      "{:>9.2f}{}\n",
      a_case.tokens, a_case.experts_hit, a_case.weight_bytes / 1e6, a_case.launches.median,
      a_case.graph.median, a_case.graph.lower, a_case.graph.upper, graph, read,
      gigabytes_a_second(a_case.weight_bytes, a_case.copy), ratio(graph, read), ratio(graph, limit),
      a_case.outputs_agree ? "" : "  OUTPUTS DIFFER");
}

}  // namespace

MemoryLimit memory_limit(int major, int minor) {
  if (major == 11 && minor == 0) return {273, "NVIDIA Jetson AGX Thor T5000 data sheet"};
  if (major == 10 && minor == 0) return {8000, "NVIDIA B200 data sheet"};
  if (major == 10 && minor == 3) return {8000, "NVIDIA, Inside NVIDIA Blackwell Ultra (B300)"};
  return {};
}

BenchReport describe(const Device& device, const MoeExtents& extents) {
  return {device.name(), device.driver().path, device.major(), device.minor(), extents, {}};
}

CudaResult<BenchCase> describe(const MoeLayer& layer, const BenchCall& call) {
  BenchCase result;
  result.tokens = call.tokens();
  result.experts_hit = call.experts_hit();
  result.weight_bytes =
      kBytesAWeight * static_cast<double>(call.experts_hit() * weights_of_expert(layer.extents()));
  ASSAY_ASSIGN(result.kernels, layer.kernels(call.tokens()));
  ASSAY_ASSIGN(result.plan, plan_moe(layer.extents(), call.tokens()));
  return result;
}

bool BenchReport::outputs_agree() const {
  return std::ranges::all_of(cases, &BenchCase::outputs_agree);
}

std::string BenchReport::text() const {
  const MemoryLimit limit = memory_limit(major, minor);
  std::string text = fmt::format(
      "{}, compute capability {}.{}, driver {}\n"
      "hidden_size {}, intermediate_size {}, num_experts {}, top_k {}\n"
      "limit {} GB/s ({}); rates are bytes of weights, each read once, over the median time\n"
      "{:>7}{:>9}{:>10}{:>11}{:>11}{:>17}{:>9}{:>9}{:>9}{:>9}{:>9}\n",
      device, major, minor, driver, extents.hidden_size, extents.intermediate_size,
      extents.num_experts, extents.top_k, limit.gigabytes_a_second, limit.source, "tokens",
      "experts", "MB", "launch us", "graph us", "quartiles us", "GB/s", "read", "copy", "of read",
      "of limit");
  for (const BenchCase& a_case : cases)
    text += row(a_case, limit.gigabytes_a_second);
  if (device.starts_with("Assay emulator"))
    text += "emulated: these are no times of a device, and mean nothing\n";
  return text;
}

nlohmann::json BenchReport::json() const {
  const MemoryLimit limit = memory_limit(major, minor);
  nlohmann::json list = nlohmann::json::array();
  for (const BenchCase& a_case : cases)
    list.push_back(json_of(a_case));
  return {{"schema", "assay.moe_bench/1"},
          {"device",
           {{"name", device},
            {"compute_capability", fmt::format("{}.{}", major, minor)},
            {"driver", driver},
            {"limit_gigabytes_a_second", limit.gigabytes_a_second},
            {"limit_source", limit.source}}},
          {"layer",
           {{"hidden_size", extents.hidden_size},
            {"intermediate_size", extents.intermediate_size},
            {"num_experts", extents.num_experts},
            {"top_k", extents.top_k}}},
          {"cases", std::move(list)}};
}

CudaResult<Streams> Streams::make(std::shared_ptr<const Device> device, double bytes) {
  Streams streams;
  int processors = 0;
  ASSAY_CU(device->driver(), "multiprocessors", cuDeviceGetAttribute, &processors,
           CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 0);
  streams.blocks_ = static_cast<unsigned>(processors) * 8;
  const std::size_t words = static_cast<std::size_t>(bytes) / 16;
  ASSAY_ASSIGN(streams.read_, device->kernel("stream", "stream_read"));
  ASSAY_ASSIGN(streams.copy_, device->kernel("stream", "stream_copy"));
  ASSAY_ASSIGN(streams.from_, Buffer::allocate(device, words * 16, "memory to read"));
  ASSAY_ASSIGN(streams.to_, Buffer::allocate(device, words * 16, "memory to copy to"));
  ASSAY_ASSIGN(streams.sums_, Buffer::allocate(device, streams.blocks_ * 32, "sums"));
  ASSAY_CU(device->driver(), "memory to read", cuMemsetD8, streams.from_.address(), 1,
           streams.from_.bytes());
  streams.device_ = std::move(device);
  return streams;
}

Grid Streams::grid() const {
  return {.x = blocks_, .threads = 256};
}

CudaStatus Streams::read(CUstream stream) const {
  return launch(*device_, "stream_read", read_, grid(), stream, from_.address(), from_.bytes() / 16,
                sums_.address());
}

CudaStatus Streams::copy(CUstream stream) const {
  return launch(*device_, "stream_copy", copy_, grid(), stream, from_.address(), from_.bytes() / 32,
                to_.address());
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace assay::cuda
