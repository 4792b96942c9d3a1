// SPDX-License-Identifier: Apache-2.0
// Errors, devices, layers.
#include "cuda/backend/assay_cuda.h"

#include <algorithm>
#include <array>

#include "cuda/backend/c_interface.hpp"
#include "cuda/backend/moe_layer.hpp"
#include "cuda/kernels/kernel_images.hpp"

struct AssayCudaMoeLayer {
  assay::cuda::MoeLayer layer;
};

namespace assay::cuda {
namespace {

// A buffer and no std::string: to report that no memory is left must not need any.
thread_local std::array<char, 1024> last_error{};

template <typename View>
auto span_of(const View& view) {
  return std::span(view.data, view.count);
}

MoeProjectionWeights weights_of(const AssayCudaMoeProjection& projection) {
  return {span_of(projection.codes), span_of(projection.block_scales),
          span_of(projection.dbl_q_scale), span_of(projection.bias)};
}

MoeCall call_of(const AssayCudaMoeCall& call) {
  return {.tokens = call.tokens,
          .hidden_states = address_of(call.hidden_states),
          .hidden_states_codes = address_of(call.hidden_states_codes),
          .selected_experts_for_tokens = address_of(call.selected_experts_for_tokens),
          .scores_for_selected_experts = address_of(call.scores_for_selected_experts),
          .output = address_of(call.output),
          .workspace = address_of(call.workspace),
          .workspace_bytes = call.workspace_bytes,
          .stream = static_cast<CUstream>(call.stream)};
}

CudaStatus open_device(const char* path, int ordinal, AssayCudaDevice** out) {
  ASSAY_TRY(require(out, "device"));
  *out = nullptr;
  ASSAY_ASSIGN(auto driver, load_driver(path != nullptr ? path : kGpuDriver));
  ASSAY_ASSIGN(auto device, Device::open(std::move(driver), ordinal));
  *out = new AssayCudaDevice{std::move(device)};
  return {};
}

CudaStatus describe(const AssayCudaDevice* device, AssayCudaDeviceInfo* out) {
  ASSAY_TRY(require(device, "device"));
  ASSAY_TRY(require_struct(out, "info"));
  const Device& opened = *device->device;
  out->name = opened.name().c_str();
  out->driver = opened.driver().path.c_str();
  out->driver_version = opened.driver_version();
  out->compute_capability[0] = opened.major();
  out->compute_capability[1] = opened.minor();
  return {};
}

CudaStatus create_moe(const AssayCudaDevice* device, const AssayCudaMoeDescription* description,
                      AssayCudaMoeLayer** out) {
  ASSAY_TRY(require(out, "layer"));
  *out = nullptr;
  ASSAY_TRY(require(device, "device"));
  ASSAY_TRY(require_struct(description, "description"));
  const MoeExtents extents{description->hidden_size, description->intermediate_size,
                           description->num_experts, description->top_k};
  const MoeWeights weights{weights_of(description->gate), weights_of(description->up),
                           weights_of(description->down), description->hidden_states_scale,
                           span_of(description->down_activation_scale)};
  ASSAY_ASSIGN(auto layer, MoeLayer::create(device->device, extents, weights));
  *out = new AssayCudaMoeLayer{std::move(layer)};
  return {};
}

}  // namespace
}  // namespace assay::cuda

using namespace assay::cuda;

AssayCudaStatus assay::cuda::report(AssayCudaStatus status, std::string_view message) noexcept {
  const std::size_t length = std::min(message.size(), last_error.size() - 1);
  std::copy_n(message.data(), length, last_error.data());
  last_error[length] = '\0';
  return status;
}

const char* assay_cuda_status_name(AssayCudaStatus status) {
  if (status == ASSAY_CUDA_SUCCESS) return "success";
  if (status > ASSAY_CUDA_INTERNAL) return "unknown";
  return name_of(static_cast<CudaErrorCode>(status));
}

const char* assay_cuda_last_error(void) {
  return last_error.data();
}

uint32_t assay_cuda_version(void) {
  return ASSAY_CUDA_VERSION;
}

const char* assay_cuda_kernels_sha256(void) {
  try {
    return kernel_images_sha256().c_str();
  } catch (...) {
    return nullptr;
  }
}

AssayCudaStatus assay_cuda_device_open(const char* driver, int ordinal, AssayCudaDevice** device) {
  return guarded([&] { return open_device(driver, ordinal, device); });
}

void assay_cuda_device_close(AssayCudaDevice* device) {
  delete device;
}

AssayCudaStatus assay_cuda_device_info(const AssayCudaDevice* device, AssayCudaDeviceInfo* info) {
  return guarded([&] { return describe(device, info); });
}

AssayCudaStatus assay_cuda_moe_create(const AssayCudaDevice* device,
                                      const AssayCudaMoeDescription* description,
                                      AssayCudaMoeLayer** layer) {
  return guarded([&] { return create_moe(device, description, layer); });
}

void assay_cuda_moe_destroy(AssayCudaMoeLayer* layer) {
  delete layer;
}

AssayCudaStatus assay_cuda_moe_workspace_bytes(const AssayCudaMoeLayer* layer, int64_t tokens,
                                               size_t* bytes) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(layer, "layer"));
    ASSAY_TRY(require(bytes, "bytes"));
    ASSAY_ASSIGN(*bytes, layer->layer.workspace_bytes(tokens));
    return {};
  });
}

AssayCudaStatus assay_cuda_moe_run(const AssayCudaMoeLayer* layer, const AssayCudaMoeCall* call) {
  return guarded([&]() -> CudaStatus {
    ASSAY_TRY(require(layer, "layer"));
    ASSAY_TRY(require_struct(call, "call"));
    return layer->layer.run(call_of(*call));
  });
}
