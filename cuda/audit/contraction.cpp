// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/contraction.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace assay::audit {
namespace {

using ptx::Instruction;
using ptx::Operand;
using ptx::Type;

// What decides whether two operations may fuse.
struct Arithmetic {
  Type type = Type::none;
  std::string_view rounding;  // empty: none is written
  bool flushes = false, saturates = false;

  bool is_packed_f32() const { return type == Type::f32x2; }
  // No modifier forbids fusing it; on f32x2 none does.
  bool is_free() const { return rounding.empty() || is_packed_f32(); }
};

Type element_type(Type type) {
  if (type == Type::f32x2) return Type::f32;
  if (type == Type::f16x2) return Type::f16;
  return type == Type::bf16x2 ? Type::bf16 : type;
}

std::optional<Arithmetic> floating_arithmetic(const Instruction& instruction) {
  constexpr std::array<Type, 7> kFloating{Type::f16, Type::f16x2, Type::bf16, Type::bf16x2,
                                          Type::f32, Type::f32x2, Type::f64};
  Arithmetic result;
  for (const std::string& modifier : instruction.modifiers) {
    if (modifier == "rn" || modifier == "rz" || modifier == "rm" || modifier == "rp")
      result.rounding = modifier;
    if (modifier == "ftz") result.flushes = true;
    if (modifier == "sat") result.saturates = true;
    if (const auto type = ptx::parse_type(modifier); type && result.type == Type::none)
      result.type = *type;
  }
  if (std::ranges::find(kFloating, result.type) == kFloating.end()) return std::nullopt;
  return result;
}

bool may_fuse(const Arithmetic& multiply, const Arithmetic& add) {
  if (element_type(multiply.type) != element_type(add.type)) return false;
  if (multiply.flushes != add.flushes || multiply.saturates) return false;
  if (!multiply.is_free() || !add.is_free()) return false;
  const auto nearest_if_none = [](const Arithmetic& operation) {
    return operation.rounding.empty() ? "rn" : operation.rounding;
  };
  return nearest_if_none(multiply) == nearest_if_none(add);
}

// A register can hold products of several multiplications; more than these few do not make a
// finding clearer.
constexpr std::size_t kMostProducts = 8;
using Products = std::vector<const Instruction*>;

bool unite(Products& products, const Products& others) {
  bool grew = false;
  for (const Instruction* other : others) {
    if (products.size() >= kMostProducts || std::ranges::find(products, other) != products.end())
      continue;
    products.push_back(other);
    grew = true;
  }
  return grew;
}

void registers_of(const Operand& operand, std::vector<int>& indices) {
  if (operand.kind == Operand::Kind::reg) indices.push_back(operand.index);
  if (operand.kind != Operand::Kind::vector && operand.kind != Operand::Kind::pair) return;
  for (const Operand& element : operand.elements)
    registers_of(element, indices);
}

std::vector<int> registers_of(const Operand& operand) {
  std::vector<int> indices;
  registers_of(operand, indices);
  return indices;
}

class Search {
 public:
  explicit Search(const ptx::Function& function) : function_(function) {}

  // Each round walks all blocks; products that leave one block in a register may enter any other in
  // the next round, through moves too, hence a few rounds.
  std::vector<ContractiblePair> run() {
    constexpr int kRounds = 4;
    for (int round = 0; round < kRounds; ++round) {
      changed_ = false;
      walk(nullptr);
      if (!changed_) break;
    }
    std::vector<ContractiblePair> pairs;
    walk(&pairs);
    return pairs;
  }

 private:
  void walk(std::vector<ContractiblePair>* pairs) {
    std::size_t label = 0;
    for (std::size_t i = 0; i < function_.body.size(); ++i) {
      bool begins_block = false;
      for (; label < function_.labels.size() &&
             function_.labels[label].instruction <= static_cast<int>(i);
           ++label)
        begins_block = true;
      if (begins_block) end_block();
      const Instruction& instruction = function_.body[i];
      if (pairs) find_pairs(instruction, *pairs);
      define(instruction);
      if (instruction.opcode == "bra" || instruction.opcode == "brx") end_block();
    }
    end_block();
  }

  void end_block() {
    for (const auto& [index, products] : local_)
      changed_ |= unite(escaping_[index], products);
    local_.clear();
  }

  Products products_in(int index) const {
    if (const auto found = local_.find(index); found != local_.end()) return found->second;
    const auto found = escaping_.find(index);
    return found == escaping_.end() ? Products{} : found->second;
  }

  Products products_in(const Operand& operand) const {
    Products all;
    for (const int index : registers_of(operand))
      unite(all, products_in(index));
    return all;
  }

  // What the instruction puts into its destination: a product, what it copies, or nothing of
  // interest. A guarded instruction may leave what was there.
  void define(const Instruction& instruction) {
    if (instruction.operands.empty()) return;
    Products products;
    if (instruction.opcode == "mul" && floating_arithmetic(instruction)) {
      products = {&instruction};
    } else if ((instruction.opcode == "mov" || instruction.opcode == "neg") &&
               instruction.operands.size() == 2) {
      products = products_in(instruction.operands[1]);
    }
    for (const int index : registers_of(instruction.operands[0])) {
      Products& in = local_[index];
      if (instruction.guard >= 0) unite(in, products_in_other_blocks(index));
      if (instruction.guard < 0) in.clear();
      unite(in, products);
    }
  }

  Products products_in_other_blocks(int index) const {
    const auto found = escaping_.find(index);
    return found == escaping_.end() ? Products{} : found->second;
  }

  void find_pairs(const Instruction& instruction, std::vector<ContractiblePair>& pairs) const {
    if (instruction.opcode != "add" && instruction.opcode != "sub") return;
    const auto add = floating_arithmetic(instruction);
    if (!add || instruction.operands.size() != 3) return;
    Products products = products_in(instruction.operands[1]);
    unite(products, products_in(instruction.operands[2]));
    for (const Instruction* multiply : products)
      if (may_fuse(*floating_arithmetic(*multiply), *add))
        pairs.push_back({multiply, &instruction});
  }

  const ptx::Function& function_;
  std::unordered_map<int, Products> local_, escaping_;  // by register
  bool changed_ = false;
};

}  // namespace

std::vector<ContractiblePair> contractible_pairs(const ptx::Function& function) {
  return Search(function).run();
}

}  // namespace assay::audit
