// SPDX-License-Identifier: Apache-2.0
// Oracle: the layer in plain loops, the same named operations; E4M3 by nearest-value search.
#include <algorithm>
#include <cmath>

#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/moe/narrow_data.hpp"

namespace assay::corpus {
namespace {

constexpr float kInverseStep = 1.0f / 64.0f;

struct Shape {
  int experts, hidden, inner, k, tokens;
};

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

struct Layer {
  Shape shape;
  Random random{7};
  NarrowWeights gate_up, down;
  std::vector<std::uint8_t> x;
  std::vector<float> logits;

  explicit Layer(const Shape& of)
      : shape(of),
        gate_up(of.experts * 2 * of.inner, of.hidden, random),
        down(of.experts * of.hidden, of.inner, random),
        x(random_activations(static_cast<std::size_t>(of.tokens) * of.hidden, random)),
        logits(random.vector(static_cast<std::size_t>(of.tokens) * of.experts, [this] {
          return static_cast<float>(random.between(-40, 40)) / 8.0f;
        })) {}
};

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

// Everything on the device, and the launches of one layer.
class DeviceLayer {
 public:
  explicit DeviceLayer(const Layer& layer)
      : shape_(layer.shape),
        slots_(layer.shape.tokens * layer.shape.k),
        gate_up_codes_(layer.gate_up.codes),
        gate_up_scales_(layer.gate_up.scales),
        down_codes_(layer.down.codes),
        down_scales_(layer.down.scales),
        x_(layer.x),
        middle_(static_cast<std::size_t>(slots_) * layer.shape.inner),
        logits_(layer.logits),
        weights_(slots_),
        gate_up_(2ull * slots_ * layer.shape.inner),
        down_(static_cast<std::size_t>(slots_) * layer.shape.hidden),
        out_(static_cast<std::size_t>(layer.shape.tokens) * layer.shape.hidden),
        chosen_(slots_),
        list_(static_cast<std::size_t>(slots_) * layer.shape.experts),
        counts_(layer.shape.experts) {}

  std::vector<float> run(const Module& module) const {
    const auto& [experts, hidden, inner, k, tokens] = shape_;
    launch(module.function("moe_route"), {{1}, {static_cast<unsigned>(tokens)}}, logits_, tokens,
           experts, k, chosen_, weights_);
    launch(module.function("moe_group"), {{1}, {32, static_cast<unsigned>(experts)}}, chosen_,
           slots_, list_, counts_);
    gemm(module, gate_up_codes_, gate_up_scales_, x_, k, 2 * inner, hidden, gate_up_);
    launch(module.function("moe_swiglu"),
           {{blocks_for(inner, 128), static_cast<unsigned>(slots_)}, {128}}, gate_up_, inner,
           kInverseStep, middle_);
    gemm(module, down_codes_, down_scales_, middle_, 1, hidden, inner, down_);
    launch(module.function("moe_combine"),
           {{blocks_for(hidden, 128), static_cast<unsigned>(tokens)}, {128}}, down_, weights_, k,
           hidden, out_);
    return out_.download();
  }

 private:
  void gemm(const Module& module, const Array<std::uint8_t>& codes,
            const Array<std::uint8_t>& scales, const Array<std::uint8_t>& activation, int divisor,
            int rows, int depth, const Array<float>& out) const {
    const unsigned token_tiles = blocks_for(static_cast<std::size_t>(shape_.tokens), 8);
    const Grid grid{
        {static_cast<unsigned>(rows) / 64, static_cast<unsigned>(shape_.experts), token_tiles},
        {128},
        8u * static_cast<unsigned>(depth + 16)};
    launch(module.function("moe_gemm"), grid, codes, scales, activation, list_, counts_, slots_,
           divisor, rows, depth, out);
  }

  Shape shape_;
  int slots_;
  Array<std::uint8_t> gate_up_codes_, gate_up_scales_, down_codes_, down_scales_, x_, middle_;
  Array<float> logits_, weights_, gate_up_, down_, out_;
  Array<int> chosen_, list_, counts_;
};

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
