// SPDX-License-Identifier: Apache-2.0
// What a driver's result means. Oracle: NVIDIA's own description of each error in cuda.h.
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "cuda/backend/driver.hpp"

namespace assay::cuda {
namespace {

CUresult CUDAAPI no_text(CUresult, const char** text) {
  *text = nullptr;
  return CUDA_ERROR_INVALID_VALUE;
}

CudaError meaning_of(CUresult result, const char* call = "cuMemAlloc") {
  Driver driver;
  driver.cuGetErrorName_fn = no_text;
  driver.cuGetErrorString_fn = no_text;
  return error_of(driver, result, call, "context");
}

// The number of each CUDA_ERROR_* and the comment above it, on one line.
std::map<int, std::string> descriptions() {
  std::ifstream file(ASSAY_CUDA_H);
  std::map<int, std::string> found;
  std::string line, comment;
  const std::regex entry(R"(\s*CUDA_ERROR_\w+\s*=\s*(\d+),?.*)");
  std::smatch match;
  while (std::getline(file, line)) {
    if (line.find("/**") != std::string::npos) comment.clear();
    const auto text = line.find("* ");
    if (text != std::string::npos) comment += line.substr(text + 2) + ' ';
    if (std::regex_match(line, match, entry))
      found[std::stoi(match[1])] = std::exchange(comment, "");
  }
  return found;
}

TEST(ErrorOf, WhatLeavesTheProcessInAnInconsistentStateIsALostContext) {
  int lost = 0;
  for (const auto& [number, comment] : descriptions()) {
    if (comment.find("inconsistent state") == std::string::npos) continue;
    EXPECT_EQ(meaning_of(static_cast<CUresult>(number)).code, CudaErrorCode::context_lost)
        << comment;
    ++lost;
  }
  EXPECT_GE(lost, 11);  // 226, 700, 702, 714 to 719, 721, 911
}

// Errors that cuda.h says to be of a device, a driver or memory, by the words of its description.
TEST(ErrorOf, OtherErrorsHaveTheCodeOfTheirDescription) {
  struct Words {
    const char* text;
    CudaErrorCode code;
  };
  const Words words[] = {
      {"no kernel image available", CudaErrorCode::unsupported_device},
      {"PTX was compiled with an unsupported toolchain", CudaErrorCode::driver_unavailable},
      {"device kernel image is invalid", CudaErrorCode::driver_unavailable},
      {"PTX JIT compiler library was not found", CudaErrorCode::driver_unavailable},
      {"PTX JIT compilation was disabled", CudaErrorCode::driver_unavailable},
      {"stub library", CudaErrorCode::driver_unavailable},
      {"mismatch between the versions of the display driver", CudaErrorCode::driver_unavailable},
      {"unable to allocate enough memory", CudaErrorCode::out_of_memory},
      {"launch did not occur because it did not have appropriate resources",
       CudaErrorCode::launch_failed},
      {"context current to the calling thread has been destroyed", CudaErrorCode::context_lost},
  };
  const auto all = descriptions();
  for (const auto& [text, code] : words) {
    int found = 0;
    for (const auto& [number, comment] : all) {
      if (comment.find(text) == std::string::npos) continue;
      EXPECT_EQ(meaning_of(static_cast<CUresult>(number)).code, code) << comment;
      ++found;
    }
    EXPECT_EQ(found, 1) << text;
  }
}

TEST(ErrorOf, TheCallDecidesWhereTheCallerGaveTheHandle) {
  const auto code = [](CUresult result, const char* call) { return meaning_of(result, call).code; };
  EXPECT_EQ(code(CUDA_ERROR_INVALID_CONTEXT, "cuLaunchKernel"), CudaErrorCode::invalid_argument);
  EXPECT_EQ(code(CUDA_ERROR_INVALID_CONTEXT, "cuCtxPushCurrent"), CudaErrorCode::context_lost);
  EXPECT_EQ(code(CUDA_ERROR_INVALID_HANDLE, "cuLaunchKernel"), CudaErrorCode::invalid_argument);
  EXPECT_EQ(code(CUDA_ERROR_INVALID_HANDLE, "cuModuleUnload"), CudaErrorCode::driver_error);
  EXPECT_EQ(code(CUDA_ERROR_INVALID_VALUE, "cuDeviceGet"), CudaErrorCode::invalid_argument);
  EXPECT_EQ(code(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel"), CudaErrorCode::driver_error);
}

TEST(ErrorOf, AnyOtherNumberIsADriverError) {
  for (const int number : {1, 5, 999, 1000})
    EXPECT_EQ(meaning_of(static_cast<CUresult>(number)).code, CudaErrorCode::driver_error);
  EXPECT_EQ(meaning_of(static_cast<CUresult>(1000)).message,
            "context: cuMemAlloc: 1000 (no description)");
}

TEST(ErrorOf, ADriverWithoutAPtxCompilerSaysWhatToInstall) {
  EXPECT_NE(meaning_of(CUDA_ERROR_JIT_COMPILER_NOT_FOUND).message.find("libnvidia-ptxjitcompiler"),
            std::string::npos);
}

}  // namespace
}  // namespace assay::cuda
