// SPDX-License-Identifier: Apache-2.0
// Values are made of decoded codes and IEEE operations; no recipe takes part in choosing them.
#include "vectors/generate/matrix_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

constexpr std::size_t kNvfp4Block = 16, kMxBlock = 32;
constexpr std::array kE2m1Midpoints{0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
constexpr std::uint8_t kLargestE4m3 = 0x7E;

float with_sign(float magnitude, std::uint32_t word) {
  return (word & 0x80000000u) != 0 ? -magnitude : magnitude;
}

// Moved by at most `reach` ulp. Precondition: positive.
float moved(float value, std::uint32_t word, std::uint32_t reach) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>(bits + word % (2 * reach + 1) - std::min(bits, reach));
}

// One of the 128 bfloat16 values of a binade, times 2^(least .. least + span - 1).
float draw_bf16(const RandomStream& stream, std::uint64_t at, int least, std::uint32_t span) {
  const auto significand = static_cast<float>(128 + stream.below(2 * at, 128));
  return std::ldexp(significand, least - 7 + static_cast<int>(stream.below(2 * at + 1, span)));
}

float e4m3_midpoint(std::uint8_t code) {
  return (e4m3_to_f32(code) + e4m3_to_f32(static_cast<std::uint8_t>(code + 1))) / 2;
}

// Every tensor has an amax, and so a tensor scale, of its own.
void draw_fresh_amax(const Draw& draw) {
  const float scale = draw.scale * draw_bf16(draw.stream("/amax"), 0, -8, 16);
  draw_normal(draw.stream(), scale, draw.values);
  for (float& value : draw.values)
    value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFF0000u);
}

// The tensor's amax and each block's are few-bit numbers times powers of two, in every combination
// sooner or later; elements are multiples of 1/32 of their block's.
void draw_dyadic(const Draw& draw) {
  const RandomStream stream = draw.stream(), blocks = draw.stream("/blocks");
  const float amax = draw.scale * draw_bf16(draw.stream("/amax"), 0, -8, 16);
  float block_amax = amax;
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::uint32_t word = stream.word(i);
    const bool leads = i % kNvfp4Block == 0;
    if (leads && i != 0) block_amax = amax * draw_bf16(blocks, i / kNvfp4Block, -12, 12);
    const float part = leads ? 1.0f : static_cast<float>(word % 33) / 32;
    draw.values[i] = with_sign(std::min(block_amax, amax) * part, word);
  }
}

// An amax of any bits. Each block is led by 6 midpoints (or values) of E4M3 times amax / 2688, the
// others are E2M1 midpoints times a scale next to it, both moved by up to 2 ulp: where divisions,
// reciprocals and their orders of operations part.
void draw_near_ties(const Draw& draw) {
  const RandomStream stream = draw.stream(), blocks = draw.stream("/blocks");
  const float fraction = static_cast<float>(draw.stream("/amax").word(0) >> 9) * 0x1p-23f;
  const float amax = draw_bf16(draw.stream("/amax"), 1, -8, 16) * draw.scale * (1 + fraction);
  const float step = amax / 2688;
  float block_amax = amax, scale = kE4m3Max;
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::uint32_t word = stream.word(2 * i);
    const std::size_t block = i / kNvfp4Block;
    if (i % kNvfp4Block == 0) {
      const auto code = static_cast<std::uint8_t>(blocks.below(2 * block, kLargestE4m3));
      const std::uint32_t choice = blocks.word(2 * block + 1);
      const float lead = choice % 4 == 0 ? e4m3_to_f32(code) : e4m3_midpoint(code);
      if (block != 0) block_amax = std::min(moved(6 * lead * step, choice >> 8, 2), amax);
      if (block != 0) scale = e4m3_to_f32(static_cast<std::uint8_t>(code + choice / 16 % 2));
      draw.values[i] = with_sign(block_amax, word);
      continue;
    }
    const float midpoint = kE2m1Midpoints[stream.below(2 * i + 1, kE2m1Midpoints.size())];
    const float value = std::min(moved(midpoint * scale * step, word >> 8, 2), block_amax);
    draw.values[i] = with_sign(value, word);
  }
}

