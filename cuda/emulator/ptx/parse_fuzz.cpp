// SPDX-License-Identifier: Apache-2.0
// libFuzzer target of the PTX parser: no text may crash it, and what it hands out is consistent:
// every index points to something. Build with clang, -DASSAY_FUZZ=ON
// -DASSAY_SANITIZE=address,undefined; seeds are PTX files, for example those of the corpus; words:
// -dict=cuda/emulator/ptx/parse_fuzz.dict
#include <cstdint>
#include <cstdlib>

#include "cuda/emulator/ptx/parse.hpp"

namespace assay::ptx {
namespace {

template <typename Container>
void check_index(int index, const Container& container) {
  if (index < 0 || static_cast<std::size_t>(index) >= container.size()) std::abort();
}

void check(const Module& module, const Function& function, const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::reg:
      return check_index(operand.index, function.registers);
    case Operand::Kind::label:
      return check_index(operand.index, function.labels);
    case Operand::Kind::function:
      return check_index(operand.index, module.functions);
    case Operand::Kind::target_list:
      return check_index(operand.index, function.target_lists);
    case Operand::Kind::prototype:
      return check_index(operand.index, function.prototypes);
    case Operand::Kind::variable: {
      const auto index = static_cast<std::size_t>(operand.variable.index);
      const std::size_t in_function =
          function.variables.size() + function.params.size() + function.results.size();
      if (index >= (operand.variable.in_function ? in_function : module.variables.size()))
        std::abort();
      return;
    }
    case Operand::Kind::address:
      if (operand.elements.empty()) std::abort();
      break;
    case Operand::Kind::pair:
      if (operand.elements.size() != 2) std::abort();
      break;
    default:
      break;
  }
  for (const Operand& element : operand.elements)
    check(module, function, element);
}

void check(const Module& module, const Function& function, const SourceLine& source,
           std::size_t sites) {
  if (source.file >= 0) check_index(source.file, module.files);
  if (source.inlined_at < 0) return;
  check_index(source.inlined_at, function.call_sites);
  if (static_cast<std::size_t>(source.inlined_at) >= sites) std::abort();
}

void check(const Module& module, const Function& function) {
  for (std::size_t site = 0; site < function.call_sites.size(); ++site)
    check(module, function, function.call_sites[site], site);
  for (const Instruction& instruction : function.body) {
    if (instruction.guard >= 0) check_index(instruction.guard, function.registers);
    check(module, function, instruction.source, function.call_sites.size());
    for (const Operand& operand : instruction.operands)
      check(module, function, operand);
  }
  for (const Label& label : function.labels)
    if (label.instruction < 0 || static_cast<std::size_t>(label.instruction) > function.body.size())
      std::abort();
  for (const TargetList& list : function.target_lists) {
    for (const int label : list.labels)
      check_index(label, function.labels);
    for (const int callee : list.functions)
      check_index(callee, module.functions);
  }
}

void check(const Variable& variable) {
  if (!variable.init.empty() && variable.init.size() != variable.bytes) std::abort();
  for (const Relocation& relocation : variable.relocations)
    if (relocation.offset + static_cast<std::size_t>(relocation.bytes) > variable.init.size())
      std::abort();
}

}  // namespace
}  // namespace assay::ptx

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto module = assay::ptx::parse({reinterpret_cast<const char*>(data), size}, "fuzz.ptx");
  if (!module) {
    if (module.error().message.find("fuzz.ptx:") != 0) std::abort();  // every error has a place
    return 0;
  }
  for (const auto& function : module->functions)
    assay::ptx::check(*module, function);
  for (const auto& variable : module->variables)
    assay::ptx::check(variable);
  return 0;
}
