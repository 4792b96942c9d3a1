// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/kernel_file.hpp"

#include <utility>

#include "cuda/audit/elf_image.hpp"
#include "cuda/emulator/driver/fatbin.hpp"

namespace assay::audit {
namespace {

using emulator::FatbinEntry;

bool is_fatbin(std::span<const std::byte> bytes) {
  return bytes.size() >= sizeof(std::uint32_t) &&
         load<std::uint32_t>(bytes, 0) == emulator::kFatbinMagic;
}

// unpack_text takes zero bytes off the end, which a cubin needs.
Result<std::string> unpack_cubin(const FatbinEntry& entry) {
  ASSAY_ASSIGN(std::string bytes, emulator::unpack_text(entry));
  bytes.resize(entry.packing == FatbinEntry::Packing::none ? entry.payload.size()
                                                           : entry.unpacked_bytes);
  return bytes;
}

Result<KernelPart> unpack(const FatbinEntry& entry, const std::string& name) {
  const bool is_ptx = entry.kind == FatbinEntry::Kind::ptx;
  const Result<std::string> contents = is_ptx ? emulator::unpack_text(entry) : unpack_cubin(entry);
  if (!contents) return fail(contents.error().code, "{}: {}", name, contents.error().message);
  return KernelPart{is_ptx ? KernelPart::Kind::ptx : KernelPart::Kind::cubin,
                    fmt::format("{} ({} for {})", name, is_ptx ? "PTX" : "cubin", entry.target()),
                    entry.target(), *contents};
}

}  // namespace

Result<std::vector<KernelPart>> split_kernel_file(std::string contents, const std::string& name) {
  const std::span bytes = std::as_bytes(std::span(contents));
  std::vector<KernelPart> parts;
  if (!is_fatbin(bytes)) {
    const auto kind = is_elf(bytes) ? KernelPart::Kind::cubin : KernelPart::Kind::ptx;
    parts.push_back({kind, name, {}, std::move(contents)});
    return parts;
  }
  const auto entries = emulator::parse_fatbin(bytes);
  if (!entries) return fail(entries.error().code, "{}: {}", name, entries.error().message);
  for (const FatbinEntry& entry : *entries) {
    if (entry.kind == FatbinEntry::Kind::other) continue;
    ASSAY_ASSIGN(parts.emplace_back(), unpack(entry, name));
  }
  if (parts.empty()) return fail(ErrorCode::usage, "{}: neither PTX nor machine code in it", name);
  return parts;
}

}  // namespace assay::audit
