// SPDX-License-Identifier: Apache-2.0
// The layer's stages in dataflow order, and the sink that observes them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace assay {

enum class MoeStage {
  hidden_q,
  gate_dot,
  up_dot,
  gate,
  up,
  act,
  mul,
  mul_q,
  down_dot,
  down,
  output,
};

struct MoeStageInfo {
  MoeStage stage;
  std::string_view name;
  bool is_codes;     // E4M3 codes; binary32 otherwise
  bool is_per_slot;  // one row per (token, slot); one per token otherwise
  bool is_hidden;    // rows of hidden_size; of intermediate_size otherwise
};

// In dataflow order: the first stage here that differs is where an implementation went wrong.
inline constexpr std::array kMoeStages{
    MoeStageInfo{MoeStage::hidden_q, "hidden_q", true, false, true},
    MoeStageInfo{MoeStage::gate_dot, "gate_dot", false, true, false},
    MoeStageInfo{MoeStage::up_dot, "up_dot", false, true, false},
    MoeStageInfo{MoeStage::gate, "gate", false, true, false},
    MoeStageInfo{MoeStage::up, "up", false, true, false},
    MoeStageInfo{MoeStage::act, "act", false, true, false},
    MoeStageInfo{MoeStage::mul, "mul", false, true, false},
    MoeStageInfo{MoeStage::mul_q, "mul_q", true, true, false},
    MoeStageInfo{MoeStage::down_dot, "down_dot", false, true, true},
    MoeStageInfo{MoeStage::down, "down", false, true, true},
    MoeStageInfo{MoeStage::output, "output", false, false, true},
};

// Receives finished rows of stages (all but output, which run_moe returns). `row` is the token for
// hidden_q and token * top_k + slot otherwise. Called from several threads, never twice for one
// row.
class MoeStageSink {
 public:
  virtual ~MoeStageSink() = default;
  virtual void values(MoeStage stage, std::int64_t row, std::span<const float> values) = 0;
  virtual void codes(MoeStage stage, std::int64_t row, std::span<const std::uint8_t> codes) = 0;
};

}  // namespace assay
