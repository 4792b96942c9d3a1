// SPDX-License-Identifier: Apache-2.0
// cuModule*. Source: CUDA Driver API, "Module management".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/jit_options.hpp"

namespace assay::emulator {
namespace {

Outcome<std::shared_ptr<LoadedModule>> find_module(Driver& driver, CUmodule handle) {
  std::shared_ptr<LoadedModule> module = driver.modules.find(handle);
  if (module != nullptr) return module;
  return refuse(CUDA_ERROR_INVALID_HANDLE, "{} is not a module", fmt::ptr(handle));
}

std::string next_name(Driver& driver) {
  return fmt::format("module #{}", driver.next_id());
}

// What goes wrong with PTX is always said: the code alone does not help.
Outcome<void> load(Driver& driver, const std::shared_ptr<Context>& context, CUmodule* out,
                   Outcome<ModuleImage> image, JitLog& log) {
  ASSAY_TRY(require(out, "module"));
  auto module = [&]() -> Outcome<std::shared_ptr<LoadedModule>> {
    ASSAY_ASSIGN(const ModuleImage found, std::move(image));
    return load_module(driver, context, found);
  }();
  if (!module) {
    log.write("", module.error().reason);
    fmt::print(stderr, "assay emulator: {}\n", module.error().reason);
    return tl::unexpected(std::move(module).error());
  }
  log.write("executed by the Assay emulator: nothing was compiled", "");
  *out = (*module)->handle;
  return {};
}

Outcome<void> get_function(Driver& driver, CUfunction* out, CUmodule handle, const char* name) {
  ASSAY_TRY(require(out, "hfunc"));
  ASSAY_TRY(require(name, "name"));
  ASSAY_ASSIGN(const std::shared_ptr<LoadedModule> module, find_module(driver, handle));
  for (const CUfunction candidate : module->functions) {
    if (driver.functions.find(candidate)->function->name != name) continue;
    *out = candidate;
    return {};
  }
  return refuse(CUDA_ERROR_NOT_FOUND, "{} has no kernel {}", module->program->module.name, name);
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuModuleLoad(CUmodule* module, const char* fname) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    JitLog log;
    return load(driver, context, module, read_image_file(driver, fname), log);
  });
}

ASSAY_CUDA_API CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned numOptions,
                                           CUjit_option* options, void** optionValues) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(JitLog log, JitLog::read(numOptions, options, optionValues));
    return load(driver, context, module, read_image(driver, image, next_name(driver)), log);
  });
}

ASSAY_CUDA_API CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    JitLog log;
    return load(driver, context, module, read_image(driver, image, next_name(driver)), log);
  });
}

ASSAY_CUDA_API CUresult cuModuleLoadFatBinary(CUmodule* module, const void* fatCubin) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    JitLog log;
    return load(driver, context, module, read_image(driver, fatCubin, next_name(driver)), log);
  });
}

ASSAY_CUDA_API CUresult cuModuleUnload(CUmodule hmod) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<LoadedModule> module, find_module(driver, hmod));
    unload_module(driver, module);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuModuleGetFunction(CUfunction* hfunc, CUmodule hmod, const char* name) {
  return in_context(__func__, [&](Driver& driver, const auto&) {
    return get_function(driver, hfunc, hmod, name);
  });
}

ASSAY_CUDA_API CUresult cuModuleGetFunctionCount(unsigned* count, CUmodule mod) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_TRY(require(count, "count"));
    ASSAY_ASSIGN(const std::shared_ptr<LoadedModule> module, find_module(driver, mod));
    *count = static_cast<unsigned>(module->functions.size());
    return {};
  });
}

ASSAY_CUDA_API CUresult cuModuleEnumerateFunctions(CUfunction* functions, unsigned numFunctions,
                                                   CUmodule mod) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_TRY(require(functions, "functions"));
    ASSAY_ASSIGN(const std::shared_ptr<LoadedModule> module, find_module(driver, mod));
    const std::size_t count = std::min<std::size_t>(numFunctions, module->functions.size());
    std::copy_n(module->functions.begin(), count, functions);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuModuleGetGlobal_v2(CUdeviceptr* dptr, std::size_t* bytes, CUmodule hmod,
                                             const char* name) {
  return in_context(__func__, [&](Driver& driver, const auto&) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<LoadedModule> module, find_module(driver, hmod));
    return find_variable(*module, name, dptr, bytes);
  });
}

ASSAY_CUDA_API CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode* mode) {
  return anywhere(__func__, [&]() -> Outcome<void> {
    ASSAY_TRY(require(mode, "mode"));
    *mode = CU_MODULE_EAGER_LOADING;
    return {};
  });
}
