// SPDX-License-Identifier: Apache-2.0
// Values are products of decoded codes with the scale, moved by ulps; no division takes part in
// choosing them.
#include "vectors/generate/static_fp8_values.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 8> kOfHiddenStates{
    "normal", "normal_bf16", "heavy_tail", "constant", "ties", "saturating", "codes", "special"};

constexpr std::uint32_t kInfinity = 0x7F800000, kSign = 0x80000000;
constexpr std::int64_t kReach = 2;  // ulp to each side

// Magnitudes, as binary32 patterns: zero, the ends of the subnormals, the smallest and the largest
// normal, infinity, quiet and signalling NaNs.
constexpr std::array<std::uint32_t, 9> kSpecials{
    0, 1, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, kInfinity, 0x7FC00000, 0x7F800001, 0x7FFFFFFF};

// The pattern of a magnitude moved by some ulp, from 0 to infinity.
std::uint32_t moved(float magnitude, std::int64_t ulp) {
  const std::int64_t bits = std::bit_cast<std::uint32_t>(magnitude) + ulp;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(bits, 0, kInfinity));
}

float next_magnitude(std::int64_t code) {
  return code == 0x7E ? 480.0f : e4m3_to_f32(static_cast<std::uint8_t>(code + 1));
}

// A row: the code times the scale, and the midpoint above it times the scale, each 2 ulp down to 2
// ulp up with either sign; then one of the specials with either sign.
std::uint32_t boundary_pattern(float scale, std::int64_t row, std::int64_t column) {
  if (column == kBoundaryColumns - 1) {
    const auto special = static_cast<std::size_t>(row) % (2 * kSpecials.size());
    return kSpecials[special / 2] | (special % 2 == 0 ? 0 : kSign);
  }
  constexpr std::int64_t kMoves = 2 * kReach + 1;
  const float value = e4m3_to_f32(static_cast<std::uint8_t>(row));
  const float number = column < 2 * kMoves ? value : (value + next_magnitude(row)) / 2;
  return moved(number * scale, column / 2 % kMoves - kReach) | (column % 2 == 0 ? 0 : kSign);
}

void draw_boundaries(const Draw& draw) {
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const std::uint32_t pattern =
        boundary_pattern(draw.scale, index / kBoundaryColumns, index % kBoundaryColumns);
    draw.values[i] = std::bit_cast<float>(pattern);
  }
}

}  // namespace

StaticFp8Distribution find_static_fp8_distribution(std::string_view name) {
  if (name == kBoundaries) return {draw_boundaries, true};
  const Distribution& shared = *find_distribution(name);
  return {shared.hidden_states, shared.on_grid};
}

Names static_fp8_distribution_names() {
  Names names{std::string(kBoundaries)};
  names.insert(names.end(), kOfHiddenStates.begin(), kOfHiddenStates.end());
  return names;
}

}  // namespace assay
