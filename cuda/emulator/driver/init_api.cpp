// SPDX-License-Identifier: Apache-2.0
// Initialization, version, error texts, and where entry points are. Source: CUDA Driver API,
// "Initialization", "Version management", "Error handling", "Driver entry point access".
#include <cstring>
#include <span>

#include "cuda/emulator/driver/api_table.hpp"
#include "cuda/emulator/driver/entry.hpp"

namespace assay::emulator {
namespace {

constexpr int kDriverVersion = 13000;

const char* result_text(CUresult code) {
  switch (code) {
#define ASSAY_CUDA_RESULT(name, value, text) \
  case name:                                 \
    return text;
#include "cuda/emulator/driver/cuda_results.inc"
#undef ASSAY_CUDA_RESULT
    default:
      return nullptr;
  }
}

Outcome<void> unknown_result(CUresult code) {
  return refuse(CUDA_ERROR_INVALID_VALUE, "{} is not a CUresult", static_cast<unsigned>(code));
}

// The newest form of the function that is not newer than `version`; the thread's own stream 0 where
// asked for and there is such a form.
const ApiFunction* choose(std::string_view base, int version, bool per_thread, bool& exists) {
  const ApiFunction* best = nullptr;
  for (const ApiFunction& function : api_functions()) {
    if (function.base != base || (function.is_per_thread && !per_thread)) continue;
    exists = true;
    if (function.version > version) continue;
    const auto rank = [](const ApiFunction& f) { return std::pair(f.version, f.is_per_thread); };
    if (best == nullptr || rank(function) > rank(*best)) best = &function;
  }
  return best;
}

Outcome<void> get_address(const char* symbol, void** pfn, int version, cuuint64_t flags,
                          CUdriverProcAddressQueryResult* status) {
  ASSAY_TRY(require(symbol, "symbol"));
  ASSAY_TRY(require(pfn, "pfn"));
  if (version > kDriverVersion || flags > 2)
    return refuse(CUDA_ERROR_INVALID_VALUE, "version {}, flags {}: the driver's version is {}",
                  version, flags, kDriverVersion);
  bool exists = false;
  const bool per_thread = flags == CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM;
  const ApiFunction* const found = choose(symbol, version, per_thread, exists);
  *pfn = found == nullptr ? nullptr : reinterpret_cast<void*>(found->address);
  if (status != nullptr)
    *status = found != nullptr ? CU_GET_PROC_ADDRESS_SUCCESS
              : exists         ? CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT
                               : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
  return {};
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuInit(unsigned Flags) {
  return anywhere(__func__, [&]() -> Outcome<void> {
    if (Flags != 0) return refuse(CUDA_ERROR_INVALID_VALUE, "flags must be 0");
    const Outcome<void> outcome = initialize_driver();
    if (!outcome)  // always said: the user set a variable that has no effect
      fmt::print(stderr, "assay emulator: cuInit: {}\n", outcome.error().reason);
    return outcome;
  });
}

ASSAY_CUDA_API CUresult cuDriverGetVersion(int* driverVersion) {
  return anywhere(__func__, [&]() -> Outcome<void> {
    ASSAY_TRY(require(driverVersion, "driverVersion"));
    *driverVersion = kDriverVersion;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuGetErrorName(CUresult error, const char** pStr) {
  return anywhere(__func__, [&]() -> Outcome<void> {
    ASSAY_TRY(require(pStr, "pStr"));
    *pStr = result_text(error) == nullptr ? nullptr : result_name(error).data();
    return *pStr == nullptr ? unknown_result(error) : Outcome<void>{};
  });
}

ASSAY_CUDA_API CUresult cuGetErrorString(CUresult error, const char** pStr) {
  return anywhere(__func__, [&]() -> Outcome<void> {
    ASSAY_TRY(require(pStr, "pStr"));
    *pStr = result_text(error);
    return *pStr == nullptr ? unknown_result(error) : Outcome<void>{};
  });
}

ASSAY_CUDA_API CUresult cuGetProcAddress_v2(const char* symbol, void** pfn, int cudaVersion,
                                            cuuint64_t flags,
                                            CUdriverProcAddressQueryResult* symbolStatus) {
  return anywhere(__func__,
                  [&] { return get_address(symbol, pfn, cudaVersion, flags, symbolStatus); });
}

// The form of CUDA 11.3, which has no status: what is missing is an error.
ASSAY_CUDA_API CUresult cuGetProcAddress(const char* symbol, void** pfn, int cudaVersion,
                                         cuuint64_t flags) {
  return anywhere(__func__, [&]() -> Outcome<void> {
    ASSAY_TRY(get_address(symbol, pfn, cudaVersion, flags, nullptr));
    if (*pfn != nullptr) return {};
    return refuse(CUDA_ERROR_NOT_FOUND, "{} of version {}", symbol, cudaVersion);
  });
}

// Tables of unpublished functions, by which NVIDIA's own libraries (the runtime among them) reach
// into the driver.
ASSAY_CUDA_API CUresult cuGetExportTable(const void** ppExportTable, const CUuuid* pExportTableId) {
  return anywhere(__func__, [&]() -> Outcome<void> {
    ASSAY_TRY(require(ppExportTable, "ppExportTable"));
    ASSAY_TRY(require(pExportTableId, "pExportTableId"));
    *ppExportTable = nullptr;
    std::string id;
    for (const char byte : pExportTableId->bytes)
      id += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return refuse(CUDA_ERROR_NOT_SUPPORTED,
                  "unpublished function table {}: programs must use the driver API alone", id);
  });
}
