// SPDX-License-Identifier: Apache-2.0
// Initialization, device queries, error texts, entry points, exported symbols.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <elf.h>

#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

using DeviceTest = DriverTest;

TEST_F(DeviceTest, ThereIsOneDeviceWithTheChosenCapability) {
  int count = 0, major = 0, minor = 0;
  CUdevice device = -1;
  EXPECT_EQ(cu.cuDeviceGetCount(&count), CUDA_SUCCESS);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(cu.cuDeviceGet(&device, 0), CUDA_SUCCESS);
  EXPECT_EQ(device, 0);
  EXPECT_EQ(cu.cuDeviceComputeCapability(&major, &minor, 0), CUDA_SUCCESS);
  EXPECT_EQ(major, 11);
  EXPECT_EQ(minor, 0);
  std::size_t bytes = 0;
  EXPECT_EQ(cu.cuDeviceTotalMem_v2(&bytes, 0), CUDA_SUCCESS);
  EXPECT_GE(bytes, std::size_t{1} << 30);
}

TEST_F(DeviceTest, MisuseOfDeviceQueriesIsRefused) {
  int number = 0;
  CUdevice device = 0;
  char text[8];
  EXPECT_EQ(cu.cuInit(1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuDeviceGetCount(nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuDeviceGet(&device, 1), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(cu.cuDeviceGet(&device, -1), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(cu.cuDeviceGetAttribute(&number, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 7),
            CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(cu.cuDeviceGetAttribute(&number, static_cast<CUdevice_attribute>(9999), 0),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuDeviceGetAttribute(nullptr, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 0),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuDeviceGetName(text, 0, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuDeviceGetName(nullptr, 8, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuDeviceGetByPCIBusId(&device, "0000:01:00.0"), CUDA_ERROR_INVALID_DEVICE);
}

TEST_F(DeviceTest, TextsAreCutToTheBufferAndEndInZero) {
  char text[6] = {'Z', 'Z', 'Z', 'Z', 'Z', 'Z'};
  EXPECT_EQ(cu.cuDeviceGetName(text, 5, 0), CUDA_SUCCESS);
  EXPECT_STREQ(text, "Assa");
  EXPECT_EQ(text[5], 'Z');
}

TEST_F(DeviceTest, PropertiesAgreeWithAttributes) {
  CUdevprop properties{};
  ASSERT_EQ(cu.cuDeviceGetProperties(&properties, 0), CUDA_SUCCESS);
  EXPECT_EQ(properties.maxThreadsPerBlock, 1024);
  EXPECT_EQ(properties.maxThreadsDim[2], 64);
  EXPECT_EQ(properties.maxGridSize[0], 2147483647);
  EXPECT_EQ(properties.maxGridSize[2], 65535);
  EXPECT_EQ(properties.SIMDWidth, 32);
  EXPECT_EQ(properties.regsPerBlock, 65536);
}

TEST_F(DeviceTest, ErrorsHaveNamesAndTexts) {
  const char* text = nullptr;
  EXPECT_EQ(cu.cuGetErrorName(CUDA_ERROR_OUT_OF_MEMORY, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "CUDA_ERROR_OUT_OF_MEMORY");
  EXPECT_EQ(cu.cuGetErrorString(CUDA_ERROR_OUT_OF_MEMORY, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "out of memory");
  EXPECT_EQ(cu.cuGetErrorString(CUDA_SUCCESS, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "no error");
  EXPECT_EQ(cu.cuGetErrorName(static_cast<CUresult>(12345), &text), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(cu.cuGetErrorName(CUDA_SUCCESS, nullptr), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(DeviceTest, EntryPointsAreChosenByVersionAndStreamForm) {
  const auto lookup = [&](const char* name, int version, cuuint64_t flags = 0) {
    void* address = nullptr;
    EXPECT_EQ(cu.cuGetProcAddress_v2(name, &address, version, flags, nullptr), CUDA_SUCCESS);
    return address;
  };
  const auto own = [](const char* name) { return dlsym(library(), name); };
  EXPECT_EQ(lookup("cuInit", 13000), own("cuInit"));
  EXPECT_EQ(lookup("cuMemAlloc", 13000), own("cuMemAlloc_v2"));
  EXPECT_EQ(lookup("cuMemAlloc", 3010), own("cuMemAlloc"));
  EXPECT_EQ(lookup("cuCtxCreate", 11000), own("cuCtxCreate_v2"));
  EXPECT_EQ(lookup("cuCtxCreate", 12040), own("cuCtxCreate_v3"));
  EXPECT_EQ(lookup("cuCtxCreate", 12050), own("cuCtxCreate_v4"));
  EXPECT_EQ(lookup("cuMemcpyHtoD", 12000), own("cuMemcpyHtoD_v2"));
  EXPECT_EQ(lookup("cuMemcpyHtoD", 12000, 1), own("cuMemcpyHtoD_v2"));
  EXPECT_EQ(lookup("cuMemcpyHtoD", 12000, 2), own("cuMemcpyHtoD_v2_ptds"));
  EXPECT_EQ(lookup("cuLaunchKernel", 12000, 2), own("cuLaunchKernel_ptsz"));
  EXPECT_EQ(lookup("cuMemAlloc", 12000, 2), own("cuMemAlloc_v2"));
}

TEST_F(DeviceTest, MissingEntryPointsSayWhy) {
  void* address = this;
  auto status = CU_GET_PROC_ADDRESS_SUCCESS;
  EXPECT_EQ(cu.cuGetProcAddress_v2("cuNothing", &address, 13000, 0, &status), CUDA_SUCCESS);
  EXPECT_EQ(address, nullptr);
  EXPECT_EQ(status, CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
  EXPECT_EQ(cu.cuGetProcAddress_v2("cuGraphLaunch", &address, 9000, 0, &status), CUDA_SUCCESS);
  EXPECT_EQ(address, nullptr);
  EXPECT_EQ(status, CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT);
  EXPECT_EQ(cu.cuGetProcAddress_v2("cuInit", &address, 13010, 0, &status),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuGetProcAddress_v2("cuInit", nullptr, 13000, 0, &status), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuGetProcAddress("cuNothing", &address, 11030, 0), CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(cu.cuGetProcAddress("cuInit", &address, 11030, 0), CUDA_SUCCESS);
}

TEST_F(DeviceTest, WhatIsNotImplementedSaysItsNameOnce) {
  const auto missing = symbol<CUresult(void*)>("cuTexRefCreate");
  testing::internal::CaptureStderr();
  EXPECT_EQ(missing(nullptr), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(missing(nullptr), CUDA_ERROR_NOT_SUPPORTED);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("cuTexRefCreate: CUDA_ERROR_NOT_SUPPORTED"), std::string::npos) << said;
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  const void* table = this;
  const CUuuid id{};
  testing::internal::CaptureStderr();
  EXPECT_EQ(cu.cuGetExportTable(&table, &id), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("unpublished"), std::string::npos);
  EXPECT_EQ(table, nullptr);
}

#ifdef ASSAY_CUDA_H
// Every name that a program compiled with NVIDIA's header can link to.
TEST(Symbols, EveryFunctionOfCudaHIsExported) {
  std::ifstream file(ASSAY_CUDA_H);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> names;
  const auto collect = [&](const char* pattern, const char* suffix) {
    const std::regex regex(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at)
      names.insert((*at)[1].str() + suffix);
  };
  collect(R"(CUresult CUDAAPI (cu\w+)\s*\()", "");
  collect(R"(#\s*define cu\w+\s+(cu\w+))", "");
  collect(R"(__CUDA_API_PTDS\((cu\w+)\))", "_ptds");
  collect(R"(__CUDA_API_PTSZ\((cu\w+)\))", "_ptsz");
  names.erase("cuGetProcAddress_v2_ptsz");  // an inline function of the header
  EXPECT_GT(names.size(), 600u);
  for (const std::string& name : names)
    EXPECT_NE(dlsym(library(), name.c_str()), nullptr) << name;
}
#endif

// The names that the file defines for others, from its dynamic symbol table.
std::set<std::string> defined_symbols(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  const auto at = [&]<typename T>(T* out, std::size_t offset) {
    std::memcpy(out, file.data() + offset, sizeof(T));
  };
  Elf64_Ehdr header;
  at(&header, 0);
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  for (std::size_t i = 0; i < sections.size(); ++i)
    at(&sections[i], header.e_shoff + i * sizeof(Elf64_Shdr));
  std::set<std::string> names;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    for (std::size_t offset = 0; offset < section.sh_size; offset += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      at(&symbol, section.sh_offset + offset);
      if (symbol.st_shndx != SHN_UNDEF)
        names.insert(file.c_str() + sections[section.sh_link].sh_offset + symbol.st_name);
    }
  }
  return names;
}

TEST(Symbols, NothingButTheDriverApiIsExported) {
  const std::set<std::string> names = defined_symbols(ASSAY_CUDA_EMULATOR);
  EXPECT_EQ(names.size(), 637u);
  for (const std::string& name : names)
    EXPECT_TRUE(name.starts_with("cu")) << name;
}

}  // namespace
}  // namespace assay::emulator
