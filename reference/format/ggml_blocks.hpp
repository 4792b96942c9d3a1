// SPDX-License-Identifier: Apache-2.0
// llama.cpp's records of E2M1 codes, block_mxfp4 and block_nvfp4: scale bytes, then code bytes. The
// codes and the scale bytes are those of MXFP4 and NVFP4; only their places differ. Source:
// ggml-org/llama.cpp, ggml/src/ggml-common.h (records) and ggml-quants.c (nibble order).
#pragma once

#include <cstdint>
#include <span>

namespace assay {

// A record holds `groups` scales, then for each the codes of its group_size elements: byte j has
// element j in the low nibble and element j + group_size / 2 in the high one.
struct GgmlRecord {
  std::int64_t groups;
  std::int64_t group_size;

  constexpr std::int64_t elements() const { return groups * group_size; }
  constexpr std::int64_t bytes() const { return groups + elements() / 2; }
};

inline constexpr GgmlRecord kGgmlMxfp4{1, 32};  // 17 bytes; the scale is E8M0
inline constexpr GgmlRecord kGgmlNvfp4{4, 16};  // 36 bytes; the scales are UE4M3

// Between n records and linear arrays: codes of n * elements() / 2 bytes, low nibble first, and
// n * groups scales. Preconditions: these sizes.
void pack_ggml(const GgmlRecord& record, std::span<const std::uint8_t> codes,
               std::span<const std::uint8_t> scales, std::span<std::uint8_t> records);
void unpack_ggml(const GgmlRecord& record, std::span<const std::uint8_t> records,
                 std::span<std::uint8_t> codes, std::span<std::uint8_t> scales);

}  // namespace assay
