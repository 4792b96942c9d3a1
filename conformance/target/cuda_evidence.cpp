// SPDX-License-Identifier: Apache-2.0
#include "conformance/target/cuda_evidence.hpp"

#include <dlfcn.h>
#include <fmt/ranges.h>

#include "cuda/audit/conversions.hpp"
#include "cuda/kernels/kernel_images.hpp"

namespace assay {
namespace {

// The library that answers: where the loader found it, links resolved, whatever it was asked for.
std::string library_path(const cuda::Driver& driver) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(driver.cuInit_fn), &info) == 0 || info.dli_fname == nullptr)
    return driver.path;
  std::error_code failed;
  const auto path = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? info.dli_fname : path.string();
}

// 13000: 13.0 (CUDA Driver API, cuDriverGetVersion).
std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

template <typename Counts>
std::string counts_text(const Counts& counts) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts)
    parts.push_back(fmt::format("{} {}", name, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// By instruction, then kernel: those of the kernels that were launched.
struct PtxConversions {
  std::string target;
  std::map<std::string, std::map<std::string, int>> counts;
};

Result<PtxConversions> read_conversions(const std::map<std::string, std::uint64_t>& launched,
                                        int major, int minor) {
  PtxConversions read;
  for (const std::string_view family : cuda::kernel_families()) {
    ASSAY_ASSIGN(const ptx::Module module,
                 audit::ptx_for_device(std::as_bytes(cuda::kernel_image(family)), major, minor,
                                       std::string(family)));
    read.target = module.target;
    for (const auto& [kernel, conversions] : audit::narrow_conversions(module))
      for (const auto& [instruction, count] : conversions)
        if (launched.contains(kernel)) read.counts[instruction][kernel] = count;
  }
  return read;
}

}  // namespace

CudaEvidence::CudaEvidence(const cuda::Device& device)
    : device_{{"driver", library_path(device.driver())},
              {"driver_version", version_text(device.driver_version())},
              {"device", device.name()},
              {"compute_capability", fmt::format("{}.{}", device.major(), device.minor())},
              {"kernel_images_sha256", cuda::kernel_images_sha256()}},
      major_(device.major()),
      minor_(device.minor()) {}

void CudaEvidence::count(const std::vector<std::string>& kernels) {
  for (const std::string& kernel : kernels)
    ++launches_[kernel];
}

TargetEvidence CudaEvidence::rows() const {
  TargetEvidence rows = device_;
  rows.emplace_back("launches", launches_.empty() ? "none" : counts_text(launches_));
  const auto read = read_conversions(launches_, major_, minor_);
  if (!read) {
    rows.emplace_back("ptx", "not read: " + read.error().message);
    return rows;
  }
  rows.emplace_back("ptx", read->target);
  for (const auto& [instruction, counts] : read->counts)
    rows.emplace_back(instruction, counts_text(counts));
  return rows;
}

}  // namespace assay
