// SPDX-License-Identifier: Apache-2.0
// The table of distributions, and those that draw ordinary values: normal in several dresses,
// blocks that underflow, constants.
#include "vectors/generate/values.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "vectors/generate/normal.hpp"

namespace assay {
namespace {

constexpr std::size_t kBlock = 16;

void draw_normal_values(const Draw& draw) {
  draw_normal(draw.stream(), draw.scale, draw.values);
}

// Checkpoints are bfloat16: a matrix then holds few distinct values and many exact ties.
void draw_normal_bf16(const Draw& draw) {
  draw_normal_values(draw);
  for (float& value : draw.values)
    value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFF0000u);
}

// One element in 64 is an outlier, 64 times as large: it drives the amax of its block and tensor.
void draw_heavy_tail(const Draw& draw) {
  draw_normal_values(draw);
  const RandomStream outliers = draw.stream("/outliers");
  for (std::size_t i = 0; i < draw.values.size(); ++i)
    if (outliers.below(i, 64) == 0) draw.values[i] *= 64;
}

// Blocks of 16: zeros (-0 among them), values 2^-13 to 2^-30 of the others, and ordinary ones.
void draw_zero_blocks(const Draw& draw) {
  draw_normal_values(draw);
  const RandomStream kinds = draw.stream("/blocks");
  for (std::size_t begin = 0; begin < draw.values.size(); begin += kBlock) {
    const auto block = draw.values.subspan(begin, kBlock);
    const std::uint32_t kind = kinds.below(2 * (begin / kBlock), 4);
    const std::uint32_t exponent = 13 + kinds.below(2 * (begin / kBlock) + 1, 18);
    const float factor = (kind == 0)   ? 0.0f
                         : (kind == 1) ? std::bit_cast<float>((127 - exponent) << 23)
                                       : 1.0f;
    for (float& value : block)
      value *= factor;
  }
}

void draw_constant(const Draw& draw) {
  std::fill(draw.values.begin(), draw.values.end(), draw.scale);
}

constexpr std::array kDistributions{
    Distribution{"normal", draw_normal_values, draw_normal_values, false},
    Distribution{"normal_bf16", draw_normal_bf16, draw_normal_bf16, false},
    Distribution{"heavy_tail", draw_heavy_tail, draw_heavy_tail, false},
    Distribution{"zero_blocks", draw_zero_blocks, draw_zero_blocks, false},
    Distribution{"constant", draw_constant, draw_constant, false},
    Distribution{"lattice", draw_hidden_lattice, draw_weight_lattice, true},
    Distribution{"ties", draw_hidden_ties, draw_weight_ties, true},
    Distribution{"saturating", draw_hidden_saturating, draw_weight_saturating, true},
    Distribution{"cancellation", draw_hidden_cancellation, draw_weight_cancellation, false},
    Distribution{"codes", draw_hidden_codes, nullptr, true},
    Distribution{"beyond_binary64", draw_hidden_beyond_binary64, nullptr, true},
    Distribution{"special", draw_hidden_special, nullptr, true},
};

}  // namespace

std::span<const Distribution> distributions() {
  return kDistributions;
}

const Distribution* find_distribution(std::string_view name) {
  const auto found = std::find_if(kDistributions.begin(), kDistributions.end(),
                                  [&](const Distribution& entry) { return entry.name == name; });
  return found == kDistributions.end() ? nullptr : &*found;
}

void draw_normal(const RandomStream& stream, float scale, std::span<float> values) {
  std::array<std::uint32_t, 4096> words;
  for (std::size_t begin = 0; begin < values.size(); begin += words.size()) {
    const auto part = values.subspan(begin, std::min(words.size(), values.size() - begin));
    stream.fill(begin, std::span(words).first(part.size()));
    normal_from_words(std::span(words).first(part.size()), part);
    for (float& value : part)
      value *= scale;
  }
}

}  // namespace assay
