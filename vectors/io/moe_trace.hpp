// SPDX-License-Identifier: Apache-2.0
// A run of the reference whose results are tensors by name, as case and result files hold them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "reference/moe/layer.hpp"
#include "reference/moe/stages.hpp"
#include "vectors/io/tensor.hpp"

namespace assay {

// Runs the layer: "output" and, on demand, every "stage.*". Errors: those of validate(MoeInputs),
// and results that do not fit in memory (invalid_vectors).
Result<Tensors> run_moe_tensors(const MoeInputs& inputs, Accumulation accumulation,
                                bool with_stages);

// Keeps every stage that a run emits as a tensor named stage.<name>; rows may arrive in any order.
class MoeTrace : public MoeStageSink {
 public:
  explicit MoeTrace(const MoeShape& shape);
  void values(MoeStage stage, std::int64_t row, std::span<const float> values) override;
  void codes(MoeStage stage, std::int64_t row, std::span<const std::uint8_t> codes) override;
  Tensors& tensors() { return tensors_; }

 private:
  void store(MoeStage stage, std::int64_t row, std::span<const std::byte> bytes);

  Tensors tensors_;
  std::array<std::span<std::byte>, kMoeStages.size()> destinations_;
};

}  // namespace assay
