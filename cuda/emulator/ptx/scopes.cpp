// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/scopes.hpp"

#include <charconv>
#include <string>

namespace assay::ptx {
namespace {

// "%r12" -> "%r", 12. PTX ISA 6.2: a range's registers are named by its prefix and a number.
struct Numbered {
  std::string_view prefix;
  std::uint64_t number = 0;
};

std::optional<Numbered> numbered(std::string_view name) {
  const std::size_t last = name.find_last_not_of("0123456789");
  if (last == name.npos || last + 1 == name.size()) return std::nullopt;
  const std::string_view digits = name.substr(last + 1);
  Numbered result{name.substr(0, last + 1)};
  if (std::from_chars(digits.data(), digits.data() + digits.size(), result.number).ec !=
      std::errc())
    return std::nullopt;
  return result;
}

}  // namespace

bool Scopes::open() {
  if (scopes_.size() == kMaxDepth) return false;
  scopes_.emplace_back();
  return true;
}

void Scopes::settle(const LabelUse& use, int label) {
  if (use.instruction < 0) {
    auto& list = function_.target_lists[static_cast<std::size_t>(use.list)];
    list.labels[static_cast<std::size_t>(use.entry)] = label;
  } else {
    auto& instruction = function_.body[static_cast<std::size_t>(use.instruction)];
    instruction.operands[static_cast<std::size_t>(use.operand)].index = label;
  }
}

std::optional<LabelUse> Scopes::close() {
  Scope inner = std::move(scopes_.back());
  scopes_.pop_back();
  for (const LabelUse& use : inner.uses) {
    const auto label = inner.labels.find(use.name.text);
    if (label != inner.labels.end())
      settle(use, label->second);
    else if (scopes_.empty())
      return use;
    else
      scopes_.back().uses.push_back(use);
  }
  return std::nullopt;
}

bool Scopes::declare(std::string_view name, Symbol symbol) {
  Scope& scope = scopes_.back();
  if (scope.labels.contains(name)) return false;
  if (const auto parts = numbered(name)) {
    const auto range = scope.ranges.find(parts->prefix);
    if (range != scope.ranges.end() && parts->number < range->second.count) return false;
  }
  return scope.symbols.emplace(name, symbol).second;
}

Symbol Scopes::add_register(Scope& scope, std::string_view name, Type type, int vector) {
  const Symbol symbol{Symbol::Kind::reg, static_cast<int>(function_.registers.size()), vector};
  if (vector == 1) function_.registers.push_back({std::string(name), type, 1});
  for (std::size_t element = 0; vector > 1 && element < static_cast<std::size_t>(vector); ++element)
    function_.registers.push_back({fmt::format("{}.{}", name, "xyzw"[element]), type, vector});
  scope.symbols.emplace(name, symbol);
  return symbol;
}

bool Scopes::declare_register(std::string_view name, Type type, int vector) {
  if (!declare(name, {})) return false;
  scopes_.back().symbols.erase(name);
  add_register(scopes_.back(), name, type, vector);
  return true;
}

bool Scopes::declare_range(std::string_view prefix, Type type, int vector, std::uint64_t count) {
  return scopes_.back().ranges.emplace(prefix, Range{type, vector, count}).second;
}

bool Scopes::declare_label(std::string_view name) {
  Scope& scope = scopes_.back();
  if (scope.symbols.contains(name)) return false;
  if (!scope.labels.emplace(name, static_cast<int>(function_.labels.size())).second) return false;
  function_.labels.push_back({std::string(name), static_cast<int>(function_.body.size())});
  return true;
}

std::optional<Symbol> Scopes::find(std::string_view name) {
  const auto parts = numbered(name);
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto symbol = scope->symbols.find(name);
    if (symbol != scope->symbols.end()) return symbol->second;
    if (!parts) continue;
    const auto range = scope->ranges.find(parts->prefix);
    if (range != scope->ranges.end() && parts->number < range->second.count)
      return add_register(*scope, name, range->second.type, range->second.vector);
  }
  return std::nullopt;
}

}  // namespace assay::ptx
