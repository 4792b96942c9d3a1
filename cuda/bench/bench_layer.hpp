// SPDX-License-Identifier: Apache-2.0
// A layer of a given shape with random weights and tokens on a device: values that no kernel's
// time depends on, the same in every run.
#pragma once

#include <memory>
#include <vector>

#include "cuda/backend/moe_layer.hpp"

namespace assay::cuda {

class BenchLayer {
 public:
  static CudaResult<BenchLayer> make(std::shared_ptr<const Device> device,
                                     const MoeExtents& extents);
  const MoeLayer& layer() const { return layer_; }

 private:
  explicit BenchLayer(MoeLayer layer) : layer_(std::move(layer)) {}
  MoeLayer layer_;
};

// One call of the layer: tokens whose top_k experts are drawn without repetition.
class BenchCall {
 public:
  static CudaResult<BenchCall> make(std::shared_ptr<const Device> device, const MoeLayer& layer,
                                    std::int64_t tokens);
  CudaStatus run(CUstream stream) const;
  CudaResult<std::vector<float>> output() const;  // of the latest run; waits for the default stream
  std::int64_t tokens() const { return tokens_; }
  std::int64_t experts_hit() const { return experts_hit_; }

 private:
  BenchCall() = default;

  const MoeLayer* layer_ = nullptr;
  std::int64_t tokens_ = 0, experts_hit_ = 0;
  Buffer hidden_, experts_, scores_, output_, workspace_;
};

// Weights of one expert, and their bytes in NVFP4: 4 bits, and 8 bits for 16 of them.
std::int64_t weights_of_expert(const MoeExtents& extents);
inline constexpr double kBytesAWeight = 0.5625;

}  // namespace assay::cuda
