// SPDX-License-Identifier: Apache-2.0
// From PTX text to a module in a context: parse, check the target, place variables, decode.
#include <algorithm>
#include <cstring>

#include "cuda/emulator/driver/driver.hpp"
#include "cuda/emulator/driver/occupancy.hpp"
#include "cuda/emulator/program/decode.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::emulator {
namespace {

bool has_device_memory(const ptx::Variable& variable) {
  return variable.space == ptx::Space::global || variable.space == ptx::Space::constant;
}

Outcome<void> check_target(const Driver& driver, const ptx::Module& module) {
  if (accepts_target(driver.model, module.target)) return {};
  return refuse(CUDA_ERROR_NO_BINARY_FOR_GPU,
                "{}: .target {} does not run on {} (sm_110a runs on sm_110a only, sm_100f on its "
                "family, sm_90 on what is newer)",
                module.name, module.target, driver.model.target);
}

// Frees what was placed when loading does not come to its end.
class Placement {
 public:
  Placement(GlobalMemory& memory, const ptx::Module& module) : memory_(memory), module_(module) {}
  ~Placement() {
    for (const std::uint64_t address : addresses_)
      if (address != 0) static_cast<void>(memory_.free(address));
  }
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  Outcome<void> place_all() {
    for (const ptx::Variable& variable : module_.variables) {
      ASSAY_ASSIGN(const std::uint64_t address, place(variable));
      addresses_.push_back(address);
    }
    for (std::size_t i = 0; i < addresses_.size(); ++i)
      if (addresses_[i] != 0) ASSAY_TRY(initialize(module_.variables[i], addresses_[i]));
    return {};
  }

  const std::vector<std::uint64_t>& addresses() const { return addresses_; }
  void keep() { addresses_.clear(); }

 private:
  // PTX ISA 5.4.4: variables of the global and constant space begin as zero bytes.
  Outcome<std::uint64_t> place(const ptx::Variable& variable) {
    if (!has_device_memory(variable)) return 0;
    if (variable.is_extern)
      return refuse(CUDA_ERROR_INVALID_PTX, "{}:{}: {} is .extern, and no other module defines it",
                    module_.name, variable.line, variable.name);
    auto address = memory_.allocate(std::max<std::uint64_t>(variable.bytes, 1),
                                    fmt::format("variable {} of {}", variable.name, module_.name),
                                    variable.space == ptx::Space::constant);
    if (!address) return refuse_with(CUDA_ERROR_OUT_OF_MEMORY, address.error());
    return *address;
  }

  Outcome<void> initialize(const ptx::Variable& variable, std::uint64_t address) {
    std::vector<std::byte> bytes(std::max<std::uint64_t>(variable.bytes, 1));
    std::copy(variable.init.begin(), variable.init.end(), bytes.begin());
    for (const ptx::Relocation& relocation : variable.relocations) {
      ASSAY_ASSIGN(const std::uint64_t value, resolve(variable, relocation));
      std::memcpy(bytes.data() + relocation.offset, &value,
                  static_cast<std::size_t>(relocation.bytes));
    }
    if (const Status written = memory_.write(address, bytes.data(), bytes.size()); !written)
      return refuse_with(CUDA_ERROR_UNKNOWN, written.error());
    return {};
  }

  Outcome<std::uint64_t> resolve(const ptx::Variable& variable, const ptx::Relocation& relocation) {
    for (std::size_t i = 0; i < module_.variables.size(); ++i) {
      const ptx::Variable& target = module_.variables[i];
      if (target.name == relocation.symbol && addresses_[i] != 0)
        return addresses_[i] + static_cast<std::uint64_t>(relocation.addend);
    }
    for (std::size_t i = 0; i < module_.functions.size(); ++i)
      if (module_.functions[i].name == relocation.symbol) return kFunctionWindow + i;
    return refuse(CUDA_ERROR_INVALID_PTX,
                  "{}:{}: the initializer of {} names {}, which is not "
                  "a variable or function of the module",
                  module_.name, variable.line, variable.name, relocation.symbol);
  }

  GlobalMemory& memory_;
  const ptx::Module& module_;
  std::vector<std::uint64_t> addresses_;
};

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
  const ptx::Module copy = *parsed;
  Placement placement(*driver.memory, copy);
  ASSAY_TRY(placement.place_all());
  auto program = decode(*std::move(parsed), placement.addresses());
  if (!program) return refuse_with(CUDA_ERROR_INVALID_PTX, program.error());
  placement.keep();
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
  for (const std::uint64_t address : module->program->variable_addresses)
    if (address != 0) static_cast<void>(driver.memory->free(address));
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
