// SPDX-License-Identifier: Apache-2.0
// Modules, libraries, function attributes, occupancy.
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

using ModuleTest = DriverTest;

std::string with_target(std::string_view target) {
  return ".version 9.0\n.target " + std::string(target) + "\n.address_size 64\n.visible .entry k_" +
         std::string(target) + "() { ret; }\n";
}

TEST_F(ModuleTest, FunctionsAndVariablesAreFoundByName) {
  const CUmodule module = load(kTestModule);
  unsigned count = 0;
  EXPECT_EQ(cu.cuModuleGetFunctionCount(&count, module), CUDA_SUCCESS);
  EXPECT_EQ(count, 10u);
  const char* name = nullptr;
  EXPECT_EQ(cu.cuFuncGetName(&name, function(module, "scale")), CUDA_SUCCESS);
  EXPECT_STREQ(name, "scale");
  CUdeviceptr address = 0;
  std::size_t bytes = 0;
  ASSERT_EQ(cu.cuModuleGetGlobal_v2(&address, &bytes, module, "table"), CUDA_SUCCESS);
  EXPECT_EQ(bytes, 16u);
  EXPECT_EQ(download<float>(address, 4), (std::vector<float>{1, 2.5, -4, 8}));
  CUdeviceptr counter = 0;
  ASSERT_EQ(cu.cuModuleGetGlobal_v2(&counter, nullptr, module, "counter"), CUDA_SUCCESS);
  EXPECT_EQ(download<unsigned>(counter, 1)[0], 3u);
  ASSERT_EQ(cu.cuModuleGetGlobal_v2(&address, &bytes, module, "pointer"), CUDA_SUCCESS);
  EXPECT_EQ(download<CUdeviceptr>(address, 1)[0], counter);
}

