// SPDX-License-Identifier: Apache-2.0
// cuLaunch*. The grid has run when the call returns, and the call returns its error. Source: CUDA
// Driver API, "Execution control".
#include <span>

#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/launch.hpp"
#include "cuda/emulator/driver/stream.hpp"

namespace assay::emulator {
namespace {

struct Arguments {
  CUfunction function;
  CUstream stream;
  void** params;
  void** extra;
};

Outcome<void> launch(Driver& driver, const std::shared_ptr<Context>& context,
                     const Arguments& arguments, LaunchConfig config) {
  ASSAY_ASSIGN(auto loaded, find_function(driver, context, arguments.function));
  ASSAY_TRY(check_launch(driver, *loaded, config));
  ASSAY_ASSIGN(config.params, pack_params(*loaded->function, arguments.params, arguments.extra));
  return enqueue(driver, context, arguments.stream,
                 {Operation::Kind::kernel, [&driver, loaded, config](Context& own) {
                    return launch_now(driver, own, *loaded, config);
                  }});
}

Outcome<void> read_attribute(const CUlaunchAttribute& attribute, LaunchConfig& config) {
  switch (attribute.id) {
    case CU_LAUNCH_ATTRIBUTE_COOPERATIVE:
      config.is_cooperative = attribute.value.cooperative != 0;
      return {};
    case CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION:
      config.cluster = {attribute.value.clusterDim.x, attribute.value.clusterDim.y,
                        attribute.value.clusterDim.z};
      return {};
    // Hints, and orders that hold because one launch ends before the next begins.
    case CU_LAUNCH_ATTRIBUTE_IGNORE:
    case CU_LAUNCH_ATTRIBUTE_ACCESS_POLICY_WINDOW:
    case CU_LAUNCH_ATTRIBUTE_SYNCHRONIZATION_POLICY:
    case CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
    case CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION:
    case CU_LAUNCH_ATTRIBUTE_PRIORITY:
    case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN_MAP:
    case CU_LAUNCH_ATTRIBUTE_MEM_SYNC_DOMAIN:
    case CU_LAUNCH_ATTRIBUTE_PREFERRED_CLUSTER_DIMENSION:
    case CU_LAUNCH_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
    case CU_LAUNCH_ATTRIBUTE_NVLINK_UTIL_CENTRIC_SCHEDULING:
      return {};
    default:
      return refuse(CUDA_ERROR_NOT_SUPPORTED, "launch attribute {}",
                    static_cast<unsigned>(attribute.id));
  }
}

Outcome<LaunchConfig> read_config(const CUlaunchConfig* given) {
  ASSAY_TRY(require(given, "config"));
  LaunchConfig config;
  config.grid = {given->gridDimX, given->gridDimY, given->gridDimZ};
  config.block = {given->blockDimX, given->blockDimY, given->blockDimZ};
  config.dynamic_shared_bytes = given->sharedMemBytes;
  if (given->numAttrs != 0) ASSAY_TRY(require(given->attrs, "config->attrs"));
  for (const CUlaunchAttribute& attribute : std::span(given->attrs, given->numAttrs))
    ASSAY_TRY(read_attribute(attribute, config));
  return config;
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuLaunchKernel(CUfunction f, unsigned gridDimX, unsigned gridDimY,
                                       unsigned gridDimZ, unsigned blockDimX, unsigned blockDimY,
                                       unsigned blockDimZ, unsigned sharedMemBytes,
                                       CUstream hStream, void** kernelParams, void** extra) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    LaunchConfig config;
    config.grid = {gridDimX, gridDimY, gridDimZ};
    config.block = {blockDimX, blockDimY, blockDimZ};
    config.dynamic_shared_bytes = sharedMemBytes;
    return launch(driver, context, {f, hStream, kernelParams, extra}, std::move(config));
  });
}
ASSAY_CUDA_ALIAS(cuLaunchKernel_ptsz, cuLaunchKernel);

ASSAY_CUDA_API CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction f,
                                         void** kernelParams, void** extra) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(LaunchConfig read, read_config(config));
    return launch(driver, context, {f, config->hStream, kernelParams, extra}, std::move(read));
  });
}
ASSAY_CUDA_ALIAS(cuLaunchKernelEx_ptsz, cuLaunchKernelEx);

ASSAY_CUDA_API CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned gridDimX,
                                                  unsigned gridDimY, unsigned gridDimZ,
                                                  unsigned blockDimX, unsigned blockDimY,
                                                  unsigned blockDimZ, unsigned sharedMemBytes,
                                                  CUstream hStream, void** kernelParams) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    LaunchConfig config;
    config.grid = {gridDimX, gridDimY, gridDimZ};
    config.block = {blockDimX, blockDimY, blockDimZ};
    config.dynamic_shared_bytes = sharedMemBytes;
    config.is_cooperative = true;
    return launch(driver, context, {f, hStream, kernelParams, nullptr}, std::move(config));
  });
}
ASSAY_CUDA_ALIAS(cuLaunchCooperativeKernel_ptsz, cuLaunchCooperativeKernel);
