// SPDX-License-Identifier: Apache-2.0
// The mul stage arrives row by row from several threads, so each row has a place of its own; the
// maximum is taken afterwards.
#include "vectors/generate/activation_scale.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/format/e4m3.hpp"
#include "reference/moe/run.hpp"

namespace assay {
namespace {

class MulAmax : public MoeStageSink {
 public:
  explicit MulAmax(std::int64_t slots) : by_slot_(static_cast<std::size_t>(slots)) {}
  void values(MoeStage stage, std::int64_t row, std::span<const float> values) override {
    if (stage == MoeStage::mul) by_slot_[static_cast<std::size_t>(row)] = finite_amax(values);
  }
  void codes(MoeStage, std::int64_t, std::span<const std::uint8_t>) override {}
  std::span<const float> by_slot() const { return by_slot_; }

 private:
  std::vector<float> by_slot_;
};

}  // namespace

float finite_amax(std::span<const float> values) {
  float amax = 0;
  for (const float value : values)
    if (std::isfinite(value)) amax = std::max(amax, std::fabs(value));
  return amax;
}

float activation_scale_from_amax(float amax) {
  const float scale = amax / kE4m3Max;
  return scale > 0 ? scale : 1.0f;
}

Status measure_down_activation_scale(const MoeInputs& inputs, Accumulation accumulation,
                                     std::span<float> scale) {
  const MoeShape& shape = inputs.shape;
  std::vector<float> output(static_cast<std::size_t>(shape.tokens() * shape.hidden_size));
  MulAmax mul(shape.slots());
  ASSAY_TRY(run_moe(inputs, accumulation, output, &mul));
  std::vector<float> amax(scale.size());
  for (std::size_t slot = 0; slot < mul.by_slot().size(); ++slot) {
    const auto expert = static_cast<std::size_t>(inputs.selected_experts_for_tokens[slot]);
    float& of_scale = amax[scale.size() == 1 ? 0 : expert];
    of_scale = std::max(of_scale, mul.by_slot()[slot]);
  }
  std::transform(amax.begin(), amax.end(), scale.begin(), activation_scale_from_amax);
  return {};
}

}  // namespace assay
