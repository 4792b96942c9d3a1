// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/fatbin.hpp"

#include <cstring>

#include <zstd.h>

namespace assay::emulator {
namespace {

constexpr std::size_t kHeaderBytes = 16, kEntryHeaderBytes = 64;
constexpr std::uint64_t kFlagLz4 = 0x2000, kFlagZstd = 0x8000;
constexpr std::uint64_t kFlagArchitectureSpecific = 0x100000, kFlagFamilySpecific = 0x200000;
// More PTX than anybody has: a damaged size must not exhaust memory.
constexpr std::uint64_t kMaxUnpackedBytes = std::uint64_t{1} << 31;

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

FatbinEntry::Kind entry_kind(std::uint16_t number) {
  if (number == 1) return FatbinEntry::Kind::ptx;
  return number == 2 ? FatbinEntry::Kind::cubin : FatbinEntry::Kind::other;
}

// Offsets in an entry's header: 0 kind (16 bits), 4 header size (32), 8 payload size with padding
// (64), 16 packed size (32), 28 compute capability (32), 40 flags (64), 56 unpacked size (64).
Result<FatbinEntry> parse_entry(std::span<const std::byte> rest, std::size_t& size) {
  if (rest.size() < kEntryHeaderBytes) return fail(ErrorCode::usage, "fat binary: cut off");
  const auto header = load<std::uint32_t>(rest, 4);
  const auto payload = load<std::uint64_t>(rest, 8);
  if (header < kEntryHeaderBytes || header > rest.size() || payload > rest.size() - header)
    return fail(ErrorCode::usage, "fat binary: an entry reaches beyond its end");
  size = header + payload;
  FatbinEntry entry;
  entry.kind = entry_kind(load<std::uint16_t>(rest, 0));
  entry.capability = static_cast<int>(load<std::uint32_t>(rest, 28));
  const auto flags = load<std::uint64_t>(rest, 40);
  if (flags & kFlagArchitectureSpecific) entry.suffix = 'a';
  if (flags & kFlagFamilySpecific) entry.suffix = 'f';
  entry.payload = rest.subspan(header, payload);
  if ((flags & (kFlagLz4 | kFlagZstd)) == 0) return entry;
  entry.packing = flags & kFlagZstd ? FatbinEntry::Packing::zstd : FatbinEntry::Packing::lz4;
  const auto packed = load<std::uint32_t>(rest, 16);
  entry.unpacked_bytes = load<std::uint64_t>(rest, 56);
  if (packed > payload || entry.unpacked_bytes > kMaxUnpackedBytes)
    return fail(ErrorCode::usage, "fat binary: sizes of an entry disagree");
  entry.payload = entry.payload.first(packed);
  return entry;
}

Result<std::string> unpack_zstd(std::span<const std::byte> packed, std::uint64_t bytes) {
  std::string text(bytes, '\0');
  const std::size_t got = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != bytes)
    return fail(ErrorCode::usage, "fat binary: zstd: {}",
                ZSTD_isError(got) ? ZSTD_getErrorName(got) : "another size than announced");
  return text;
}

// A length of 15 in the token goes on in bytes that are added up, until one is not 255.
bool extend(std::span<const std::byte> packed, std::size_t& at, std::uint64_t& length) {
  if (length != 15) return true;
  for (;;) {
    if (at == packed.size()) return false;
    const auto more = std::to_integer<std::uint8_t>(packed[at++]);
    length += more;
    if (more != 255) return true;
  }
}

}  // namespace

std::string FatbinEntry::target() const {
  std::string name = fmt::format("sm_{}", capability);
  if (suffix != 0) name += suffix;
  return name;
}

std::uint64_t fatbin_bytes(const void* container) {
  const std::span header(static_cast<const std::byte*>(container), kHeaderBytes);
  return load<std::uint16_t>(header, 6) + load<std::uint64_t>(header, 8);
}

Result<std::vector<FatbinEntry>> parse_fatbin(std::span<const std::byte> container) {
  if (container.size() < kHeaderBytes || load<std::uint32_t>(container, 0) != kFatbinMagic)
    return fail(ErrorCode::usage, "not a fat binary");
  const std::size_t header = load<std::uint16_t>(container, 6);
  const auto bytes = load<std::uint64_t>(container, 8);
  if (load<std::uint16_t>(container, 4) != 1 || header < kHeaderBytes)
    return fail(ErrorCode::usage, "fat binary: unknown version");
  if (header > container.size() || bytes > container.size() - header)
    return fail(ErrorCode::usage, "fat binary: cut off");
  std::span<const std::byte> rest = container.subspan(header, bytes);
  std::vector<FatbinEntry> entries;
  while (!rest.empty()) {
    std::size_t size = 0;
    ASSAY_ASSIGN(entries.emplace_back(), parse_entry(rest, size));
    rest = rest.subspan(size);
  }
  return entries;
}

Result<std::string> unpack_text(const FatbinEntry& entry) {
  std::string text;
  if (entry.packing == FatbinEntry::Packing::none) {
    text.assign(reinterpret_cast<const char*>(entry.payload.data()), entry.payload.size());
  } else if (entry.packing == FatbinEntry::Packing::lz4) {
    ASSAY_ASSIGN(text, unpack_lz4(entry.payload, entry.unpacked_bytes));
  } else {
    ASSAY_ASSIGN(text, unpack_zstd(entry.payload, entry.unpacked_bytes));
  }
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

Result<std::string> unpack_lz4(std::span<const std::byte> packed, std::uint64_t unpacked_bytes) {
  const auto damaged = [] { return fail(ErrorCode::usage, "fat binary: lz4: damaged"); };
  std::string text;
  text.reserve(unpacked_bytes);
  std::size_t at = 0;
  while (at < packed.size()) {
    const auto token = std::to_integer<std::uint8_t>(packed[at++]);
    std::uint64_t literals = token >> 4, match = token & 15;
    if (!extend(packed, at, literals) || literals > packed.size() - at ||
        literals > unpacked_bytes - text.size())
      return damaged();
    text.append(reinterpret_cast<const char*>(packed.data()) + at, literals);
    at += literals;
    if (at == packed.size()) break;  // the last sequence has no match
    if (packed.size() - at < 2) return damaged();
    const std::size_t distance = load<std::uint16_t>(packed, at);
    at += 2;
    if (!extend(packed, at, match)) return damaged();
    match += 4;
    if (distance == 0 || distance > text.size() || match > unpacked_bytes - text.size())
      return damaged();
    for (; match > 0; --match)
      text.push_back(text[text.size() - distance]);
  }
  if (text.size() != unpacked_bytes) return damaged();
  return text;
}

}  // namespace assay::emulator
