// SPDX-License-Identifier: Apache-2.0
// cuLibrary* and what CUkernels are asked for. A library's module is loaded into a context when it
// is first needed there. Source: CUDA Driver API, "Library management".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/jit_options.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::emulator {
namespace {

Outcome<std::shared_ptr<LoadedLibrary>> find_library(Driver& driver, CUlibrary handle) {
  std::shared_ptr<LoadedLibrary> library = driver.libraries.find(handle);
  if (library != nullptr) return library;
  return refuse(CUDA_ERROR_INVALID_HANDLE, "{} is not a library", fmt::ptr(handle));
}

Outcome<std::shared_ptr<LibraryKernel>> find_kernel(Driver& driver, CUkernel handle) {
  std::shared_ptr<LibraryKernel> kernel = driver.kernels.find(handle);
  if (kernel != nullptr) return kernel;
  return refuse(CUDA_ERROR_INVALID_HANDLE, "{} is not a kernel", fmt::ptr(handle));
}

Outcome<std::shared_ptr<LoadedLibrary>> parse_library(Driver& driver, Outcome<ModuleImage> image) {
  ASSAY_ASSIGN(const ModuleImage found, std::move(image));
  const auto parsed = ptx::parse(found.text, found.name);
  if (!parsed) return refuse_with(CUDA_ERROR_INVALID_PTX, parsed.error());
  auto library = std::make_shared<LoadedLibrary>();
  library->text = found.text;
  library->name = found.name;
  for (const ptx::Function& function : parsed->functions) {
    if (!function.is_entry) continue;
    auto kernel = std::make_shared<LibraryKernel>();
    kernel->library = library;
    kernel->name = function.name;
    library->kernels.push_back(driver.kernels.add(std::move(kernel)));
  }
  return library;
}

Outcome<void> load(Driver& driver, CUlibrary* out, Outcome<ModuleImage> image, JitLog& log) {
  ASSAY_TRY(require(out, "library"));
  auto library = parse_library(driver, std::move(image));
  if (!library) {
    log.write("", library.error().reason);
    fmt::print(stderr, "assay emulator: {}\n", library.error().reason);
    return tl::unexpected(std::move(library).error());
  }
  log.write("", "");
  (*library)->handle = driver.libraries.add(*library);
  *out = (*library)->handle;
  return {};
}

}  // namespace

Outcome<std::shared_ptr<LoadedModule>> library_module(Driver& driver,
                                                      const std::shared_ptr<Context>& context,
                                                      LoadedLibrary& library) {
  const std::lock_guard lock(library.mutex);
  const auto loaded = library.modules.find(context->id);
  if (loaded != library.modules.end()) {
    // Gone where the context was reset.
    if (auto module = driver.modules.find(loaded->second)) return module;
  }
  ASSAY_ASSIGN(auto module, load_module(driver, context, {library.text, library.name}));
  library.modules[context->id] = module->handle;
  return module;
}

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuLibraryLoadData(CUlibrary* library, const void* code,
                                          CUjit_option* jitOptions, void** jitOptionsValues,
                                          unsigned numJitOptions, CUlibraryOption*, void**,
                                          unsigned) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_ASSIGN(JitLog log, JitLog::read(numJitOptions, jitOptions, jitOptionsValues));
    const std::string name = fmt::format("library #{}", driver.next_id());
    return load(driver, library, read_image(driver, code, name), log);
  });
}

ASSAY_CUDA_API CUresult cuLibraryLoadFromFile(CUlibrary* library, const char* fileName,
                                              CUjit_option* jitOptions, void** jitOptionsValues,
                                              unsigned numJitOptions, CUlibraryOption*, void**,
                                              unsigned) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_ASSIGN(JitLog log, JitLog::read(numJitOptions, jitOptions, jitOptionsValues));
    return load(driver, library, read_image_file(driver, fileName), log);
  });
}

ASSAY_CUDA_API CUresult cuLibraryUnload(CUlibrary library) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<LoadedLibrary> found, find_library(driver, library));
    driver.libraries.remove(library);
    for (const CUkernel kernel : found->kernels)
      driver.kernels.remove(kernel);
    const std::lock_guard lock(found->mutex);
    for (const auto& [context, handle] : found->modules)
      if (const auto module = driver.modules.find(handle)) unload_module(driver, module);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuLibraryGetKernel(CUkernel* pKernel, CUlibrary library, const char* name) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(pKernel, "pKernel"));
    ASSAY_TRY(require(name, "name"));
    ASSAY_ASSIGN(const std::shared_ptr<LoadedLibrary> found, find_library(driver, library));
    for (const CUkernel kernel : found->kernels) {
      if (driver.kernels.find(kernel)->name != name) continue;
      *pKernel = kernel;
      return {};
    }
    return refuse(CUDA_ERROR_NOT_FOUND, "{} has no kernel {}", found->name, name);
  });
}

ASSAY_CUDA_API CUresult cuLibraryGetKernelCount(unsigned* count, CUlibrary lib) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(count, "count"));
    ASSAY_ASSIGN(const std::shared_ptr<LoadedLibrary> found, find_library(driver, lib));
    *count = static_cast<unsigned>(found->kernels.size());
    return {};
  });
}

ASSAY_CUDA_API CUresult cuLibraryEnumerateKernels(CUkernel* kernels, unsigned numKernels,
                                                  CUlibrary lib) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(kernels, "kernels"));
    ASSAY_ASSIGN(const std::shared_ptr<LoadedLibrary> found, find_library(driver, lib));
    std::copy_n(found->kernels.begin(), std::min<std::size_t>(numKernels, found->kernels.size()),
                kernels);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuLibraryGetModule(CUmodule* pMod, CUlibrary library) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(require(pMod, "pMod"));
    ASSAY_ASSIGN(const std::shared_ptr<LoadedLibrary> found, find_library(driver, library));
    ASSAY_ASSIGN(const auto module, library_module(driver, context, *found));
    *pMod = module->handle;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuLibraryGetGlobal(CUdeviceptr* dptr, std::size_t* bytes, CUlibrary library,
                                           const char* name) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<LoadedLibrary> found, find_library(driver, library));
    ASSAY_ASSIGN(const auto module, library_module(driver, context, *found));
    return find_variable(*module, name, dptr, bytes);
  });
}

ASSAY_CUDA_API CUresult cuKernelGetLibrary(CUlibrary* pLib, CUkernel kernel) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(pLib, "pLib"));
    ASSAY_ASSIGN(const std::shared_ptr<LibraryKernel> found, find_kernel(driver, kernel));
    const std::shared_ptr<LoadedLibrary> library = found->library.lock();
    *pLib = library == nullptr ? nullptr : library->handle;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuKernelGetName(const char** name, CUkernel hfunc) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(name, "name"));
    ASSAY_ASSIGN(const std::shared_ptr<LibraryKernel> found, find_kernel(driver, hfunc));
    *name = found->name.c_str();
    return {};
  });
}
