// SPDX-License-Identifier: Apache-2.0
// What a driver function comes to: success, or the CUresult that it returns with the reason that
// goes to the log. ASSAY_TRY and ASSAY_ASSIGN work on it.
#pragma once

#include <string>
#include <utility>

#include "cuda/emulator/driver/cuda_abi.h"
#include "reference/result.hpp"

namespace assay::emulator {

struct Failure {
  CUresult code;
  std::string reason;
};

template <typename T>
using Outcome = tl::expected<T, Failure>;

template <typename... Args>
tl::unexpected<Failure> refuse(CUresult code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected(Failure{code, fmt::format(text, std::forward<Args>(args)...)});
}

// An error of the layers below, as what it means to the caller of this driver function.
inline tl::unexpected<Failure> refuse_with(CUresult code, const Error& error) {
  return refuse(error.code == ErrorCode::internal ? CUDA_ERROR_UNKNOWN : code, "{}", error.message);
}

// Output pointers and the like: a null one is CUDA_ERROR_INVALID_VALUE.
inline Outcome<void> require(const void* pointer, const char* parameter) {
  if (pointer != nullptr) return {};
  return refuse(CUDA_ERROR_INVALID_VALUE, "{} is null", parameter);
}

}  // namespace assay::emulator
