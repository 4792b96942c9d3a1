// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/program/decode.hpp"

#include <algorithm>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/program/flow_graph.hpp"
#include "cuda/emulator/program/function_decoder.hpp"
#include "cuda/emulator/sanitize/unspecified.hpp"
#include "cuda/emulator/sanitize/updates.hpp"

namespace assay::emulator {
namespace {

std::array<std::uint32_t, 3> dims(const std::vector<std::uint32_t>& values) {
  std::array<std::uint32_t, 3> result{};
  if (values.empty()) return result;
  result.fill(1);
  std::copy_n(values.begin(), std::min<std::size_t>(values.size(), 3), result.begin());
  return result;
}

Function describe(const ptx::Function& source, const Layout::FunctionLayout& layout) {
  Function function;
  function.name = source.name;
  function.is_entry = source.is_entry;
  function.local_bytes = layout.local_bytes;
  function.shared_bytes = layout.shared_bytes;
  function.param_bytes = layout.param_bytes;
  function.param_area_bytes = layout.area_bytes;
  function.param_offsets = layout.params;
  function.result_offsets = layout.results;
  for (const ptx::Variable& result : source.results)
    function.result_bytes.push_back(static_cast<std::uint32_t>(result.bytes));
  for (std::size_t p = 0; p < source.params.size(); ++p) {
    const ptx::Variable& param = source.params[p];
    function.params.push_back({param.name, param.type, layout.params[p],
                               static_cast<std::uint32_t>(param.bytes), param.align});
  }
  function.required_threads = dims(source.required_threads);
  function.cluster = dims(source.cluster);
  for (const auto& limit : {source.max_threads, source.required_threads}) {
    if (limit.empty()) continue;
    function.max_threads = 1;
    for (const std::uint32_t n : limit)
      function.max_threads *= n;
  }
  for (const ptx::Register& reg : source.registers)
    function.virtual_registers_bytes += static_cast<std::uint32_t>(ptx::type_bytes(reg.type));
  return function;
}

void list_shared(const ptx::Module& module, const Layout& layout, Program& program) {
  for (std::size_t v = 0; v < module.variables.size(); ++v)
    if (module.variables[v].space == ptx::Space::shared)
      program.shared_variables.push_back({module.variables[v].name, layout.module_shared[v],
                                          static_cast<std::uint32_t>(module.variables[v].bytes)});
  for (std::size_t f = 0; f < module.functions.size(); ++f)
    for (std::size_t v = 0; v < module.functions[f].variables.size(); ++v) {
      const ptx::Variable& variable = module.functions[f].variables[v];
      if (variable.space == ptx::Space::shared)
        program.shared_variables.push_back({variable.name, layout.functions[f].variables[v],
                                            static_cast<std::uint32_t>(variable.bytes)});
    }
}

Status decode_function(Program& program, const Layout& layout, std::uint32_t index) {
  const ptx::Function& source = program.module.functions[index];
  if (!source.has_body) return {};
  const std::size_t begin = program.ops.size();
  FunctionDecoder first(program, layout, index, nullptr);
  ASSAY_TRY(first.decode());
  RegisterPlan plan = plan_registers(source, first.uses());
  plan.scratch_bytes = first.scratch_peak();
  program.ops.resize(begin);
  program.infos.resize(begin);
  FunctionDecoder second(program, layout, index, &plan);
  return second.decode();
}

// Control that comes to the end of a body returns, as ptxas has it: an instruction of its own.
void add_return(ptx::Function& function) {
  ptx::Instruction instruction;
  instruction.opcode = "ret";
  instruction.line = function.body.empty() ? function.line : function.body.back().line;
  if (!function.body.empty()) instruction.source = function.body.back().source;
  function.body.push_back(std::move(instruction));
}

// Blocks of such kernels may wait for one another or see each other's writes.
bool talks_to_other_blocks(const Program& program, const Function& function) {
  const auto shares = [&](const ptx::Instruction& instruction) {
    const auto& op = instruction.opcode;
    if (op == "cp" && instruction.has("reduce")) return true;
    if (op == "membar" || op == "fence") return !instruction.has("cta");
    if (op == "atom" || op == "red")
      return !instruction.has("shared") && !instruction.has("shared::cta");
    if (op == "ld" || op == "st")
      return (instruction.has("volatile") || instruction.has("relaxed") ||
              instruction.has("acquire") || instruction.has("release") ||
              instruction.has("mmio")) &&
             !instruction.has("shared") && !instruction.has("shared::cta");
    return false;
  };
  for (Pc pc = function.begin; pc < function.end; ++pc)
    if (program.infos[pc].instruction != nullptr && shares(*program.infos[pc].instruction))
      return true;
  return false;
}

}  // namespace

std::string_view op_class_name(OpClass op_class) {
  constexpr std::string_view kNames[] = {"integer",    "floating", "conversion", "move",
                                         "predicate",  "control",  "memory",     "shared_memory",
                                         "atomic",     "barrier",  "shuffle",    "mma",
                                         "async_copy", "fence",    "other"};
  return kNames[static_cast<std::size_t>(op_class)];
}

const Slot* Program::keep(std::vector<Slot> slots) {
  lists_.push_back(std::make_unique<const std::vector<Slot>>(std::move(slots)));
  return lists_.back()->data();
}

const Function* Program::find(std::string_view name) const {
  const auto found = std::ranges::find(functions, name, &Function::name);
  return found == functions.end() || found->begin == found->end ? nullptr : &*found;
}

Result<std::unique_ptr<Program>> decode(ptx::Module module,
                                        std::vector<std::uint64_t> variable_addresses) {
  auto program = std::make_unique<Program>();
  program->module = std::move(module);
  program->variable_addresses = std::move(variable_addresses);
  for (ptx::Function& function : program->module.functions)
    if (function.has_body && reaches_end(function)) add_return(function);
  ASSAY_ASSIGN(const Layout layout, lay_out(program->module));
  for (std::size_t f = 0; f < program->module.functions.size(); ++f)
    program->functions.push_back(describe(program->module.functions[f], layout.functions[f]));
  list_shared(program->module, layout, *program);
  for (std::size_t f = 0; f < program->functions.size(); ++f)
    ASSAY_TRY(decode_function(*program, layout, static_cast<std::uint32_t>(f)));
  mark_updates(*program);
  count_unspecified(*program);
  bool any = false;
  for (Function& function : program->functions)
    if (!function.is_entry) any |= talks_to_other_blocks(*program, function);
  for (Function& function : program->functions)
    function.uses_global_atomics = any || talks_to_other_blocks(*program, function);
  return program;
}

}  // namespace assay::emulator
