// SPDX-License-Identifier: Apache-2.0
// Group by group: the scales of a record come first, its groups of codes after them.
#include "reference/format/ggml_blocks.hpp"

#include <cassert>
#include <cstddef>

#include "reference/format/e2m1.hpp"

namespace assay {
namespace {

// The codes of one group, low nibble first (bytes 0..n-1 hold elements 0,1 2,3 ...), to the halves
// order (byte j holds elements j and j + n).
void to_halves(std::span<const std::uint8_t> pairs, std::span<std::uint8_t> halves) {
  const std::int64_t n = std::ssize(pairs);
  for (std::int64_t j = 0; j < n; ++j) {
    const std::uint8_t low = unpack_e2m1(pairs[static_cast<std::size_t>(j / 2)], j);
    const std::uint8_t high = unpack_e2m1(pairs[static_cast<std::size_t>((j + n) / 2)], j + n);
    halves[static_cast<std::size_t>(j)] = pack_e2m1x2(low, high);
  }
}

void to_pairs(std::span<const std::uint8_t> halves, std::span<std::uint8_t> pairs) {
  const std::size_t n = halves.size();
  const auto element = [&](std::size_t i) {
    return static_cast<std::uint8_t>(i < n ? halves[i] & 0xF : halves[i - n] >> 4);
  };
  for (std::size_t i = 0; i < n; ++i) {
    pairs[i] = pack_e2m1x2(element(2 * i), element(2 * i + 1));
  }
}

}  // namespace

void pack_ggml(const GgmlRecord& record, std::span<const std::uint8_t> codes,
               std::span<const std::uint8_t> scales, std::span<std::uint8_t> records) {
  const auto groups = static_cast<std::size_t>(record.groups);
  const auto group_bytes = static_cast<std::size_t>(record.group_size / 2);
  const auto record_bytes = static_cast<std::size_t>(record.bytes());
  assert(codes.size() == scales.size() * group_bytes);
  assert(records.size() * groups == scales.size() * record_bytes);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const auto dst = records.subspan(i / groups * record_bytes, record_bytes);
    dst[i % groups] = scales[i];
    to_halves(codes.subspan(i * group_bytes, group_bytes),
              dst.subspan(groups + i % groups * group_bytes, group_bytes));
  }
}

void unpack_ggml(const GgmlRecord& record, std::span<const std::uint8_t> records,
                 std::span<std::uint8_t> codes, std::span<std::uint8_t> scales) {
  const auto groups = static_cast<std::size_t>(record.groups);
  const auto group_bytes = static_cast<std::size_t>(record.group_size / 2);
  const auto record_bytes = static_cast<std::size_t>(record.bytes());
  assert(codes.size() == scales.size() * group_bytes);
  assert(records.size() * groups == scales.size() * record_bytes);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const auto src = records.subspan(i / groups * record_bytes, record_bytes);
    scales[i] = src[i % groups];
    to_pairs(src.subspan(groups + i % groups * group_bytes, group_bytes),
             codes.subspan(i * group_bytes, group_bytes));
  }
}

}  // namespace assay
