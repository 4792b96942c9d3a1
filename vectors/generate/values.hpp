// SPDX-License-Identifier: Apache-2.0
// Distributions of hidden_states and of weight matrices, by name; docs/vectors.md ("Suites") says
// what each aims at. A distribution fills a row-major matrix from the words of its random streams
// alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "vectors/generate/philox.hpp"

namespace assay {

// What a distribution is asked to fill.
struct Draw {
  std::uint64_t seed;
  std::string tensor;    // names the random streams
  float scale;           // magnitude of ordinary values; the grid of "lattice" and "ties"
  std::int64_t columns;  // row length; a multiple of 16 where blocks of 16 matter
  std::span<float> values;

  RandomStream stream(const std::string& purpose = "") const { return {seed, tensor + purpose}; }
};

using DrawFunction = void (*)(const Draw&);

struct Distribution {
  std::string_view name;
  DrawFunction hidden_states;  // null where the name has no meaning
  DrawFunction weights;
  // Hidden states are multiples of `scale` chosen by what division by it does, so
  // hidden_states_scale must be the same number; weights need a power of two to stay on the grid.
  bool on_grid;
};

std::span<const Distribution> distributions();
const Distribution* find_distribution(std::string_view name);  // null: unknown

// Standard normal values times `scale`, from any stream.
void draw_normal(const RandomStream& stream, float scale, std::span<float> values);

// Members of distributions() that are aimed at rounding rules (directed_values.cpp).
void draw_hidden_lattice(const Draw& draw);
void draw_weight_lattice(const Draw& draw);
void draw_hidden_ties(const Draw& draw);
void draw_weight_ties(const Draw& draw);
void draw_hidden_saturating(const Draw& draw);
void draw_weight_saturating(const Draw& draw);
void draw_hidden_cancellation(const Draw& draw);
void draw_weight_cancellation(const Draw& draw);
void draw_hidden_codes(const Draw& draw);
void draw_hidden_beyond_binary64(const Draw& draw);
void draw_hidden_special(const Draw& draw);

}  // namespace assay
