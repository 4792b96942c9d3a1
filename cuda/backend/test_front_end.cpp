// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend/test_front_end.hpp"

#include <optional>

#include "cuda/backend/assay_cuda.h"

namespace assay::cuda {
namespace {

template <typename Result>
Outcome outcome_of(const Result& result) {
  if (result) return {};
  return {name_of(result.error().code), result.error().message};
}

class CppFrontEnd final : public FrontEnd {
 public:
  using FrontEnd::create;

  Outcome open(const std::string& path, int ordinal) override {
    close_device();
    const auto driver = load_driver(path);
    if (!driver) return outcome_of(driver);
    const auto device = Device::open(*driver, ordinal);
    if (device) device_ = *device;
    return outcome_of(device);
  }

  Outcome create(const MoeExtents& extents, const MoeWeights& weights) override {
    destroy_layer();
    auto layer = MoeLayer::create(device_, extents, weights);
    const Outcome outcome = outcome_of(layer);
    if (layer) layer_.emplace(*std::move(layer));
    return outcome;
  }

  Outcome workspace_bytes(std::int64_t tokens, std::size_t& bytes) override {
    const auto answer = layer_->workspace_bytes(tokens);
    if (answer) bytes = *answer;
    return outcome_of(answer);
  }

  Outcome run(const MoeCall& call) override { return outcome_of(layer_->run(call)); }
  void destroy_layer() override { layer_.reset(); }
  void close_device() override { device_.reset(); }
  std::string device_name() override { return device_->name(); }
  std::string compute_capability() override {
    return fmt::format("{}.{}", device_->major(), device_->minor());
  }

 private:
  std::shared_ptr<const Device> device_;
  std::optional<MoeLayer> layer_;
};

AssayCudaMoeProjection projection_of(const MoeProjectionWeights& weights) {
  return {{weights.codes.data(), weights.codes.size()},
          {weights.block_scales.data(), weights.block_scales.size()},
          {weights.dbl_q_scale.data(), weights.dbl_q_scale.size()},
          {weights.bias.data(), weights.bias.size()}};
}

Outcome outcome_of(AssayCudaStatus status) {
  return {assay_cuda_status_name(status), assay_cuda_last_error()};
}

class CFrontEnd final : public FrontEnd {
 public:
  using FrontEnd::create;

  ~CFrontEnd() override {
    destroy_layer();
    close_device();
  }

  Outcome open(const std::string& path, int ordinal) override {
    close_device();
    return outcome_of(assay_cuda_device_open(path.c_str(), ordinal, &device_));
  }

  Outcome create(const MoeExtents& extents, const MoeWeights& weights) override {
    destroy_layer();
    const AssayCudaMoeDescription description{
        sizeof description,
        extents.hidden_size,
        extents.intermediate_size,
        extents.num_experts,
        extents.top_k,
        projection_of(weights.gate),
        projection_of(weights.up),
        projection_of(weights.down),
        weights.hidden_states_scale,
        {weights.down_activation_scale.data(), weights.down_activation_scale.size()}};
    return outcome_of(assay_cuda_moe_create(device_, &description, &layer_));
  }

  Outcome workspace_bytes(std::int64_t tokens, std::size_t& bytes) override {
    return outcome_of(assay_cuda_moe_workspace_bytes(layer_, tokens, &bytes));
  }

  Outcome run(const MoeCall& call) override {
    const AssayCudaMoeCall c_call{
        sizeof c_call,
        call.tokens,
        reinterpret_cast<const float*>(call.hidden_states),
        reinterpret_cast<const std::uint8_t*>(call.hidden_states_codes),
        reinterpret_cast<const std::int32_t*>(call.selected_experts_for_tokens),
        reinterpret_cast<const float*>(call.scores_for_selected_experts),
        reinterpret_cast<float*>(call.output),
        reinterpret_cast<void*>(call.workspace),
        call.workspace_bytes,
        call.stream};
    return outcome_of(assay_cuda_moe_run(layer_, &c_call));
  }

  void destroy_layer() override { assay_cuda_moe_destroy(std::exchange(layer_, nullptr)); }
  void close_device() override { assay_cuda_device_close(std::exchange(device_, nullptr)); }
  std::string device_name() override { return info().name; }
  std::string compute_capability() override {
    return fmt::format("{}.{}", info().compute_capability[0], info().compute_capability[1]);
  }

 private:
  AssayCudaDeviceInfo info() const {
    AssayCudaDeviceInfo info{};
    info.struct_size = sizeof info;
    assay_cuda_device_info(device_, &info);
    return info;
  }

  AssayCudaDevice* device_ = nullptr;
  AssayCudaMoeLayer* layer_ = nullptr;
};

}  // namespace

std::unique_ptr<FrontEnd> make_cpp_front_end() {
  return std::make_unique<CppFrontEnd>();
}

std::unique_ptr<FrontEnd> make_c_front_end() {
  return std::make_unique<CFrontEnd>();
}

}  // namespace assay::cuda
