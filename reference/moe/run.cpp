// SPDX-License-Identifier: Apache-2.0
// The dataflow of docs/numerics.md, section 6, in its order. Work is split into expert groups and,
// inside a projection, into row tiles; every element is computed by one thread, so the split shows
// in no bit.
#include "reference/moe/run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <tbb/parallel_for.h>

#include "reference/arithmetic/silu.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/ieee.hpp"
#include "reference/moe/routing.hpp"
#include "reference/quantize/static_fp8.hpp"

namespace assay {
namespace {

constexpr std::int64_t kRowsPerTask = 64;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

float canonical(float value) {
  return std::isnan(value) ? kNaN : value;
}

// E4M3 vectors as the dot products take them; a vector with a NaN code makes its dots NaN.
struct CodeVectors {
  std::int64_t length;
  std::vector<std::int32_t> units;
  std::vector<char> has_nan;

  CodeVectors(std::int64_t count, std::int64_t vector_length)
      : length(vector_length),
        units(static_cast<std::size_t>(count * vector_length)),
        has_nan(static_cast<std::size_t>(count), 0) {}

  void set(std::int64_t m, std::span<const std::uint8_t> codes) {
    for (std::int64_t k = 0; k < length; ++k)
      units[static_cast<std::size_t>(m * length + k)] = e4m3_to_units(codes[k]);
    has_nan[static_cast<std::size_t>(m)] = std::ranges::any_of(codes, is_e4m3_nan);
  }
};

// Rows of one stage for one expert group.
struct Rows {
  std::int64_t length;
  std::vector<float> values;

  Rows(std::int64_t count, std::int64_t row_length)
      : length(row_length), values(static_cast<std::size_t>(count * row_length)) {}
  std::span<float> row(std::int64_t m) { return std::span(values).subspan(m * length, length); }
};

class MoeRun {
 public:
  MoeRun(const MoeInputs& inputs, Accumulation accumulation, MoeStageSink* sink)
      : in_(inputs),
        shape_(inputs.shape),
        accumulation_(accumulation),
        sink_(sink),
        hidden_codes_(static_cast<std::size_t>(shape_.tokens() * shape_.hidden_size)),
        down_(shape_.slots(), shape_.hidden_size) {}

  void run(std::span<float> output) {
    quantize_hidden_states();
    const auto groups = group_by_expert(in_.selected_experts_for_tokens, shape_.num_experts);
    // Worker threads must round as the calling thread does, which check_float_environment has seen;
    // by default they keep the settings of the arena's first use.
    tbb::task_group_context context;
    context.capture_fp_settings();
    tbb::parallel_for(
        std::size_t{0}, groups.size(), [&](std::size_t i) { run_group(groups[i]); }, context);
    tbb::parallel_for(
        std::int64_t{0}, shape_.tokens(), [&](std::int64_t token) { combine(token, output); },
        context);
  }

 private:
  void quantize_hidden_states() {
    if (in_.hidden_states_codes.empty())
      quantize_static_fp8(in_.hidden_states, in_.hidden_states_scale, hidden_codes_);
    else
      std::ranges::copy(in_.hidden_states_codes, hidden_codes_.begin());
    for (std::int64_t token = 0; sink_ != nullptr && token < shape_.tokens(); ++token)
      sink_->codes(MoeStage::hidden_q, token, hidden_row(token));
  }

  std::span<const std::uint8_t> hidden_row(std::int64_t token) const {
    return std::span(hidden_codes_).subspan(token * shape_.hidden_size, shape_.hidden_size);
  }

  void run_group(const ExpertGroup& group) {
    const auto count = static_cast<std::int64_t>(group.slots.size());
    CodeVectors x(count, shape_.hidden_size);
    for (std::int64_t m = 0; m < count; ++m)
      x.set(m, hidden_row(group.slots[m] / shape_.top_k));
    const float s_x = in_.hidden_states_scale;
    Rows gate = project(in_.gate, group, x, shape_.intermediate_size, s_x, MoeStage::gate_dot,
                        MoeStage::gate);
    const Rows up =
        project(in_.up, group, x, shape_.intermediate_size, s_x, MoeStage::up_dot, MoeStage::up);
    activate_and_multiply(group, gate, up);
    const float s_a = in_.down_activation_scale[in_.down_activation_scale.size() == 1
                                                    ? 0
                                                    : static_cast<std::size_t>(group.expert)];
    const CodeVectors mul_q = quantize_mul(group, gate, s_a);
    Rows down = project(in_.down, group, mul_q, shape_.hidden_size, s_a, MoeStage::down_dot,
                        MoeStage::down);
    for (std::int64_t m = 0; m < count; ++m)
      std::ranges::copy(down.row(m), down_.row(group.slots[m]).begin());
  }

