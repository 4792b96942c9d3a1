// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/tcgen05_operands.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/instructions/tcgen05.hpp"
#include "cuda/emulator/memory/access.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kQuarters = 4;

using Chunk = std::array<std::uint8_t, kTensorChunkBytes>;

// Element `index` of a chunk: from the lowest bit of its first byte on.
std::uint32_t element_of(const Chunk& chunk, std::uint32_t index, std::uint32_t bits) {
  std::uint32_t code = 0;
  for (std::uint32_t bit = 0; bit < bits; ++bit) {
    const std::uint32_t at = index * bits + bit;
    code |= (std::uint32_t{chunk[at / 8]} >> (at % 8) & 1u) << bit;
  }
  return code;
}

// The word of a row's scales, which all quarters of the lanes hold. False after a finding that
// ends the launch.
bool scale_word(Warp& warp, int lane, const TensorScales& scales, std::uint32_t row,
                std::uint32_t& word) {
  const TensorMemory& memory = tensor_memory(warp.cta());
  const std::uint32_t column = scales.address.column + row / kLanes;
  const auto mask = static_cast<std::uint32_t>(((std::uint64_t{1} << (8 * scales.scales)) - 1)
                                               << (8 * scales.first_byte));
  word = memory.read(row % kLanes, column);
  for (std::uint32_t quarter = 0; quarter < kQuarters; ++quarter) {
    const std::uint32_t at = quarter * kLanes + row % kLanes;
    if (!memory.is_written(at, column))
      return report_unwritten(warp, lane, at, column) == Flow::next;
    if (((memory.read(at, column) ^ word) & mask) == 0) continue;
    report_tcgen05(warp, lane,
                   fmt::format("scales of {} in column {} differ: {:#x} in lane {}, {:#x} in lane "
                               "{}; each quarter of the lanes must hold the same",
                               scales.name, column, word & mask, row % kLanes,
                               memory.read(at, column) & mask, at));
    return false;
  }
  return true;
}

}  // namespace

Flow report_unwritten(Warp& warp, int lane, std::uint32_t row, std::uint32_t column) {
  return report(warp, lane, FindingKind::uninitialized_read,
                fmt::format("reads lane {}, column {} of tensor memory, which nothing has written",
                            row, column));
}

bool read_rows(Warp& warp, int lane, TensorRows& rows) {
  AccessRule rule;
  rule.space = ptx::Space::shared;
  rule.bytes = rows.packing.bytes;
  rule.align = kTensorChunkBytes;
  bool is_seen = true;
  Chunk chunk{};
  rows.codes.clear();
  for (std::uint32_t row = 0; row < rows.rows; ++row)
    for (std::uint32_t index = 0; index < kTensorRowChunks; ++index) {
      const std::uint32_t address = rows.matrix.chunk(row, index);
      const std::byte* const source = access(warp, lane, rule, address);
      if (source == nullptr) return false;
      std::memcpy(chunk.data(), source, rule.bytes);
      is_seen &= warp.cta().async->proxy_sees(address, rule.bytes);
      for (std::uint32_t i = 0; i < rows.packing.elements; ++i)
        rows.codes.push_back(element_of(chunk, i, rows.packing.bits) ^ rows.sign);
    }
  return is_seen || report(warp, lane, FindingKind::missing_async_wait,
                           AsyncState::kUnfencedRead) == Flow::next;
}

bool read_scales(Warp& warp, int lane, TensorScales& scales) {
  if (scales.address.lane != 0) {
    report_tcgen05(warp, lane,
                   fmt::format("the scales of {} begin in lane {}, must in lane 0", scales.name,
                               scales.address.lane));
    return false;
  }
  const std::uint32_t columns = (scales.rows + kLanes - 1) / kLanes;
  if (!check_columns(warp, lane, scales.address.column, columns, "reads scales in")) return false;
  scales.codes.clear();
  for (std::uint32_t row = 0; row < scales.rows; ++row) {
    std::uint32_t word = 0;
    if (!scale_word(warp, lane, scales, row, word)) return false;
    for (std::uint32_t j = 0; j < scales.scales; ++j)
      scales.codes.push_back(word >> (8 * (scales.first_byte + j)) & 0xFF);
  }
  return true;
}

}  // namespace assay::emulator
