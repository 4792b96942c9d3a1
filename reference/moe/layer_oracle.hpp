// SPDX-License-Identifier: Apache-2.0
// For tests: the layer of docs/numerics.md, section 6, one output at a time by other means: values
// from the formats' formulas, E4M3 rounding by search among all codes, dots and SiLU and fused
// multiply-adds by __int128 and MPFR. Finite inputs only.
#pragma once

#include <limits>

#include "reference/arithmetic/dot_oracle.hpp"
#include "reference/moe/layer.hpp"
#include "reference/moe/stages.hpp"

namespace assay::oracle {

// The finite code nearest to `value`, ties to the even code, saturating.
inline std::uint8_t nearest_e4m3(float value) {
  const double target = std::fabs(value) * 512.0;
  std::uint8_t best = 0;
  double best_distance = std::numeric_limits<double>::infinity();
  for (std::uint8_t code = 0; code < 0x7F; ++code) {
    const double distance = std::fabs(static_cast<double>(e4m3_units(code)) - target);
    if (distance < best_distance || (distance == best_distance && code % 2 == 0)) {
      best = code;
      best_distance = distance;
    }
  }
  return static_cast<std::uint8_t>(best | (std::signbit(value) ? 0x80 : 0));
}

// x / (1 + e^-x) at 300 bits, rounded once; for results in binary32's normal range.
inline float silu(float x) {
  mpfr_t value, divisor;
  mpfr_inits2(300, value, divisor, static_cast<mpfr_ptr>(nullptr));
  mpfr_set_flt(divisor, -x, MPFR_RNDN);
  mpfr_exp(divisor, divisor, MPFR_RNDN);
  mpfr_add_ui(divisor, divisor, 1, MPFR_RNDN);
  mpfr_set_flt(value, x, MPFR_RNDN);
  mpfr_div(value, value, divisor, MPFR_RNDN);
  const float result = mpfr_get_flt(value, MPFR_RNDN);
  mpfr_clears(value, divisor, static_cast<mpfr_ptr>(nullptr));
  return result;
}

inline float fma(float a, float b, float c) {
  mpfr_t x, y, z;
  mpfr_inits2(24, x, y, z, static_cast<mpfr_ptr>(nullptr));
  mpfr_set_flt(x, a, MPFR_RNDN);
  mpfr_set_flt(y, b, MPFR_RNDN);
  mpfr_set_flt(z, c, MPFR_RNDN);
  mpfr_fma(x, x, y, z, MPFR_RNDN);
  const float result = mpfr_get_flt(x, MPFR_RNDN);
  mpfr_clears(x, y, z, static_cast<mpfr_ptr>(nullptr));
  return result;
}

class Layer {
 public:
  Layer(const MoeInputs& inputs, Accumulation accumulation)
      : in_(inputs), accumulation_(accumulation) {}

  float output(std::int64_t token, std::int64_t h) const {
    float acc = 0;
    for (std::int64_t slot = token * in_.shape.top_k; slot < (token + 1) * in_.shape.top_k; ++slot)
      acc = fma(in_.scores_for_selected_experts[slot], value(MoeStage::down, slot, h), acc);
    return acc;
  }

  // Element i of a stage's row; E4M3 codes as numbers.
  float value(MoeStage stage, std::int64_t row, std::int64_t i) const {
    switch (stage) {
      case MoeStage::hidden_q:
        return hidden_q(row)[i];
      case MoeStage::gate_dot:
        return hidden_dot(in_.gate, row, i);
      case MoeStage::up_dot:
        return hidden_dot(in_.up, row, i);
      case MoeStage::gate:
        return hidden_projected(in_.gate, row, i);
      case MoeStage::up:
        return hidden_projected(in_.up, row, i);
      case MoeStage::act:
        return silu(hidden_projected(in_.gate, row, i));
      case MoeStage::mul:
        return value(MoeStage::act, row, i) * value(MoeStage::up, row, i);
      case MoeStage::mul_q:
        return mul_q(row)[i];
      case MoeStage::down_dot:
        return dot(in_.down, expert(row), in_.shape.hidden_size, i, mul_q(row));
      case MoeStage::down:
        return scaled(in_.down, expert(row), in_.shape.hidden_size, i,
                      value(MoeStage::down_dot, row, i), activation_scale(expert(row)));
      case MoeStage::output:
        return output(row, i);
    }
    return 0;
  }

 private:
  std::int64_t expert(std::int64_t slot) const { return in_.selected_experts_for_tokens[slot]; }

  float activation_scale(std::int64_t e) const {
    return in_.down_activation_scale[in_.down_activation_scale.size() == 1 ? 0 : e];
  }

  std::vector<std::uint8_t> hidden_q(std::int64_t token) const {
    std::vector<std::uint8_t> codes;
    for (std::int64_t h = 0; h < in_.shape.hidden_size; ++h) {
      const std::int64_t i = token * in_.shape.hidden_size + h;
      codes.push_back(in_.hidden_states_codes.empty()
                          ? nearest_e4m3(in_.hidden_states[i] / in_.hidden_states_scale)
                          : in_.hidden_states_codes[i]);
    }
    return codes;
  }

  std::vector<std::uint8_t> mul_q(std::int64_t slot) const {
    std::vector<std::uint8_t> codes;
    for (std::int64_t i = 0; i < in_.shape.intermediate_size; ++i)
      codes.push_back(nearest_e4m3(value(MoeStage::mul, slot, i) / activation_scale(expert(slot))));
    return codes;
  }

  float hidden_dot(const MoeProjection& projection, std::int64_t slot, std::int64_t i) const {
    return dot(projection, expert(slot), in_.shape.intermediate_size, i,
               hidden_q(slot / in_.shape.top_k));
  }
  float hidden_projected(const MoeProjection& projection, std::int64_t slot, std::int64_t i) const {
    return scaled(projection, expert(slot), in_.shape.intermediate_size, i,
                  hidden_dot(projection, slot, i), in_.hidden_states_scale);
  }

  float dot(const MoeProjection& projection, std::int64_t e, std::int64_t rows, std::int64_t row,
            const std::vector<std::uint8_t>& x) const {
    Dot terms{x, {}, {}};
    const auto columns = static_cast<std::int64_t>(x.size());
    const std::int64_t first = (e * rows + row) * columns;
    for (std::int64_t k = first; k < first + columns; ++k)
      terms.w.push_back(projection.codes[k / 2] >> (k % 2 * 4) & 0xF);
    for (std::int64_t k = first; k < first + columns; k += 16)
      terms.s.push_back(projection.block_scales[k / 16]);
    return accumulation_ == Accumulation::exact ? exact(terms) : block_fma(terms);
  }

  static float scaled(const MoeProjection& projection, std::int64_t e, std::int64_t rows,
                      std::int64_t row, float dot, float x_scale) {
    const float scale = x_scale * projection.dbl_q_scale[e];
    const float value = dot * scale;
    return projection.bias.empty() ? value : value + projection.bias[e * rows + row];
  }

  const MoeInputs& in_;
  Accumulation accumulation_;
};

}  // namespace assay::oracle
