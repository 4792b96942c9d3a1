// SPDX-License-Identifier: Apache-2.0
// An MoE layer's inputs from a fixed seed, and the launches of moe_layer.cu that compute it: for
// the case, which compares the result, and the benchmark, which measures it.
#pragma once

#include <algorithm>
#include <vector>

#include "cuda/emulator/corpus/harness/device.hpp"
#include "cuda/emulator/corpus/moe/narrow_data.hpp"

namespace assay::corpus {

// What the activated values are multiplied by before they become E4M3.
inline constexpr float kInverseStep = 1.0f / 64.0f;

struct Shape {
  int experts, hidden, inner, k, tokens;
};

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

}  // namespace assay::corpus
