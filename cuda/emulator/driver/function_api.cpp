// SPDX-License-Identifier: Apache-2.0
// cuFunc*, and the cuKernel* that mean the same of a library's kernel. Source: CUDA Driver API,
// "Execution control", "Library management".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/occupancy.hpp"

namespace assay::emulator {
namespace {

CUfunction as_function(CUkernel kernel) {
  return reinterpret_cast<CUfunction>(kernel);
}

// PTX ISA "9.0" -> 90, as CU_FUNC_ATTRIBUTE_PTX_VERSION has it.
int version_number(std::string_view version) {
  int number = 0;
  for (const char c : version)
    if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
  return number;
}

// The largest block: what the kernel allows and its registers leave room for.
int max_threads(const LoadedFunction& loaded) {
  return largest_block(loaded.registers, static_cast<int>(loaded.function->max_threads));
}

Outcome<int> attribute(const Driver& driver, const LoadedFunction& loaded,
                       CUfunction_attribute which) {
  const Function& function = *loaded.function;
  switch (which) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      return max_threads(loaded);
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
      return static_cast<int>(function.shared_bytes);
    case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
      return 0;
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
      return static_cast<int>(function.local_bytes);
    case CU_FUNC_ATTRIBUTE_NUM_REGS:
      return loaded.registers;
    case CU_FUNC_ATTRIBUTE_PTX_VERSION:
      return version_number(loaded.module->program->module.version);
    case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
      return driver.model.major * 10 + driver.model.minor;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      return loaded.max_dynamic_shared_bytes;
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      return loaded.shared_carveout;
    case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA:
    case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
    case CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
      return 0;
    case CU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET:
      return function.cluster[0] != 0 ? 1 : 0;
    case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH:
    case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT:
    case CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH:
      return static_cast<int>(function.cluster[which - CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH]);
    default:
      return refuse(CUDA_ERROR_INVALID_VALUE, "function attribute {}",
                    static_cast<unsigned>(which));
  }
}

Outcome<void> set_attribute(LoadedFunction& loaded, CUfunction_attribute which, int value) {
  switch (which) {
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: {
      const int most = kSharedPerBlockOptIn - static_cast<int>(loaded.function->shared_bytes);
      if (value < 0 || value > most)
        return refuse(CUDA_ERROR_INVALID_VALUE,
                      "{} bytes of dynamic shared memory for {}: at most {} are left", value,
                      loaded.function->name, most);
      loaded.max_dynamic_shared_bytes = value;
      return {};
    }
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      if (value < -1 || value > 100)
        return refuse(CUDA_ERROR_INVALID_VALUE, "a carveout of {} percent", value);
      loaded.shared_carveout = value;
      return {};
    case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
    case CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE:
      return {};  // clusters have one block
    default:
      return refuse(CUDA_ERROR_INVALID_VALUE, "function attribute {} cannot be set",
                    static_cast<unsigned>(which));
  }
}

Outcome<void> param_info(const LoadedFunction& loaded, std::size_t index, std::size_t* offset,
                         std::size_t* size) {
  ASSAY_TRY(require(offset, "paramOffset"));
  const std::vector<Param>& params = loaded.function->params;
  if (index >= params.size())
    return refuse(CUDA_ERROR_INVALID_VALUE, "{} has {} parameters", loaded.function->name,
                  params.size());
  *offset = params[index].offset;
  if (size != nullptr) *size = params[index].bytes;
  return {};
}

}  // namespace

Outcome<std::shared_ptr<LoadedFunction>> find_function(Driver& driver,
                                                       const std::shared_ptr<Context>& context,
                                                       CUfunction handle) {
  if (auto function = driver.functions.find(handle)) {
    if (function->module->context.lock() == context) return function;
    return refuse(CUDA_ERROR_INVALID_CONTEXT, "the kernel was loaded into another context");
  }
  const auto kernel = driver.kernels.find(reinterpret_cast<CUkernel>(handle));
  const auto library = kernel == nullptr ? nullptr : kernel->library.lock();
  if (library == nullptr)
    return refuse(CUDA_ERROR_INVALID_HANDLE, "{} is not a kernel", fmt::ptr(handle));
  ASSAY_ASSIGN(const auto module, library_module(driver, context, *library));
  for (const CUfunction candidate : module->functions) {
    auto function = driver.functions.find(candidate);
    if (function->function->name == kernel->name) return function;
  }
  return refuse(CUDA_ERROR_NOT_FOUND, "{} has no kernel {}", library->name, kernel->name);
}

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuFuncGetAttribute(int* pi, CUfunction_attribute attrib, CUfunction hfunc) {
  return with_function(__func__, hfunc, [&](Driver& driver, LoadedFunction& f) -> Outcome<void> {
    ASSAY_TRY(require(pi, "pi"));
    ASSAY_ASSIGN(*pi, attribute(driver, f, attrib));
    return {};
  });
}

