// SPDX-License-Identifier: Apache-2.0
// NVIDIA's fat binaries: a header, then entries of PTX or machine code, each with a header of its
// own. The format is not documented by NVIDIA; the fields below were read off what nvcc 13.0 and
// fatbinary write, which fatbin_test.cpp repeats where the toolkit is installed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reference/result.hpp"

namespace assay::emulator {

inline constexpr std::uint32_t kFatbinMagic = 0xBA55ED50;         // the container
inline constexpr std::uint32_t kFatbinWrapperMagic = 0x466243B1;  // __fatDeviceText, {magic,
                                                                  // version, pointer to container}

struct FatbinEntry {
  enum class Kind { ptx, cubin, other };
  enum class Packing { none, lz4, zstd };
  Kind kind = Kind::other;
  Packing packing = Packing::none;
  int capability = 0;  // 110
  char suffix = 0;     // of the target: a, f, or none
  std::span<const std::byte> payload;
  std::uint64_t unpacked_bytes = 0;

  std::string target() const;  // "sm_110a"
};

// Bytes of the container that begins there, from its header, which must be readable (16 bytes).
std::uint64_t fatbin_bytes(const void* container);

// Error (usage): another magic or version; an entry that does not fit.
Result<std::vector<FatbinEntry>> parse_fatbin(std::span<const std::byte> container);

// The text of a PTX entry, unpacked, without the zero bytes that pad it. Error (usage): damaged.
Result<std::string> unpack_text(const FatbinEntry& entry);

// A block of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) of a known unpacked
// size. Error (usage): it does not unpack to exactly that.
Result<std::string> unpack_lz4(std::span<const std::byte> packed, std::uint64_t unpacked_bytes);

}  // namespace assay::emulator
