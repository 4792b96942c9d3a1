// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/reprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace assay::ptx {
namespace {

using Kind = Operand::Kind;

// ".global .align 8 .u64 name"; values of several elements as bytes.
std::string declaration(const Variable& variable, const std::string& name) {
  // nvcc writes structures of one byte as arrays, and nothing else of this type.
  const bool is_scalar = variable.type != Type::b8 &&
                         variable.bytes == static_cast<std::uint64_t>(type_bytes(variable.type));
  const bool is_predicate = variable.type == Type::pred;
  if (is_scalar || is_predicate)
    return fmt::format(".{} .{} {}", space_name(variable.space), type_name(variable.type), name);
  return fmt::format(".{} .align {} .b8 {}[{}]", space_name(variable.space), variable.align, name,
                     variable.bytes == 0 ? "" : fmt::format("{}", variable.bytes));
}

// Bytes, or words where whole addresses are among the values.
std::size_t value_bytes(const Variable& variable) {
  return variable.relocations.empty() ? 1 : static_cast<std::size_t>(variable.relocations[0].bytes);
}

std::string value(const Relocation& address) {
  std::string text = address.generic ? fmt::format("generic({})", address.symbol) : address.symbol;
  if (address.addend != 0) text += fmt::format("+{}", address.addend);
  return address.byte < 0 ? text : fmt::format("{:#x}({})", 0xFFull << (8 * address.byte), text);
}

std::string initial_values(const Variable& variable) {
  const std::size_t size = value_bytes(variable);
  std::vector<std::string> values;
  for (std::size_t at = 0, next = 0; at < variable.init.size(); at += size) {
    std::uint64_t bits = 0;
    for (std::size_t byte = 0; byte < size; ++byte)
      bits |= std::to_integer<std::uint64_t>(variable.init[at + byte]) << (8 * byte);
    const bool is_address =
        next < variable.relocations.size() && variable.relocations[next].offset == at;
    values.push_back(is_address ? value(variable.relocations[next++]) : fmt::format("{}", bits));
  }
  return fmt::format("{{{}}}", fmt::join(values, ","));
}

std::string printed(const Variable& variable) {
  const std::string_view linkage = variable.is_extern    ? ".extern "
                                   : variable.is_visible ? ".visible "
                                   : variable.is_weak    ? ".weak "
                                                         : "";
  if (variable.init.empty())
    return fmt::format("{}{};\n", linkage, declaration(variable, variable.name));
  const std::size_t size = value_bytes(variable);
  return fmt::format("{}.{} .align {} .u{} {}[{}] = {};\n", linkage, space_name(variable.space),
                     variable.align, 8 * size, variable.name, variable.init.size() / size,
                     initial_values(variable));
}

class FunctionPrinter {
 public:
  FunctionPrinter(const Module& module, const Function& function)
      : module_(module), function_(function) {}

  std::string body() const {
    std::string text = "{\n";
    for (std::size_t r = 0; r < function_.registers.size(); ++r)
      text += fmt::format(".reg .{} {};\n", type_name(function_.registers[r].type), reg(int(r)));
    for (std::size_t v = 0; v < function_.variables.size(); ++v)
      text += declaration(function_.variables[v], fmt::format("v{}", v)) + ";\n";
    for (std::size_t p = 0; p < function_.prototypes.size(); ++p) {
      const Prototype& prototype = function_.prototypes[p];
      text += fmt::format("proto{}: .callprototype ({}) _ ({});\n", p, list(prototype.results, "_"),
                          list(prototype.params, "_"));
    }
    for (std::size_t t = 0; t < function_.target_lists.size(); ++t) {
      std::vector<std::string> labels;
      for (const int label : function_.target_lists[t].labels)
        labels.push_back(fmt::format("L{}", label));
      text += fmt::format("targets{}: .branchtargets {};\n", t, fmt::join(labels, ", "));
    }
    for (std::size_t i = 0; i <= function_.body.size(); ++i) {
      for (std::size_t l = 0; l < function_.labels.size(); ++l)
        if (function_.labels[l].instruction == static_cast<int>(i))
          text += fmt::format("L{}:\n", l);
      if (i < function_.body.size()) text += printed(function_.body[i]);
    }
    return text + "}\n";
  }

  static std::string list(const std::vector<Variable>& variables, std::string_view name = "") {
    std::vector<std::string> all;
    for (const Variable& variable : variables)
      all.push_back(declaration(variable, name.empty() ? variable.name : std::string(name)));
    return fmt::format("{}", fmt::join(all, ", "));
  }

