// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/corpus/harness/device.hpp"

#include <fstream>
#include <iterator>

namespace assay::corpus {

Context::Context() {
  CORPUS_CU(cuInit, 0);
  CORPUS_CU(cuDeviceGet, &device_, 0);
  CUcontext context = nullptr;
  CORPUS_CU(cuDevicePrimaryCtxRetain, &context, device_);
  CORPUS_CU(cuCtxSetCurrent, context);
}

Context::~Context() {
  driver().cuDevicePrimaryCtxRelease_fn(device_);
}

std::string Context::target() const {
  int major = 0, minor = 0;
  CORPUS_CU(cuDeviceGetAttribute, &major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device_);
  CORPUS_CU(cuDeviceGetAttribute, &minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device_);
  return "sm_" + std::to_string(major) + std::to_string(minor) + "a";
}

Module::Module(const std::filesystem::path& ptx) {
  std::ifstream file(ptx, std::ios::binary);
  if (!file) throw std::runtime_error(ptx.string() + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CORPUS_CU(cuModuleLoadData, &module_, text.c_str());
}

Module::~Module() {
  driver().cuModuleUnload_fn(module_);
}

CUfunction Module::function(const char* name) const {
  CUfunction function = nullptr;
  CORPUS_CU(cuModuleGetFunction, &function, module_, name);
  return function;
}

CUdeviceptr Module::global(const char* name, std::size_t bytes) const {
  CUdeviceptr address = 0;
  std::size_t size = 0;
  CORPUS_CU(cuModuleGetGlobal, &address, &size, module_, name);
  if (size != bytes)
    throw std::runtime_error(std::string(name) + ": has " + std::to_string(size) + " bytes, not " +
                             std::to_string(bytes));
  return address;
}

void launch_raw(CUfunction function, const Grid& grid, void** parameters) {
  CORPUS_CU(cuLaunchKernel, function, grid.blocks.x, grid.blocks.y, grid.blocks.z, grid.threads.x,
            grid.threads.y, grid.threads.z, grid.shared_bytes, nullptr, parameters, nullptr);
  CORPUS_CU(cuCtxSynchronize);
}

}  // namespace assay::corpus
