// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/program/load.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace assay::emulator {
namespace {

// Frees what was placed, unless everything came to its end.
class Placement {
 public:
  Placement(const ptx::Module& module, GlobalMemory& memory) : module_(module), memory_(memory) {}
  ~Placement() {
    for (const std::uint64_t address : addresses_)
      if (address != 0) static_cast<void>(memory_.free(address));
  }
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  Status place() {
    for (const ptx::Variable& variable : module_.variables) {
      ASSAY_ASSIGN(const std::uint64_t address, place(variable));
      addresses_.push_back(address);
    }
    for (std::size_t v = 0; v < addresses_.size(); ++v)
      if (addresses_[v] != 0) ASSAY_TRY(initialize(module_.variables[v], addresses_[v]));
    return {};
  }

  const std::vector<std::uint64_t>& addresses() const { return addresses_; }
  void keep() { addresses_.clear(); }

 private:
  Result<std::uint64_t> place(const ptx::Variable& variable) {
    if (!has_device_memory(variable)) return 0;
    if (variable.is_extern)
      return fail(ErrorCode::usage, "{}:{}: {} is .extern, and no other module defines it",
                  module_.name, variable.line, variable.name);
    return memory_.allocate(std::max<std::uint64_t>(variable.bytes, 1),
                            fmt::format("variable {} of {}", variable.name, module_.name),
                            variable.space == ptx::Space::constant);
  }

  // PTX ISA 5.4.4: without an initializer, zero.
  Status initialize(const ptx::Variable& variable, std::uint64_t address) {
    std::vector<std::byte> bytes(std::max<std::uint64_t>(variable.bytes, 1));
    std::ranges::copy(variable.init, bytes.begin());
    for (const ptx::Relocation& relocation : variable.relocations) {
      ASSAY_ASSIGN(std::uint64_t value, resolve(variable, relocation));
      if (relocation.byte >= 0) value = (value >> (8 * relocation.byte)) & 0xFF;
      std::memcpy(bytes.data() + relocation.offset, &value,
                  static_cast<std::size_t>(relocation.bytes));
    }
    return memory_.write(address, bytes.data(), bytes.size());
  }

  Result<std::uint64_t> resolve(const ptx::Variable& variable, const ptx::Relocation& relocation) {
    const auto addend = static_cast<std::uint64_t>(relocation.addend);
    for (std::size_t v = 0; v < addresses_.size(); ++v)
      if (module_.variables[v].name == relocation.symbol && addresses_[v] != 0)
        return addresses_[v] + addend;
    for (std::size_t f = 0; f < module_.functions.size(); ++f)
      if (module_.functions[f].name == relocation.symbol) return kFunctionWindow + f;
    return fail(
        ErrorCode::usage,
        "{}:{}: the initializer of {} names {}, which is no variable or function with an address",
        module_.name, variable.line, variable.name, relocation.symbol);
  }

  const ptx::Module& module_;
  GlobalMemory& memory_;
  std::vector<std::uint64_t> addresses_;
};

}  // namespace

bool has_device_memory(const ptx::Variable& variable) {
  return variable.space == ptx::Space::global || variable.space == ptx::Space::constant;
}

Result<std::unique_ptr<Program>> load(ptx::Module module, GlobalMemory& memory) {
  const ptx::Module parsed = module;
  Placement placement(parsed, memory);
  ASSAY_TRY(placement.place());
  ASSAY_ASSIGN(auto program, decode(std::move(module), placement.addresses()));
  placement.keep();
  return program;
}

void unload(const Program& program, GlobalMemory& memory) {
  for (const std::uint64_t address : program.variable_addresses)
    if (address != 0) static_cast<void>(memory.free(address));
}

}  // namespace assay::emulator