 private:
  static std::string reg(int index) { return fmt::format("z{}_", index); }

  std::string printed(const Instruction& instruction) const {
    std::string text;
    if (instruction.guard >= 0)
      text = fmt::format("@{}{} ", instruction.guard_negated ? "!" : "", reg(instruction.guard));
    return fmt::format("{}{} {};\n", text, instruction.spelled(),
                       joined(instruction.operands, ", "));
  }

  std::string joined(const std::vector<Operand>& operands, std::string_view separator) const {
    std::vector<std::string> all;
    for (const Operand& operand : operands)
      all.push_back(printed(operand));
    return fmt::format("{}", fmt::join(all, separator));
  }

  std::string variable(const Operand& operand) const {
    auto index = static_cast<std::size_t>(operand.variable.index);
    const std::string offset = operand.offset == 0 ? "" : fmt::format("+{}", operand.offset);
    if (!operand.variable.in_function) return module_.variables[index].name + offset;
    if (index < function_.variables.size()) return fmt::format("v{}{}", index, offset);
    index -= function_.variables.size();
    if (index < function_.params.size()) return function_.params[index].name + offset;
    return function_.results[index - function_.params.size()].name + offset;
  }

  std::string address(const Operand& operand) const {
    std::string text = "[" + printed(operand.elements[0]);
    if (operand.offset != 0) text += fmt::format("+{}", operand.offset);
    const std::vector<Operand> more(operand.elements.begin() + 1, operand.elements.end());
    if (!more.empty()) text += fmt::format(", {{{}}}", joined(more, ", "));
    return text + "]";
  }

  std::string printed(const Operand& operand) const {
    switch (operand.kind) {
      case Kind::reg:
        return (operand.is_negated ? "!" : "") + reg(operand.index);
      case Kind::integer:
        return fmt::format("{}", static_cast<std::int64_t>(operand.bits));
      case Kind::real:
        return operand.is_f64 ? fmt::format("0d{:016X}", operand.bits)
                              : fmt::format("0f{:08X}", operand.bits);
      case Kind::special:
        return operand.name;
      case Kind::variable:
        return variable(operand);
      case Kind::function:
        return module_.functions[static_cast<std::size_t>(operand.index)].name;
      case Kind::label:
        return fmt::format("L{}", operand.index);
      case Kind::target_list:
        return fmt::format("targets{}", operand.index);
      case Kind::prototype:
        return fmt::format("proto{}", operand.index);
      case Kind::address:
        return address(operand);
      case Kind::vector:
        return fmt::format("{{{}}}", joined(operand.elements, ", "));
      case Kind::pair:
        return joined(operand.elements, "|");
      case Kind::arguments:
        return fmt::format("({})", joined(operand.elements, ", "));
      case Kind::sink:
        break;
    }
    return "_";
  }

  const Module& module_;
  const Function& function_;
};

std::string header(const Function& function) {
  const std::string_view linkage = function.is_extern    ? ".extern "
                                   : function.is_visible ? ".visible "
                                   : function.is_weak    ? ".weak "
                                                         : "";
  std::string text = fmt::format("{}{} ", linkage, function.is_entry ? ".entry" : ".func");
  if (!function.results.empty())
    text += fmt::format("({}) ", FunctionPrinter::list(function.results));
  text += fmt::format("{}({})\n", function.name, FunctionPrinter::list(function.params));
  const auto extent = [&](std::string_view name, const std::vector<std::uint32_t>& value) {
    if (!value.empty()) text += fmt::format("{} {}\n", name, fmt::join(value, ", "));
  };
  extent(".maxntid", function.max_threads);
  extent(".reqntid", function.required_threads);
  extent(".reqnctapercluster", function.cluster);
  if (function.min_ctas_per_sm != 0)
    text += fmt::format(".minnctapersm {}\n", function.min_ctas_per_sm);
  if (function.max_registers != 0) text += fmt::format(".maxnreg {}\n", function.max_registers);
  if (function.is_noreturn) text += ".noreturn\n";
  return text;
}

}  // namespace

std::string reprinted(const Module& module) {
  std::string text =
      fmt::format(".version {}\n.target {}\n.address_size 64\n", module.version, module.target);
  for (const Function& function : module.functions)
    if (!function.is_entry) text += header(function) + ";\n";
  for (const Variable& variable : module.variables)
    text += printed(variable);
  for (const Function& function : module.functions)
    if (function.has_body) text += header(function) + FunctionPrinter(module, function).body();
  return text;
}

}  // namespace assay::ptx
