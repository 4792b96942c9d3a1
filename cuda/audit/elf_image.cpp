// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/elf_image.hpp"

#include <algorithm>

namespace assay::audit {
namespace {

constexpr std::size_t kHeaderBytes = 64, kSectionHeaderBytes = 64;
constexpr std::uint16_t kMachineCuda = 190;
constexpr std::uint32_t kNoBits = 8;  // SHT_NOBITS: the section has no bytes in the file
constexpr std::string_view kMagic{
    "\x7f"
    "ELF\x02\x01",
    6};  // ELF64, little endian

bool inside(std::uint64_t offset, std::uint64_t size, std::size_t whole) {
  return offset <= whole && size <= whole - offset;
}

// The zero-terminated string at `offset`. Error: the table ends first.
Result<std::string_view> string_at(std::span<const std::byte> table, std::uint32_t offset,
                                   std::string_view name) {
  if (offset < table.size()) {
    const std::string_view rest(reinterpret_cast<const char*>(table.data()) + offset,
                                table.size() - offset);
    if (const std::size_t end = rest.find('\0'); end != rest.npos) return rest.substr(0, end);
  }
  return fail(ErrorCode::usage, "{}: a section's name reaches beyond the string table", name);
}

// Section headers: offset 0 name, 4 type, 24 offset, 32 size, 44 info.
Result<Section> parse_section(std::span<const std::byte> bytes, std::size_t header,
                              std::string_view name) {
  Section section;
  section.type = load<std::uint32_t>(bytes, header + 4);
  section.info = load<std::uint32_t>(bytes, header + 44);
  section.size = load<std::uint64_t>(bytes, header + 32);
  if (section.type == kNoBits) return section;
  const auto offset = load<std::uint64_t>(bytes, header + 24);
  if (!inside(offset, section.size, bytes.size()))
    return fail(ErrorCode::usage, "{}: a section reaches beyond the end of the file", name);
  section.bytes = bytes.subspan(offset, section.size);
  return section;
}

Status check_header(std::span<const std::byte> bytes, std::string_view name) {
  if (!is_elf(bytes) || bytes.size() < kHeaderBytes)
    return fail(ErrorCode::usage, "{}: not an ELF64 file", name);
  if (const auto machine = load<std::uint16_t>(bytes, 18); machine != kMachineCuda)
    return fail(ErrorCode::usage, "{}: an ELF file for machine {}, not a cubin ({})", name, machine,
                kMachineCuda);
  if (load<std::uint16_t>(bytes, 58) != kSectionHeaderBytes)
    return fail(ErrorCode::usage, "{}: section headers of {} bytes, expected {}", name,
                load<std::uint16_t>(bytes, 58), kSectionHeaderBytes);
  return {};
}

}  // namespace

const Section* ElfImage::find(std::string_view name) const {
  const auto found = std::ranges::find(sections, name, &Section::name);
  return found == sections.end() ? nullptr : &*found;
}

bool is_elf(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

// ELF header: offset 18 machine, 40 section headers, 48 flags, 58 size and 60 count of section
// headers, 62 index of the one with the names.
Result<ElfImage> parse_elf(std::span<const std::byte> bytes, std::string_view name) {
  ASSAY_TRY(check_header(bytes, name));
  const auto table = load<std::uint64_t>(bytes, 40);
  const std::size_t count = load<std::uint16_t>(bytes, 60);
  const std::size_t names = load<std::uint16_t>(bytes, 62);
  if (!inside(table, count * kSectionHeaderBytes, bytes.size()) || names >= count)
    return fail(ErrorCode::usage, "{}: the section headers reach beyond the end of the file", name);
  ElfImage image;
  image.capability = static_cast<int>(load<std::uint32_t>(bytes, 48) >> 8 & 0xff);
  for (std::size_t i = 0; i < count; ++i) {
    ASSAY_ASSIGN(image.sections.emplace_back(),
                 parse_section(bytes, table + i * kSectionHeaderBytes, name));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto offset = load<std::uint32_t>(bytes, table + i * kSectionHeaderBytes);
    ASSAY_ASSIGN(image.sections[i].name, string_at(image.sections[names].bytes, offset, name));
  }
  // Sections do not overlap, or a small file could cost much time. With -lineinfo, ptxas writes a
  // second description of the kernels, .nv.merc.*, which shares bytes with the first.
  std::uint64_t whole = 0;
  for (const Section& section : image.sections)
    if (!section.name.starts_with(".nv.merc.")) whole += section.bytes.size();
  if (whole > bytes.size()) return fail(ErrorCode::usage, "{}: sections overlap", name);
  return image;
}

}  // namespace assay::audit
