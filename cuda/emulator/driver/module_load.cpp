// SPDX-License-Identifier: Apache-2.0
// From PTX text to a module in a context: parse, check the target, load.
#include <algorithm>

#include "cuda/emulator/driver/driver.hpp"
#include "cuda/emulator/driver/occupancy.hpp"
#include "cuda/emulator/program/load.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::emulator {
namespace {

Outcome<void> check_target(const Driver& driver, const ptx::Module& module) {
  if (accepts_target(driver.model, module.target)) return {};
  return refuse(CUDA_ERROR_NO_BINARY_FOR_GPU,
                "{}: .target {} does not run on {} (sm_110a runs on sm_110a only, sm_100f on its "
                "family, sm_90 on what is newer)",
                module.name, module.target, driver.model.target);
}

void register_functions(Driver& driver, const std::shared_ptr<LoadedModule>& module) {
  const Program& program = *module->program;
  for (const Function& function : program.functions) {
    if (!function.is_entry) continue;
    auto loaded = std::make_shared<LoadedFunction>();
    loaded->module = module;
    loaded->function = &function;
    loaded->registers = estimate_registers(program, function);
    loaded->max_dynamic_shared_bytes =
        std::max(0, 48 * 1024 - static_cast<int>(function.shared_bytes));
    module->functions.push_back(driver.functions.add(std::move(loaded)));
  }
}

}  // namespace

Outcome<std::shared_ptr<LoadedModule>> load_module(Driver& driver,
                                                   const std::shared_ptr<Context>& context,
                                                   const ModuleImage& image) {
  auto parsed = ptx::parse(image.text, image.name);
  if (!parsed) return refuse_with(CUDA_ERROR_INVALID_PTX, parsed.error());
  ASSAY_TRY(check_target(driver, *parsed));
  auto program = load(*std::move(parsed), *driver.memory);
  if (!program) return refuse_with(CUDA_ERROR_INVALID_PTX, program.error());
  auto module = std::make_shared<LoadedModule>();
  module->context = context;
  module->program = *std::move(program);
  register_functions(driver, module);
  module->handle = driver.modules.add(module);
  return module;
}

void unload_module(Driver& driver, const std::shared_ptr<LoadedModule>& module) {
  for (const CUfunction function : module->functions)
    driver.functions.remove(function);
  driver.modules.remove(module->handle);
  unload(*module->program, *driver.memory);
}

Outcome<void> find_variable(const LoadedModule& module, const char* name, CUdeviceptr* address,
                            std::size_t* bytes) {
  ASSAY_TRY(require(name, "name"));
  const Program& program = *module.program;
  for (std::size_t i = 0; i < program.module.variables.size(); ++i) {
    const ptx::Variable& variable = program.module.variables[i];
    if (variable.name != name || !has_device_memory(variable)) continue;
    if (address != nullptr) *address = program.variable_addresses[i];
    if (bytes != nullptr) *bytes = variable.bytes;
    return {};
  }
  return refuse(CUDA_ERROR_NOT_FOUND, "{} has no variable {}", program.module.name, name);
}

}  // namespace assay::emulator
