// SPDX-License-Identifier: Apache-2.0
// Modules, memory, launches.
#include <cstring>

#include "cuda/backend/fake_driver/fake.hpp"

using assay::cuda::Call;
using assay::cuda::fake;

namespace {

constexpr unsigned kMostSharedBytes = 227 * 1024;   // of a block, compute capability 10.x and 11.x
constexpr std::uint32_t kFatbinMagic = 0xBA55ED50;  // first word of nvcc's fat binaries

// The host memory behind `size` bytes of the device, or null.
std::byte* device_bytes(CUdeviceptr address, std::size_t size) {
  auto next = fake().memory.upper_bound(address);
  if (next == fake().memory.begin()) return nullptr;
  const auto [begin, bytes] = *--next;
  return address - begin + size <= bytes ? fake().bytes.at(begin).get() + (address - begin)
                                         : nullptr;
}

}  // namespace

CUresult CUDAAPI cuModuleLoadData(CUmodule* module, const void* image) {
  Call call("cuModuleLoadData");
  if (call.in_context().failed()) return call.result();
  std::uint32_t magic = 0;
  if (image != nullptr) std::memcpy(&magic, image, sizeof magic);
  if (magic != kFatbinMagic) return call.refuse(CUDA_ERROR_INVALID_IMAGE, "not a fat binary");
  *module = fake().handle<CUmodule>();
  fake().modules[*module] = fake().current();
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuModuleUnload(CUmodule module) {
  Call call("cuModuleUnload");
  if (call.in_context().failed()) return call.result();
  if (fake().modules.erase(module) == 0)
    return call.refuse(CUDA_ERROR_INVALID_HANDLE, "not a module");
  std::erase_if(fake().function_data, [&](const auto& item) {
    return item.second.module == module && fake().functions.erase(item.first) == 1;
  });
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  Call call("cuModuleGetFunction");
  if (call.in_context().failed()) return call.result();
  if (!fake().modules.contains(module))
    return call.refuse(CUDA_ERROR_INVALID_HANDLE, "not a module");
  *function = fake().handle<CUfunction>();
  fake().functions[*function] = name;
  fake().function_data[*function] = {module};
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute,
                                    int value) {
  Call call("cuFuncSetAttribute");
  if (call.in_context().failed()) return call.result();
  const auto found = fake().function_data.find(function);
  if (found == fake().function_data.end())
    return call.refuse(CUDA_ERROR_INVALID_HANDLE, "not a function");
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 ||
      static_cast<unsigned>(value) > kMostSharedBytes)
    return call.refuse(CUDA_ERROR_INVALID_VALUE, fmt::format("{}", value));
  found->second.shared_bytes = static_cast<unsigned>(value);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemAlloc(CUdeviceptr* address, std::size_t size) {
  Call call("cuMemAlloc");
  if (call.in_context().failed()) return call.result();
  if (size == 0) return call.refuse(CUDA_ERROR_INVALID_VALUE, "of 0 bytes");
  constexpr std::size_t kAlignment = 256;  // CUDA C++ programming guide, "Device memory accesses"
  auto memory = std::make_unique<std::byte[]>(size + kAlignment);
  *address = (reinterpret_cast<CUdeviceptr>(memory.get()) + kAlignment) / kAlignment * kAlignment;
  fake().memory[*address] = size;
  fake().bytes[*address] = std::move(memory);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemFree(CUdeviceptr address) {
  Call call("cuMemFree");
  if (call.in_context().failed()) return call.result();
  if (fake().memory.erase(address) == 0)
    return call.refuse(CUDA_ERROR_INVALID_VALUE, "not allocated");
  fake().bytes.erase(address);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemcpyHtoD(CUdeviceptr to, const void* from, std::size_t size) {
  Call call("cuMemcpyHtoD");
  if (call.in_context().failed()) return call.result();
  std::byte* const target = device_bytes(to, size);
  if (target == nullptr) return call.refuse(CUDA_ERROR_INVALID_VALUE, "out of bounds");
  std::memcpy(target, from, size);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemcpyDtoH(void* to, CUdeviceptr from, std::size_t size) {
  Call call("cuMemcpyDtoH");
  if (call.in_context().failed()) return call.result();
  const std::byte* const source = device_bytes(from, size);
  if (source == nullptr) return call.refuse(CUDA_ERROR_INVALID_VALUE, "out of bounds");
  std::memcpy(to, source, size);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemsetD8(CUdeviceptr to, unsigned char value, std::size_t size) {
  Call call("cuMemsetD8");
  if (call.in_context().failed()) return call.result();
  std::byte* const target = device_bytes(to, size);
  if (target == nullptr) return call.refuse(CUDA_ERROR_INVALID_VALUE, "out of bounds");
  std::memset(target, value, size);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuStreamSynchronize(CUstream) {
  Call call("cuStreamSynchronize");
  return call.in_context().result();
}

CUresult CUDAAPI cuLaunchKernel(CUfunction function, unsigned x, unsigned y, unsigned z,
                                unsigned block_x, unsigned block_y, unsigned block_z,
                                unsigned shared_bytes, CUstream stream, void**, void**) {
  Call call("cuLaunchKernel");
  if (call.in_context().failed()) return call.result();
  const auto found = fake().function_data.find(function);
  if (found == fake().function_data.end())
    return call.refuse(CUDA_ERROR_INVALID_HANDLE, "not a function");
  if (stream != nullptr &&
      !(fake().streams.contains(stream) && fake().streams.at(stream) == fake().current()))
    return CUDA_ERROR_INVALID_HANDLE;
  const bool is_grid = x >= 1 && x <= 0x7FFFFFFF && y >= 1 && y <= 65535 && z >= 1 && z <= 65535;
  if (!is_grid || block_x < 1 || block_x > 1024 || block_y != 1 || block_z != 1 ||
      shared_bytes > found->second.shared_bytes)
    return call.refuse(CUDA_ERROR_INVALID_VALUE, "beyond the limits of a launch");
  fake().launches.push_back(
      {fake().functions.at(function), {x, y, z}, block_x, shared_bytes, stream, fake().current()});
  return CUDA_SUCCESS;
}
