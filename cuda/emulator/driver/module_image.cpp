// SPDX-License-Identifier: Apache-2.0
// Which PTX an image holds for the device.
#include <algorithm>
#include <cstring>
#include <span>

#include "cuda/emulator/driver/driver.hpp"
#include "cuda/emulator/driver/fatbin.hpp"
#include "vectors/io/atomic_file.hpp"

namespace assay::emulator {
namespace {

constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";

auto no_ptx(std::string_view name) {
  return refuse(CUDA_ERROR_NO_BINARY_FOR_GPU,
                "{}: holds machine code only, and the emulator executes PTX: compile with nvcc "
                "-gencode arch=compute_110a,code=[sm_110a,compute_110a], or -ptx",
                name);
}

// The driver would take the newest PTX that the device accepts; among equals the most specific.
bool is_better(const FatbinEntry& a, const FatbinEntry& b) {
  const auto rank = [](const FatbinEntry& entry) {
    return std::pair(entry.capability, entry.suffix == 'a' ? 2 : entry.suffix == 'f' ? 1 : 0);
  };
  return rank(a) > rank(b);
}

Outcome<ModuleImage> read_fatbin(Driver& driver, std::span<const std::byte> container,
                                 std::string name) {
  const auto entries = parse_fatbin(container);
  if (!entries) return refuse_with(CUDA_ERROR_INVALID_IMAGE, entries.error());
  const FatbinEntry* best = nullptr;
  std::string seen;
  for (const FatbinEntry& entry : *entries) {
    if (entry.kind != FatbinEntry::Kind::ptx) continue;
    seen += (seen.empty() ? "" : ", ") + entry.target();
    if (!accepts_target(driver.model, entry.target())) continue;
    if (best == nullptr || is_better(entry, *best)) best = &entry;
  }
  if (seen.empty()) return no_ptx(name);
  if (best == nullptr)
    return refuse(CUDA_ERROR_NO_BINARY_FOR_GPU, "{}: PTX for {}, but none for the device {}", name,
                  seen, driver.model.target);
  auto text = unpack_text(*best);
  if (!text) return refuse_with(CUDA_ERROR_INVALID_IMAGE, text.error());
  return ModuleImage{*std::move(text), std::move(name)};
}

// Byte by byte: an image may be a text shorter than the magic.
bool starts_with(const void* image, const void* magic, std::size_t bytes) {
  const auto* const a = static_cast<const unsigned char*>(image);
  return std::equal(a, a + bytes, static_cast<const unsigned char*>(magic));
}

struct FatbinWrapper {
  std::uint32_t magic, version;
  const void* container;
  const void* file_name;
};

}  // namespace

Outcome<ModuleImage> read_image(Driver& driver, const void* image, std::string name) {
  ASSAY_TRY(require(image, "image"));
  if (starts_with(image, &kFatbinWrapperMagic, sizeof kFatbinWrapperMagic)) {
    FatbinWrapper wrapper;
    std::memcpy(&wrapper, image, sizeof wrapper);
    image = wrapper.container;
    ASSAY_TRY(require(image, "the container in the fat binary's wrapper"));
  }
  if (starts_with(image, &kFatbinMagic, sizeof kFatbinMagic))
    return read_fatbin(driver, {static_cast<const std::byte*>(image), fatbin_bytes(image)},
                       std::move(name));
  if (starts_with(image, kElfMagic.data(), kElfMagic.size())) return no_ptx(name);
  return ModuleImage{static_cast<const char*>(image), std::move(name)};
}

Outcome<ModuleImage> read_image_file(Driver& driver, const char* path) {
  ASSAY_TRY(require(path, "the file's name"));
  const auto bytes = read_file(path, ErrorCode::usage);
  if (!bytes) return refuse_with(CUDA_ERROR_FILE_NOT_FOUND, bytes.error());
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (text.size() >= 16 && starts_with(text.data(), &kFatbinMagic, sizeof kFatbinMagic))
    return read_fatbin(driver, {bytes->data(), bytes->size()}, path);
  if (text.starts_with(kElfMagic)) return no_ptx(path);
  return ModuleImage{std::string(text.substr(0, text.find('\0'))), path};
}

}  // namespace assay::emulator
