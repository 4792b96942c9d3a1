// SPDX-License-Identifier: Apache-2.0
// Oracle: the layer in plain loops, the same named operations; E4M3 by nearest-value search.
#include <algorithm>
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/moe/layer.hpp"

namespace assay::corpus {
namespace {

float exp_polynomial(float x) {
  const float n = std::rint(x * 1.44269504f);
  const float r = std::fma(n, -1.42860677e-6f, std::fma(n, -0.693145752f, x));
  float p = 1.38888889e-3f;
  for (const float coefficient : {8.33333333e-3f, 4.16666667e-2f, 0.166666667f, 0.5f, 1.0f, 1.0f})
    p = std::fma(p, r, coefficient);
  return bits_as<float>(bits_as<int>(p) + (static_cast<int>(n) << 23));
}

// Nearest, ties to the even code, beyond 448 the largest.
std::uint8_t to_e4m3(float value) {
  int best = 0;
  for (int code = 1; code < 127; ++code) {
    const double now =
        std::fabs(e4m3_value(static_cast<unsigned>(code)) - std::fabs(double{value}));
    const double then =
        std::fabs(e4m3_value(static_cast<unsigned>(best)) - std::fabs(double{value}));
    if (now < then || (now == then && code % 2 == 0)) best = code;
  }
  return static_cast<std::uint8_t>(best | (std::signbit(value) ? 128 : 0));
}

struct Routing {
  std::vector<int> chosen;
  std::vector<float> weights;
};

Routing route(const Layer& layer) {
  const auto& [experts, hidden, inner, k, tokens] = layer.shape;
  Routing routing;
  for (int token = 0; token < tokens; ++token) {
    const float* const logits = layer.logits.data() + token * experts;
    std::vector<int> order(experts);
    for (int e = 0; e < experts; ++e)
      order[e] = e;
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return logits[a] > logits[b]; });
    std::vector<float> weights;
    float sum = 0.0f;
    for (int slot = 0; slot < k; ++slot) {
      weights.push_back(exp_polynomial(logits[order[slot]] - logits[order[0]]));
      sum += weights.back();
    }
    routing.chosen.insert(routing.chosen.end(), order.begin(), order.begin() + k);
    for (const float weight : weights)
      routing.weights.push_back(weight / sum);
  }
  return routing;
}

std::vector<float> layer_oracle(const Layer& layer) {
  const auto& [experts, hidden, inner, k, tokens] = layer.shape;
  const Routing routing = route(layer);
  std::vector<float> out(static_cast<std::size_t>(tokens) * hidden, 0.0f);
  std::vector<std::uint8_t> middle(inner);
  for (int slot = 0; slot < tokens * k; ++slot) {
    const std::uint8_t* const x = layer.x.data() + slot / k * hidden;
    const int row = routing.chosen[slot] * 2 * inner;
    for (int i = 0; i < inner; ++i) {
      const float gate = layer.gate_up.dot(row + i, x, 0, hidden / 16);
      const float up = layer.gate_up.dot(row + inner + i, x, 0, hidden / 16);
      const float silu = gate / (1.0f + exp_polynomial(-std::clamp(gate, -80.0f, 80.0f)));
      middle[i] = to_e4m3(silu * up * kInverseStep);
    }
    for (int i = 0; i < hidden; ++i) {
      const float down =
          layer.down.dot(routing.chosen[slot] * hidden + i, middle.data(), 0, inner / 16);
      float& sum = out[slot / k * hidden + i];
      sum = std::fma(routing.weights[slot], down, sum);
    }
  }
  return out;
}

void check_layer(const Module& module, const Shape& shape) {
  const Layer layer(shape);
  expect_equal(DeviceLayer(layer).run(module), layer_oracle(layer), "out");
}

}  // namespace

void moe_layer(const Module& module) {
  check_layer(module, {4, 64, 64, 1, 1});
  check_layer(module, {3, 128, 64, 2, 13});
  check_layer(module, {8, 256, 256, 4, 32});
}

}  // namespace assay::corpus