ASSAY_CUDA_API CUresult cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib,
                                           int value) {
  return with_function(__func__, hfunc,
                       [&](Driver&, LoadedFunction& f) { return set_attribute(f, attrib, value); });
}

ASSAY_CUDA_API CUresult cuFuncSetCacheConfig(CUfunction hfunc, CUfunc_cache config) {
  return with_function(__func__, hfunc, [&](Driver&, LoadedFunction&) -> Outcome<void> {
    if (config <= CU_FUNC_CACHE_PREFER_EQUAL) return {};
    return refuse(CUDA_ERROR_INVALID_VALUE, "cache preference {}", static_cast<unsigned>(config));
  });
}

ASSAY_CUDA_API CUresult cuFuncSetSharedMemConfig(CUfunction hfunc, CUsharedconfig) {
  return with_function(__func__, hfunc, [](Driver&, LoadedFunction&) { return Outcome<void>{}; });
}

ASSAY_CUDA_API CUresult cuFuncGetModule(CUmodule* hmod, CUfunction hfunc) {
  return with_function(__func__, hfunc, [&](Driver&, LoadedFunction& f) -> Outcome<void> {
    ASSAY_TRY(require(hmod, "hmod"));
    *hmod = f.module->handle;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuFuncGetName(const char** name, CUfunction hfunc) {
  return with_function(__func__, hfunc, [&](Driver&, LoadedFunction& f) -> Outcome<void> {
    ASSAY_TRY(require(name, "name"));
    *name = f.function->name.c_str();
    return {};
  });
}

ASSAY_CUDA_API CUresult cuFuncGetParamInfo(CUfunction func, std::size_t paramIndex,
                                           std::size_t* paramOffset, std::size_t* paramSize) {
  return with_function(__func__, func, [&](Driver&, LoadedFunction& f) {
    return param_info(f, paramIndex, paramOffset, paramSize);
  });
}

ASSAY_CUDA_API CUresult cuKernelGetFunction(CUfunction* pFunc, CUkernel kernel) {
  return with_function(__func__, as_function(kernel),
                       [&](Driver& d, LoadedFunction& f) -> Outcome<void> {
                         ASSAY_TRY(require(pFunc, "pFunc"));
                         for (const CUfunction candidate : f.module->functions)
                           if (d.functions.find(candidate).get() == &f) *pFunc = candidate;
                         return {};
                       });
}

ASSAY_CUDA_API CUresult cuKernelGetParamInfo(CUkernel kernel, std::size_t paramIndex,
                                             std::size_t* paramOffset, std::size_t* paramSize) {
  return with_function(__func__, as_function(kernel), [&](Driver&, LoadedFunction& f) {
    return param_info(f, paramIndex, paramOffset, paramSize);
  });
}

ASSAY_CUDA_API CUresult cuKernelGetAttribute(int* pi, CUfunction_attribute attrib, CUkernel kernel,
                                             CUdevice dev) {
  return with_function(__func__, as_function(kernel),
                       [&](Driver& driver, LoadedFunction& f) -> Outcome<void> {
                         ASSAY_TRY(check_device(dev));
                         ASSAY_TRY(require(pi, "pi"));
                         ASSAY_ASSIGN(*pi, attribute(driver, f, attrib));
                         return {};
                       });
}

ASSAY_CUDA_API CUresult cuKernelSetAttribute(CUfunction_attribute attrib, int val, CUkernel kernel,
                                             CUdevice dev) {
  return with_function(__func__, as_function(kernel),
                       [&](Driver&, LoadedFunction& f) -> Outcome<void> {
                         ASSAY_TRY(check_device(dev));
                         return set_attribute(f, attrib, val);
                       });
}

// Everything is loaded from the start.
ASSAY_CUDA_API CUresult cuFuncIsLoaded(CUfunctionLoadingState* state, CUfunction function) {
  return with_function(__func__, function, [&](Driver&, LoadedFunction&) -> Outcome<void> {
    ASSAY_TRY(require(state, "state"));
    *state = CU_FUNCTION_LOADING_STATE_LOADED;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuFuncLoad(CUfunction function) {
  return with_function(__func__, function,
                       [](Driver&, LoadedFunction&) { return Outcome<void>{}; });
}
