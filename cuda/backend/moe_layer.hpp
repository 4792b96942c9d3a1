// SPDX-License-Identifier: Apache-2.0
// TensorRT's IMoELayer in its supported configuration, on a GPU: NVFP4 double-quantized weights,
// E4M3 activations, SiLU, static FP8 quantization of the mul output. The bits are those of
// docs/numerics.md, section 6, contract block_fma, whatever the number of tokens.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "cuda/backend/device.hpp"
#include "cuda/backend/moe_plan.hpp"

namespace assay::cuda {

struct MoeProjectionWeights {
  std::span<const std::uint8_t> codes;         // [E, rows, columns / 2], E2M1, low nibble first
  std::span<const std::uint8_t> block_scales;  // [E, rows, columns / 16], E4M3, 0x00 to 0x7E
  std::span<const float> dbl_q_scale;          // [E], positive and finite
  std::span<const float> bias;                 // [E, rows], or empty in all three
};

// Host memory; read during create() only.
struct MoeWeights {
  MoeProjectionWeights gate, up;  // rows I, columns H
  MoeProjectionWeights down;      // rows H, columns I
  float hidden_states_scale = 1.0f;
  std::span<const float> down_activation_scale;  // one for all experts, or [E]
};

// Device memory of one call, aligned to 16 bytes (the workspace to 256). `hidden_states` or
// `hidden_states_codes` is 0.
struct MoeCall {
  std::int64_t tokens = 0;
  CUdeviceptr hidden_states = 0;                // [T, H], binary32
  CUdeviceptr hidden_states_codes = 0;          // [T, H], E4M3
  CUdeviceptr selected_experts_for_tokens = 0;  // [T, K], int32
  CUdeviceptr scores_for_selected_experts = 0;  // [T, K], binary32
  CUdeviceptr output = 0;                       // [T, H], binary32
  CUdeviceptr workspace = 0;
  std::size_t workspace_bytes = 0;
  CUstream stream = nullptr;
};

class MoeLayer {
 public:
  // Uploads the weights and packs them on the device; waits for that. Errors: invalid_argument
  // naming the tensor, the index and the rule; whatever the driver says.
  static CudaResult<MoeLayer> create(std::shared_ptr<const Device> device,
                                     const MoeExtents& extents, const MoeWeights& weights);

  CudaResult<std::size_t> workspace_bytes(std::int64_t tokens) const;

  // Enqueues five kernels and returns: it neither allocates nor waits, so it may be captured into a
  // CUDA graph. Calls may overlap when they have different workspaces. A token with an expert id
  // outside [0, E) becomes NaN. Errors: invalid_argument, workspace_too_small before anything is
  // launched; launch_failed, context_lost.
  CudaStatus run(const MoeCall& call) const;

  const MoeExtents& extents() const { return extents_; }
  // Kernels that run() launches for so many tokens, in their order.
  CudaResult<std::array<std::string, 5>> kernels(std::int64_t tokens) const;

 private:
  struct Matrix {
    Buffer codes, scales, dbl_q_scale, bias;
  };
  struct Functions {
    CUfunction gate_up, down;
  };

  MoeLayer() = default;
  CudaStatus load_functions();
  CudaResult<Matrix> prepack(const char* name, const MoeProjectionWeights& weights,
                             std::int64_t rows, std::int64_t columns) const;
  CudaStatus check_call(const MoeCall& call, const MoePlan& plan) const;
  CudaStatus route(const MoeCall& call, const MoePlan& plan) const;
  CudaStatus quantize_hidden(const MoeCall& call, const MoePlan& plan) const;
  CudaStatus project(const MoeCall& call, const MoePlan& plan) const;
  CudaStatus combine(const MoeCall& call, const MoePlan& plan) const;

  std::shared_ptr<const Device> device_;
  MoeExtents extents_;
  CUfunction quantize_hidden_ = nullptr, route_ = nullptr, combine_ = nullptr;
  std::array<Functions, 3> projections_{};  // of kTileSlots
  Matrix gate_, up_, down_;
  Buffer down_scale_;
  float hidden_scale_ = 1.0f;
  bool is_down_scale_per_expert_ = false;
};

}  // namespace assay::cuda
