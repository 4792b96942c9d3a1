// SPDX-License-Identifier: Apache-2.0
// Places variables. Shared variables of the module lie where no kernel that may use them has
// another: each goes behind the highest of its kernels. Dynamic (extern) arrays go behind all
// static ones.
#include <algorithm>
#include <set>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/program/function_decoder.hpp"

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

constexpr std::uint32_t kDynamicAlign = 128;

std::uint64_t align_up(std::uint64_t offset, std::uint64_t align) {
  const std::uint64_t a = std::max<std::uint64_t>(align, 1);
  return (offset + a - 1) / a * a;
}

// The places that lie in so many bytes: 32 bits are enough for them.
Status check_bytes(const ptx::Module& module, const ptx::Function& function, std::string_view what,
                   std::uint64_t bytes, std::uint64_t limit) {
  if (bytes <= limit) return {};
  return fail(ErrorCode::usage, "{}:{}: {} has {} bytes of {}; there may be {}", module.name,
              function.line, function.name, bytes, what, limit);
}

// What a function mentions, itself.
struct Mentions {
  std::set<int> functions, shared;
  bool calls_indirectly = false;
};

void collect(const ptx::Module& module, const ptx::Operand& operand, Mentions& mentions) {
  if (operand.kind == Kind::function) mentions.functions.insert(operand.index);
  if (operand.kind == Kind::prototype) mentions.calls_indirectly = true;
  if (operand.kind == Kind::variable && !operand.variable.in_function) {
    const auto& variable = module.variables[static_cast<std::size_t>(operand.variable.index)];
    if (variable.space == ptx::Space::shared) mentions.shared.insert(operand.variable.index);
  }
  for (const ptx::Operand& element : operand.elements)
    collect(module, element, mentions);
}

// Per function: what it and everything that it may call mention.
std::vector<Mentions> reachable(const ptx::Module& module) {
  std::vector<Mentions> own(module.functions.size());
  std::set<int> taken;  // an indirect call may reach whatever somebody mentions
  for (std::size_t f = 0; f < own.size(); ++f) {
    for (const ptx::Instruction& instruction : module.functions[f].body)
      for (const ptx::Operand& operand : instruction.operands)
        collect(module, operand, own[f]);
    taken.insert(own[f].functions.begin(), own[f].functions.end());
  }
  for (const ptx::Variable& variable : module.variables)
    for (const ptx::Relocation& relocation : variable.relocations)
      for (std::size_t f = 0; f < own.size(); ++f)
        if (module.functions[f].name == relocation.symbol) taken.insert(static_cast<int>(f));
  std::vector<Mentions> all = own;
  for (std::size_t f = 0; f < all.size(); ++f) {
    std::vector<int> queue{static_cast<int>(f)};
    std::set<int> seen(queue.begin(), queue.end());
    while (!queue.empty()) {
      const Mentions& next = own[static_cast<std::size_t>(queue.back())];
      queue.pop_back();
      all[f].shared.insert(next.shared.begin(), next.shared.end());
      std::set<int> callees = next.functions;
      if (next.calls_indirectly) callees.insert(taken.begin(), taken.end());
      for (const int callee : callees)
        if (seen.insert(callee).second) queue.push_back(callee);
    }
    all[f].functions = std::move(seen);
  }
  return all;
}

bool is_dynamic(const ptx::Variable& variable) {
  return variable.is_extern && variable.bytes == 0;
}

class SharedLayout {
 public:
  SharedLayout(const ptx::Module& module, Layout& layout)
      : module_(module), layout_(layout), uses_(reachable(module)) {
    ends_.assign(module.functions.size(), kSharedStart);
  }

