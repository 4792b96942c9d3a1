// SPDX-License-Identifier: Apache-2.0
// The sections of a cubin. A cubin is an ELF64 file for machine 190 (EM_CUDA in the ELF
// specification's register of machines); bits 8 to 15 of its flags hold the compute capability
// (read off ptxas 13.0 output for sm_75 to sm_121: 0x6e for sm_110), suffixes a and f are not
// recorded. Source of the layout: System V ABI, chapter 4 (ELF header, section header, string
// table).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "reference/result.hpp"

namespace assay::audit {

// A little-endian value at an offset that the caller has checked.
template <typename T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

struct Section {
  std::string_view name;  // into the image
  std::uint32_t type = 0, info = 0;
  std::uint64_t size = 0;            // in memory; SHT_NOBITS has no bytes in the file
  std::span<const std::byte> bytes;  // empty for SHT_NOBITS
};

struct ElfImage {
  int capability = 0;  // 110
  std::vector<Section> sections;

  const Section* find(std::string_view name) const;
};

// The result points into `bytes`. Errors (usage) name `name`: no ELF64 file, another machine, or a
// header, section or name that reaches beyond the end of the file.
Result<ElfImage> parse_elf(std::span<const std::byte> bytes, std::string_view name);

// Whether the bytes begin like an ELF file.
bool is_elf(std::span<const std::byte> bytes);

}  // namespace assay::audit