  // dot, then fl(dot * fl(x_scale * dbl_q_scale)), then fl(+ bias).
  Rows project(const MoeProjection& projection, const ExpertGroup& group, const CodeVectors& x,
               std::int64_t rows, float x_scale, MoeStage dot_stage, MoeStage stage) const {
    const auto count = static_cast<std::int64_t>(group.slots.size());
    Rows result(count, rows);
    const std::int64_t tasks = (rows + kRowsPerTask - 1) / kRowsPerTask;
    tbb::parallel_for(std::int64_t{0}, tasks, [&](std::int64_t task) {
      const std::int64_t first = task * kRowsPerTask;
      const std::int64_t tile = std::min(kRowsPerTask, rows - first);
      dot_rows(projection.rows(group.expert * rows + first, tile, x.length), x.units, count,
               accumulation_, result.values.data() + first, rows);
    });
    for (std::int64_t m = 0; m < count; ++m)
      if (x.has_nan[m]) std::ranges::fill(result.row(m), kNaN);
    observe(dot_stage, group, result);
    apply_scale_and_bias(projection, group.expert, x_scale, result);
    observe(stage, group, result);
    return result;
  }

  static void apply_scale_and_bias(const MoeProjection& projection, std::int64_t expert,
                                   float x_scale, Rows& rows) {
    const float scale = x_scale * projection.dbl_q_scale[expert];
    const auto bias = projection.bias.empty()
                          ? std::span<const float>{}
                          : projection.bias.subspan(expert * rows.length, rows.length);
    for (std::size_t first = 0; first < rows.values.size(); first += rows.length) {
      float* row = rows.values.data() + first;
      for (std::int64_t i = 0; i < rows.length; ++i) {
        const float scaled = row[i] * scale;
        row[i] = canonical(bias.empty() ? scaled : scaled + bias[i]);
      }
    }
  }

  // Turns gate into mul = fl(silu(gate) * up).
  void activate_and_multiply(const ExpertGroup& group, Rows& gate, const Rows& up) const {
    silu(gate.values, gate.values);
    observe(MoeStage::act, group, gate);
    for (std::size_t i = 0; i < gate.values.size(); ++i)
      gate.values[i] = canonical(gate.values[i] * up.values[i]);
    observe(MoeStage::mul, group, gate);
  }

  CodeVectors quantize_mul(const ExpertGroup& group, Rows& mul, float s_a) const {
    const auto count = static_cast<std::int64_t>(group.slots.size());
    CodeVectors result(count, mul.length);
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(mul.length));
    for (std::int64_t m = 0; m < count; ++m) {
      quantize_static_fp8(mul.row(m), s_a, codes);
      result.set(m, codes);
      if (sink_ != nullptr) sink_->codes(MoeStage::mul_q, group.slots[m], codes);
    }
    return result;
  }

  void combine(std::int64_t token, std::span<float> output) {
    const auto acc = output.subspan(token * shape_.hidden_size, shape_.hidden_size);
    std::ranges::fill(acc, 0.0f);
    for (std::int64_t slot = token * shape_.top_k; slot < (token + 1) * shape_.top_k; ++slot) {
      const float score = in_.scores_for_selected_experts[slot];
      const auto down = down_.row(slot);
      for (std::size_t h = 0; h < acc.size(); ++h)
        acc[h] = std::fma(score, down[h], acc[h]);
    }
    std::ranges::transform(acc, acc.begin(), canonical);
  }

  void observe(MoeStage stage, const ExpertGroup& group, Rows& rows) const {
    for (std::size_t m = 0; sink_ != nullptr && m < group.slots.size(); ++m)
      sink_->values(stage, group.slots[m], rows.row(static_cast<std::int64_t>(m)));
  }

  const MoeInputs& in_;
  const MoeShape& shape_;
  Accumulation accumulation_;
  MoeStageSink* sink_;
  std::vector<std::uint8_t> hidden_codes_;
  Rows down_;  // every slot's down stage, [slots, hidden_size]
};

}  // namespace

Status run_moe(const MoeInputs& inputs, Accumulation accumulation, std::span<float> output,
               MoeStageSink* sink) {
  ASSAY_TRY(check_float_environment());
  ASSAY_TRY(validate(inputs));
  const std::int64_t elements = inputs.shape.tokens() * inputs.shape.hidden_size;
  if (static_cast<std::int64_t>(output.size()) != elements)
    return fail(ErrorCode::usage, "output: has {} elements, the layer writes {}", output.size(),
                elements);
  MoeRun(inputs, accumulation, sink).run(output);
  return {};
}

}  // namespace assay