// Blocks of 32 whose amax lies at a fraction of its binade where some rule for E8M0 scales changes
// its mind (powers of two, 1.5 and 1.75 for E2M1, 1.75 and 1.9375 for E4M3), or 1 ulp beside it, in
// every binade of binary32; elements are midpoints of E2M1 and E4M3 under a scale next to it.
void draw_mx_boundaries(const Draw& draw) {
  constexpr std::array kFractions{1.0f, 1.25f, 1.5f, 1.75f, 1.875f, 1.9375f};
  const RandomStream stream = draw.stream(), blocks = draw.stream("/blocks");
  float block_amax = 0;
  int exponent = 0;
  for (std::size_t i = 0; i < draw.values.size(); ++i) {
    const std::uint32_t word = stream.word(3 * i);
    const std::size_t block = i / kMxBlock;
    if (i % kMxBlock == 0) {
      exponent = static_cast<int>(blocks.below(3 * block, 272)) - 145;
      const float fraction = kFractions[blocks.below(3 * block + 1, kFractions.size())];
      block_amax = moved(std::ldexp(fraction, exponent), blocks.word(3 * block + 2) >> 8, 1);
      draw.values[i] = with_sign(block_amax, word);
      continue;
    }
    const std::uint32_t choice = stream.word(3 * i + 1);
    const auto code = static_cast<std::uint8_t>(stream.below(3 * i + 2, kLargestE4m3));
    const float midpoint = choice % 2 == 0 ? kE2m1Midpoints[choice / 2 % kE2m1Midpoints.size()] / 4
                                           : e4m3_midpoint(code) / 256;
    const int shift = static_cast<int>(choice >> 16) % 2;
    const float value = moved(std::ldexp(midpoint, exponent + shift), word >> 8, 1);
    draw.values[i] = with_sign(std::min(value, block_amax), word);
  }
}

// A quarter of the elements are zeros of both signs, subnormals, or too small for any scale.
void draw_tiny_elements(const Draw& draw) {
  constexpr std::array kTiny{0.0f, 0.0f, std::numeric_limits<float>::denorm_min(), 0x1p-130f,
                             1e-30f};
  draw_normal(draw.stream(), draw.scale, draw.values);
  const RandomStream stream = draw.stream("/tiny");
  for (std::size_t i = 0; i < draw.values.size(); ++i)
    if (stream.below(2 * i, 4) == 0)
      draw.values[i] =
          with_sign(kTiny[stream.word(2 * i + 1) % kTiny.size()], stream.word(2 * i + 1));
}

struct NamedDraw {
  std::string_view name;
  DrawFunction draw;
};

constexpr std::array kOwn{
    NamedDraw{"fresh_amax", draw_fresh_amax},       NamedDraw{"dyadic", draw_dyadic},
    NamedDraw{"near_ties", draw_near_ties},         NamedDraw{"mx_boundaries", draw_mx_boundaries},
    NamedDraw{"tiny_elements", draw_tiny_elements},
};

}  // namespace

MatrixDistribution find_matrix_distribution(std::string_view name) {
  const auto own = std::ranges::find(kOwn, name, &NamedDraw::name);
  if (own != kOwn.end()) return {own->draw, false};
  const Distribution* shared = find_distribution(name);
  return shared == nullptr ? MatrixDistribution{nullptr, false}
                           : MatrixDistribution{shared->weights, shared->on_grid};
}

Names matrix_distribution_names() {
  Names names;
  for (const Distribution& entry : distributions())
    if (entry.weights != nullptr) names.emplace_back(entry.name);
  for (const NamedDraw& entry : kOwn)
    names.emplace_back(entry.name);
  return names;
}

}  // namespace assay