  Status place() {
    for (const bool dynamic : {false, true}) {
      for (std::size_t v = 0; v < module_.variables.size(); ++v) {
        const ptx::Variable& variable = module_.variables[v];
        if (variable.space != ptx::Space::shared || is_dynamic(variable) != dynamic) continue;
        layout_.module_shared[v] = put(variable, [&](std::size_t kernel) {
          return uses_[kernel].shared.contains(static_cast<int>(v));
        });
      }
      for (std::size_t f = 0; f < module_.functions.size(); ++f) {
        for (std::size_t v = 0; v < module_.functions[f].variables.size(); ++v) {
          const ptx::Variable& variable = module_.functions[f].variables[v];
          if (variable.space != ptx::Space::shared || is_dynamic(variable) != dynamic) continue;
          layout_.functions[f].variables[v] = put(variable, [&](std::size_t kernel) {
            return uses_[kernel].functions.contains(static_cast<int>(f));
          });
        }
      }
    }
    for (std::size_t f = 0; f < ends_.size(); ++f) {
      const std::uint64_t bytes = ends_[f] - kSharedStart;
      ASSAY_TRY(check_bytes(module_, module_.functions[f], "shared memory", bytes, kSharedLimit));
      layout_.functions[f].shared_bytes = static_cast<std::uint32_t>(bytes);
    }
    return {};
  }

 private:
  template <typename Uses>
  std::uint32_t put(const ptx::Variable& variable, Uses&& uses) {
    const bool dynamic = is_dynamic(variable);
    std::uint64_t begin = kSharedStart;
    for (std::size_t kernel = 0; kernel < ends_.size(); ++kernel)
      if (uses(kernel)) begin = std::max(begin, ends_[kernel]);
    begin = align_up(begin, dynamic ? std::max(variable.align, kDynamicAlign) : variable.align);
    for (std::size_t kernel = 0; kernel < ends_.size(); ++kernel)
      if (uses(kernel)) ends_[kernel] = begin + variable.bytes;
    return static_cast<std::uint32_t>(begin);
  }

  const ptx::Module& module_;
  Layout& layout_;
  std::vector<Mentions> uses_;
  std::vector<std::uint64_t> ends_;  // by function
};

// Parameters, results, and the .param variables of call sequences: one area a frame and thread. The
// parameters of an entry are a block of their own.
Status place_params(const ptx::Module& module, const ptx::Function& function,
                    Layout::FunctionLayout& layout) {
  std::uint64_t end = 0;
  const auto put = [&](const ptx::Variable& variable) {
    const std::uint64_t offset = align_up(end, variable.align);
    end = offset + variable.bytes;
    return static_cast<std::uint32_t>(offset);
  };
  for (const ptx::Variable& param : function.params)
    layout.params.push_back(put(param));
  ASSAY_TRY(check_bytes(module, function, "parameters", end,
                        function.is_entry ? kKernelParamLimit : kLocalLimit));
  layout.param_bytes = static_cast<std::uint32_t>(end);
  if (function.is_entry) end = 0;
  for (const ptx::Variable& result : function.results)
    layout.results.push_back(put(result));
  end = align_up(end, 16);
  for (std::size_t v = 0; v < function.variables.size(); ++v)
    if (function.variables[v].space == ptx::Space::param)
      layout.variables[v] = put(function.variables[v]);
  end = align_up(end, 16);
  ASSAY_TRY(check_bytes(module, function, "parameters of calls", end, kLocalLimit));
  layout.area_bytes = static_cast<std::uint32_t>(end);
  return {};
}

Status place_locals(const ptx::Module& module, const ptx::Function& function,
                    Layout::FunctionLayout& layout) {
  std::uint64_t end = 0;
  for (std::size_t v = 0; v < function.variables.size(); ++v) {
    const ptx::Variable& variable = function.variables[v];
    if (variable.space != ptx::Space::local) continue;
    const std::uint64_t begin = align_up(end, variable.align);
    layout.variables[v] = static_cast<std::uint32_t>(begin);
    end = begin + variable.bytes;
  }
  end = align_up(end, 16);
  ASSAY_TRY(check_bytes(module, function, "local memory", end, kLocalLimit));
  layout.local_bytes = static_cast<std::uint32_t>(end);
  return {};
}

}  // namespace

Result<Layout> lay_out(const ptx::Module& module) {
  Layout layout;
  layout.module_shared.resize(module.variables.size());
  for (const ptx::Function& function : module.functions) {
    Layout::FunctionLayout& own = layout.functions.emplace_back();
    own.variables.resize(function.variables.size());
    ASSAY_TRY(place_params(module, function, own));
    ASSAY_TRY(place_locals(module, function, own));
  }
  ASSAY_TRY(SharedLayout(module, layout).place());
  return layout;
}

}  // namespace assay::emulator
