// SPDX-License-Identifier: Apache-2.0
// Modules, libraries, and what is looked up in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/emulator/driver/outcome.hpp"
#include "cuda/emulator/program/program.hpp"

namespace assay::emulator {

struct Context;
class Driver;

struct LoadedModule {
  std::weak_ptr<Context> context;
  CUmodule handle = nullptr;
  std::unique_ptr<Program> program;
  std::vector<CUfunction> functions;  // the entries, in order of definition
};

// A kernel in a context, with the attributes that cuFuncSetAttribute changes.
struct LoadedFunction {
  std::shared_ptr<LoadedModule> module;
  const Function* function = nullptr;
  int registers = 0;  // an estimate: see estimate_registers
  int max_dynamic_shared_bytes = 0;
  int shared_carveout = -1;
};

// A library belongs to no context: its image is loaded into each context on first use.
struct LoadedLibrary {
  CUlibrary handle = nullptr;
  std::string text, name;  // PTX
  std::vector<CUkernel> kernels;
  std::mutex mutex;
  std::map<std::uint64_t, CUmodule> modules;  // by context id
};

struct LibraryKernel {
  std::weak_ptr<LoadedLibrary> library;
  std::string name;
};

// PTX text out of what an application passes as an image.
struct ModuleImage {
  std::string text, name;
};

// `image`: PTX text that ends in a zero byte, a fat binary, or the wrapper that nvcc puts around
// one. Errors: CUDA_ERROR_NO_BINARY_FOR_GPU, _INVALID_IMAGE.
Outcome<ModuleImage> read_image(Driver& driver, const void* image, std::string name);
Outcome<ModuleImage> read_image_file(Driver& driver, const char* path);

// Parses, places variables, decodes, and registers the handles. Errors: CUDA_ERROR_INVALID_PTX,
// _NO_BINARY_FOR_GPU, _OUT_OF_MEMORY.
Outcome<std::shared_ptr<LoadedModule>> load_module(Driver& driver,
                                                   const std::shared_ptr<Context>& context,
                                                   const ModuleImage& image);
void unload_module(Driver& driver, const std::shared_ptr<LoadedModule>& module);

// The module's function of a CUfunction, or of a CUkernel passed as one (the API allows both); null
// for neither.
Outcome<std::shared_ptr<LoadedFunction>> find_function(Driver& driver,
                                                       const std::shared_ptr<Context>& context,
                                                       CUfunction handle);
Outcome<std::shared_ptr<LoadedModule>> library_module(Driver& driver,
                                                      const std::shared_ptr<Context>& context,
                                                      LoadedLibrary& library);

// Where a variable is, and its size. Error: CUDA_ERROR_NOT_FOUND.
Outcome<void> find_variable(const LoadedModule& module, const char* name, CUdeviceptr* address,
                            std::size_t* bytes);

}  // namespace assay::emulator
