// SPDX-License-Identifier: Apache-2.0
// Distributions aimed at rounding rules. Each places values where one named step of
// docs/numerics.md (static FP8 quantization for hidden states, the `modelopt` recipe for weights)
// has to decide.
#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "vectors/generate/values.hpp"

namespace assay {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::uint8_t kSmallestNormal = 0x08, kLargest = 0x7E;
// A matrix with amax 2688 * step has the tensor scale `step`: 2688 = 6 * 448.
constexpr float kAmaxPerStep = kE2m1Max * kE4m3Max;

float with_sign(float magnitude, std::uint32_t word) {
  return (word & 0x80000000u) != 0 ? -magnitude : magnitude;
}

// Half of the values stay, a quarter moves one ulp up, a quarter one down, from 0 to infinity.
float nudged(float magnitude, std::uint32_t word) {
  constexpr std::uint32_t kInfinity = 0x7F800000;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(magnitude);
  const std::uint32_t moves[] = {bits, bits, std::min(bits + 1, kInfinity),
                                 bits - std::min(bits, 1u)};
  return std::bit_cast<float>(moves[word % 4]);
}

float next_e4m3(std::uint8_t code) {
  return code == kLargest ? 480.0f : e4m3_to_f32(static_cast<std::uint8_t>(code + 1));
}

// A power of two, another for each matrix, so that every expert has its own tensor scale.
float tensor_step(const Draw& draw) {
  return draw.scale / static_cast<float>(256 << draw.stream("/step").below(0, 4));
}

}  // namespace

void draw_hidden_lattice(const Draw& draw) {
  const RandomStream stream = draw.stream();
  for (std::size_t i = 0; i < draw.values.size(); ++i)
    draw.values[i] = (static_cast<float>(stream.below(i, 9)) - 4) * draw.scale;
}

// Any E2M1 value, and +-6 first in each block: all block scales are then 448.
void draw_weight_lattice(const Draw& draw) {
  const RandomStream stream = draw.stream();
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::uint32_t word = stream.word(i);
    const auto code = static_cast<std::uint8_t>(i % kBlock == 0 ? 7 : word % 8);
    draw.values[i] = with_sign(e2m1_to_f32(code) * draw.scale, word);
  }
}

// Midpoints of neighbouring E4M3 values, 464 (which saturates) included, times `scale`.
void draw_hidden_ties(const Draw& draw) {
  const RandomStream stream = draw.stream();
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const auto code = static_cast<std::uint8_t>(stream.below(2 * i, kLargest + 1));
    const std::uint32_t word = stream.word(2 * i + 1);
    const float midpoint = (e4m3_to_f32(code) + next_e4m3(code)) / 2;
    draw.values[i] = with_sign(nudged(midpoint * draw.scale, word), word);
  }
}

// Each block is led by 6 times its scale, half of the blocks by 6 times the midpoint of two scales;
// the other elements are E2M1 midpoints (.25 to 5) times the scale that results.
void draw_weight_ties(const Draw& draw) {
  constexpr std::array kMidpoints{0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
  const RandomStream stream = draw.stream(), blocks = draw.stream("/blocks");
  const float step = tensor_step(draw);
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::size_t block = i / kBlock;
    const bool is_tie = block != 0 && blocks.below(2 * block, 2) == 1;
    std::uint8_t code = kLargest;
    if (block != 0)
      code = static_cast<std::uint8_t>(kSmallestNormal +
                                       blocks.below(2 * block + 1, kLargest - kSmallestNormal));
    const auto even = static_cast<std::uint8_t>(is_tie ? code + code % 2 : code);
    const float lead = is_tie ? (e4m3_to_f32(code) + next_e4m3(code)) / 2 : e4m3_to_f32(code);
    const std::uint32_t word = stream.word(2 * i);
    const float midpoint = kMidpoints[stream.below(2 * i + 1, kMidpoints.size())];
    const float value = i % kBlock == 0 ? kE2m1Max * lead * step
                                        : nudged(midpoint * e4m3_to_f32(even) * step, word);
    draw.values[i] = with_sign(value, word);
  }
}

