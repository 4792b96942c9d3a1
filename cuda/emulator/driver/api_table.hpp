// SPDX-License-Identifier: Apache-2.0
// Every entry point of CUDA 13.0's driver, by name, version and address.
#pragma once

#include <span>
#include <string_view>

namespace assay::emulator {

struct ApiFunction {
  std::string_view base;  // "cuMemAlloc": what cuGetProcAddress is asked for
  int version = 0;        // the first CUDA version with this ABI: 3020
  bool is_per_thread = false;
  std::string_view symbol;  // "cuMemAlloc_v2"
  void (*address)() = nullptr;
};

std::span<const ApiFunction> api_functions();

}  // namespace assay::emulator
