// SPDX-License-Identifier: Apache-2.0
// kernel_images.hpp for a program whose kernels come from a folder, in place of those that are
// embedded: FAMILY.ptx of the folder ASSAY_DEFECTIVE_KERNELS where it is there, else the fat binary
// that this build embeds elsewhere.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <vector>

#include "cuda/kernels/kernel_images.hpp"

namespace assay::cuda {
namespace {

std::vector<std::uint8_t> read_image(const std::string& family) {
  const char* const folder = std::getenv("ASSAY_DEFECTIVE_KERNELS");
  std::ifstream file;
  if (folder != nullptr) file.open(std::string(folder) + "/" + family + ".ptx");
  if (!file.is_open())
    file.open(std::string(ASSAY_KERNEL_FOLDER) + "/" + family + ".fatbin", std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!bytes.empty()) bytes.push_back(0);  // cuModuleLoadData reads text up to a NUL
  return bytes;
}

}  // namespace

std::span<const std::uint8_t> kernel_image(std::string_view family) {
  static std::mutex mutex;
  static std::map<std::string, std::vector<std::uint8_t>> images;
  const std::lock_guard lock(mutex);
  const auto [image, is_new] = images.try_emplace(std::string(family));
  if (is_new) image->second = read_image(image->first);
  return image->second;
}

std::span<const std::string_view> kernel_families() {
  static constexpr std::string_view kNames[] = {ASSAY_KERNEL_FAMILY_NAMES};
  return kNames;
}

const std::string& kernel_images_sha256() {
  static const std::string digest = "not shipped";
  return digest;
}

}  // namespace assay::cuda