TEST_F(ModuleTest, MisuseIsRefused) {
  const CUmodule module = load(kTestModule);
  CUfunction found = nullptr;
  CUdeviceptr address = 0;
  EXPECT_EQ(cu.cuModuleGetFunction(&found, module, "none"), CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(cu.cuModuleGetFunction(&found, module, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuModuleGetFunction(nullptr, module, "scale"), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuModuleGetFunction(&found, nullptr, "scale"), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuModuleGetGlobal_v2(&address, nullptr, module, "none"), CUDA_ERROR_NOT_FOUND);
  CUmodule other = nullptr;
  EXPECT_EQ(cu.cuModuleLoadData(&other, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuModuleLoadData(nullptr, kTestModule), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuModuleLoad(&other, "/nowhere/at/all.ptx"), CUDA_ERROR_FILE_NOT_FOUND);
  EXPECT_EQ(cu.cuModuleLoad(&other, nullptr), CUDA_ERROR_INVALID_VALUE);
  const CUfunction scale = function(module, "scale");
  EXPECT_EQ(cu.cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(run(scale, 1, {}), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(ModuleTest, AnErrorInPtxFillsTheLogAndIsSaid) {
  char error[300] = {}, info[50] = {'x'};
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                            CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES};
  void* values[] = {error, reinterpret_cast<void*>(sizeof error), info,
                    reinterpret_cast<void*>(sizeof info)};
  CUmodule module = nullptr;
  testing::internal::CaptureStderr();
  const char* const bad =
      ".version 9.0\n.target sm_110a\n.address_size 64\n.visible .entry k() {\n  nonsense.u32 "
      "%r;\n}";
  EXPECT_EQ(cu.cuModuleLoadDataEx(&module, bad, 4, options, values), CUDA_ERROR_INVALID_PTX);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(std::string(error).find(":5"), std::string::npos) << error;
  EXPECT_NE(said.find(error), std::string::npos) << said;
  EXPECT_EQ(reinterpret_cast<std::size_t>(values[1]), std::strlen(error));
  EXPECT_STREQ(info, "");
  EXPECT_EQ(cu.cuModuleLoadDataEx(&module, bad, 1, nullptr, values), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(ModuleTest, OnlyTargetsOfTheDeviceRun) {
  CUmodule module = nullptr;
  for (const char* target : {"sm_110a", "sm_110f", "sm_110", "sm_100", "sm_90", "sm_75"})
    EXPECT_EQ(cu.cuModuleLoadData(&module, with_target(target).c_str()), CUDA_SUCCESS) << target;
  for (const char* target : {"sm_100a", "sm_100f", "sm_103a", "sm_90a", "sm_120"})
    EXPECT_EQ(cu.cuModuleLoadData(&module, with_target(target).c_str()),
              CUDA_ERROR_NO_BINARY_FOR_GPU)
        << target;
}

TEST_F(ModuleTest, MachineCodeAloneIsRefusedWithAdvice) {
  CUmodule module = nullptr;
  char elf[64] =
      "\x7f"
      "ELF";
  testing::internal::CaptureStderr();
  EXPECT_EQ(cu.cuModuleLoadData(&module, elf), CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("compute_110a"), std::string::npos);
}

TEST_F(ModuleTest, AFileOfPtxLoads) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("assay-module-" + std::to_string(getpid()) + ".ptx");
  std::ofstream(path) << kTestModule;
  CUmodule module = nullptr;
  EXPECT_EQ(cu.cuModuleLoad(&module, path.c_str()), CUDA_SUCCESS);
  EXPECT_NE(function(module, "scale"), nullptr);
  std::filesystem::remove(path);
}

// A container made by hand, in nvcc's wrapper: the PTX of the device is taken.
TEST_F(ModuleTest, AFatBinaryYieldsThePtxOfTheDevice) {
  const auto entry = [](std::uint32_t capability, std::uint64_t flags, std::string text) {
    text.resize((text.size() + 8) / 8 * 8);
    std::string header(64, '\0');
    const auto put = [&](std::size_t at, auto value) {
      std::memcpy(header.data() + at, &value, sizeof value);
    };
    put(0, std::uint16_t{1});
    put(4, std::uint32_t{64});
    put(8, std::uint64_t{text.size()});
    put(28, capability);
    put(40, flags);
    return header + text;
  };
  const std::string entries = entry(100, 0x100011, with_target("sm_100a")) +
                              entry(110, 0x100011, with_target("sm_110a")) +
                              entry(90, 0x11, with_target("sm_90"));
  std::string container(16, '\0');
  const std::uint32_t magic = 0xBA55ED50;
  const std::uint16_t version = 1, header_bytes = 16;
  const std::uint64_t size = entries.size();
  std::memcpy(container.data(), &magic, 4);
  std::memcpy(container.data() + 4, &version, 2);
  std::memcpy(container.data() + 6, &header_bytes, 2);
  std::memcpy(container.data() + 8, &size, 8);
  container += entries;
  struct {
    std::uint32_t magic = 0x466243B1, version = 1;
    const void* data = nullptr;
    const void* name = nullptr;
  } wrapper;
  wrapper.data = container.data();
  CUmodule module = nullptr;
  EXPECT_EQ(cu.cuModuleLoadData(&module, container.data()), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuModuleLoadFatBinary(&module, &wrapper), CUDA_SUCCESS);
  EXPECT_NE(function(module, "k_sm_110a"), nullptr);
}

TEST_F(ModuleTest, ALibrarysKernelRunsAsAFunction) {
  CUlibrary library = nullptr;
  ASSERT_EQ(cu.cuLibraryLoadData(&library, kTestModule, nullptr, nullptr, 0, nullptr, nullptr, 0),
            CUDA_SUCCESS);
  unsigned count = 0;
  EXPECT_EQ(cu.cuLibraryGetKernelCount(&count, library), CUDA_SUCCESS);
  EXPECT_EQ(count, 10u);
  CUkernel kernel = nullptr;
  EXPECT_EQ(cu.cuLibraryGetKernel(&kernel, library, "none"), CUDA_ERROR_NOT_FOUND);
  ASSERT_EQ(cu.cuLibraryGetKernel(&kernel, library, "bump"), CUDA_SUCCESS);
  unsigned by = 4;
  CUfunction bump = nullptr;
  ASSERT_EQ(cu.cuKernelGetFunction(&bump, kernel), CUDA_SUCCESS);
  EXPECT_EQ(run(bump, 1, {&by}), CUDA_SUCCESS);
  EXPECT_EQ(run(reinterpret_cast<CUfunction>(kernel), 1, {&by}), CUDA_SUCCESS);
  CUdeviceptr counter = 0;
  ASSERT_EQ(cu.cuLibraryGetGlobal(&counter, nullptr, library, "counter"), CUDA_SUCCESS);
  EXPECT_EQ(download<unsigned>(counter, 1)[0], 3u + 4 + 4);
  // Another context has variables of its own.
  CUcontext second = nullptr;
  ASSERT_EQ(cu.cuCtxCreate_v2(&second, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(run(bump, 1, {&by}), CUDA_ERROR_INVALID_CONTEXT);
  CUdeviceptr other = 0;
  ASSERT_EQ(cu.cuLibraryGetGlobal(&other, nullptr, library, "counter"), CUDA_SUCCESS);
  EXPECT_NE(other, counter);
  EXPECT_EQ(download<unsigned>(other, 1)[0], 3u);
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuLibraryUnload(library), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuLibraryUnload(library), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuKernelGetFunction(&bump, kernel), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(ModuleTest, AttributesTellWhatTheKernelNeeds) {
  const CUmodule module = load(kTestModule);
  const auto value = [&](const char* name, CUfunction_attribute attribute) {
    int result = -7;
    EXPECT_EQ(cu.cuFuncGetAttribute(&result, attribute, function(module, name)), CUDA_SUCCESS);
    return result;
  };
  EXPECT_EQ(value("static_shared", CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES), 40000);
  EXPECT_EQ(value("scale", CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES), 0);
  EXPECT_EQ(value("bounded", CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK), 64);
  EXPECT_EQ(value("scale", CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK), 1024);
  EXPECT_EQ(value("scale", CU_FUNC_ATTRIBUTE_PTX_VERSION), 90);
  EXPECT_EQ(value("scale", CU_FUNC_ATTRIBUTE_BINARY_VERSION), 110);
  const int registers = value("scale", CU_FUNC_ATTRIBUTE_NUM_REGS);
  EXPECT_GE(registers, 16);
  EXPECT_LE(registers, 32);
  int ignored = 0;
  EXPECT_EQ(cu.cuFuncGetAttribute(&ignored, static_cast<CUfunction_attribute>(77),
                                  function(module, "scale")),
            CUDA_ERROR_INVALID_VALUE);
}

TEST_F(ModuleTest, ParametersHaveTheOffsetsOfTheirTypes) {
  const CUfunction take_all = function(load(kTestModule), "take_all");
  const std::size_t expected[][2] = {{0, 8}, {8, 1}, {10, 2}, {16, 16}, {32, 8}};
  std::size_t offset = 0, size = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    ASSERT_EQ(cu.cuFuncGetParamInfo(take_all, i, &offset, &size), CUDA_SUCCESS);
    EXPECT_EQ(offset, expected[i][0]) << i;
    EXPECT_EQ(size, expected[i][1]) << i;
  }
  EXPECT_EQ(cu.cuFuncGetParamInfo(take_all, 5, &offset, &size), CUDA_ERROR_INVALID_VALUE);
}

// 24 blocks by the block limit, 40000 bytes: 5 of 41216 in 228 KB.
TEST_F(ModuleTest, OccupancyCountsBlocksSharedMemoryAndThreads) {
  const CUmodule module = load(kTestModule);
  int blocks = 0, grid = 0, threads = 0;
  const auto resident = [&](const char* name, int size, std::size_t shared = 0) {
    EXPECT_EQ(cu.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function(module, name), size,
                                                             shared),
              CUDA_SUCCESS);
    return blocks;
  };
  EXPECT_EQ(resident("scale", 32), 24);
  EXPECT_EQ(resident("scale", 1024), 1);
  EXPECT_EQ(resident("scale", 512), 3);
  EXPECT_EQ(resident("static_shared", 32), 5);
  EXPECT_EQ(resident("bounded", 65), 0);
  EXPECT_EQ(resident("scale", 32, 49153), 0);
  EXPECT_EQ(cu.cuOccupancyMaxPotentialBlockSize(&grid, &threads, function(module, "scale"), nullptr,
                                                0, 0),
            CUDA_SUCCESS);
  EXPECT_EQ(threads, 768);  // 2 x 768 = 1536 threads; 1024 would leave a third idle
  EXPECT_EQ(grid, 2 * 20);
}

}  // namespace
}  // namespace assay::emulator