void draw_hidden_saturating(const Draw& draw) {
  constexpr std::array kMagnitudes{447.0f,      448.0f, 463.99997f, 464.0f,
                                   464.000031f, 480.0f, 1e5f,       1e30f};
  const RandomStream stream = draw.stream();
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const float magnitude = kMagnitudes[stream.below(2 * i, kMagnitudes.size())];
    draw.values[i] = with_sign(magnitude * draw.scale, stream.word(2 * i + 1));
  }
}

// The scale of each block rounds down by nearly half a step, so its largest elements, three
// quarters of all, exceed 6 times the scale.
void draw_weight_saturating(const Draw& draw) {
  const RandomStream stream = draw.stream(), blocks = draw.stream("/blocks");
  const float step = tensor_step(draw);
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const auto code = static_cast<std::uint8_t>(
        kSmallestNormal + blocks.below(i / kBlock, kLargest - kSmallestNormal));
    const float block_scale = e4m3_to_f32(code);
    const float lead = block_scale + (next_e4m3(code) - block_scale) * 0.484375f;
    const std::uint32_t word = stream.word(i);
    const float factor = (word % 4 == 0 && i % kBlock != 0) ? 3.0f : kE2m1Max;
    draw.values[i] = with_sign(factor * lead * step, word);
  }
  draw.values[0] = kAmaxPerStep * step;
}

// Blocks 1 and 2, 3 and 4, ... of a row are equal here and opposite in the weights.
void draw_hidden_cancellation(const Draw& draw) {
  draw_normal(draw.stream(), draw.scale, draw.values);
  const auto columns = static_cast<std::size_t>(draw.columns);
  for (std::size_t i = 0; i < draw.values.size(); ++i)
    if (const std::size_t block = i % columns / kBlock; block != 0 && block % 2 == 0)
      draw.values[i] = draw.values[i - kBlock];
}

// What remains is block 0, 2^-8 of the others; a last block without a partner is zero.
void draw_weight_cancellation(const Draw& draw) {
  draw_normal(draw.stream(), draw.scale, draw.values);
  const auto columns = static_cast<std::size_t>(draw.columns);
  const std::size_t last = columns / kBlock - 1;
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::size_t block = i % columns / kBlock;
    if (block == 0)
      draw.values[i] /= 256;
    else if (block % 2 == 0)
      draw.values[i] = -draw.values[i - kBlock];
    else if (block == last)
      draw.values[i] = 0;
  }
}

// Every E4M3 code but the two NaNs, equally often.
void draw_hidden_codes(const Draw& draw) {
  const RandomStream stream = draw.stream();
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const auto code = static_cast<std::uint8_t>(stream.below(i, kLargest + 1));
    draw.values[i] = with_sign(e4m3_to_f32(code) * draw.scale, stream.word(i) << 31);
  }
}

// See draw_beyond_binary64 in weights.cpp: all 448, then 1 and 2^-9 for the half ulp and the unit.
void draw_hidden_beyond_binary64(const Draw& draw) {
  const auto columns = static_cast<std::size_t>(draw.columns);
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::size_t to_end = columns - i % columns;
    const float value = to_end == 2 * kBlock ? 1.0f : to_end == kBlock ? 0x1p-9f : kE4m3Max;
    draw.values[i] = value * draw.scale;
  }
}

// By row: signed zeros and subnormals; infinities and overflowing quotients; NaN of both signs.
void draw_hidden_special(const Draw& draw) {
  constexpr float kMax = std::numeric_limits<float>::max();
  constexpr float kMin = std::numeric_limits<float>::denorm_min();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  constexpr float kSpecials[3][4] = {
      {0.0f, kMin, 0x1p-130f, 0x1p-20f}, {kInfinity, kMax, kInfinity, 1e30f}, {kNaN, kNaN, 1, 2}};
  draw_normal(draw.stream(), draw.scale, draw.values);
  const RandomStream stream = draw.stream("/specials");
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::size_t row = i / static_cast<std::size_t>(draw.columns);
    if (stream.below(2 * i, 8) != 0) continue;
    const std::uint32_t word = stream.word(2 * i + 1);
    draw.values[i] = with_sign(kSpecials[row % 3][word % 4], word);
  }
}

}  // namespace assay
