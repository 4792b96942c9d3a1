// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/ast.hpp"

#include <algorithm>
#include <array>

namespace assay::ptx {
namespace {

struct TypeRow {
  Type type;
  std::string_view name;
  int bytes;
};

// In the order of the enumeration. PTX ISA 5.2.
constexpr std::array<TypeRow, 22> kTypes{
    {{Type::none, "none", 0},     {Type::pred, "pred", 0},   {Type::b8, "b8", 1},
     {Type::b16, "b16", 2},       {Type::b32, "b32", 4},     {Type::b64, "b64", 8},
     {Type::b128, "b128", 16},    {Type::u8, "u8", 1},       {Type::u16, "u16", 2},
     {Type::u32, "u32", 4},       {Type::u64, "u64", 8},     {Type::s8, "s8", 1},
     {Type::s16, "s16", 2},       {Type::s32, "s32", 4},     {Type::s64, "s64", 8},
     {Type::f16, "f16", 2},       {Type::f16x2, "f16x2", 4}, {Type::bf16, "bf16", 2},
     {Type::bf16x2, "bf16x2", 4}, {Type::f32, "f32", 4},     {Type::f32x2, "f32x2", 8},
     {Type::f64, "f64", 8}}};

const TypeRow& row(Type type) {
  return kTypes[static_cast<std::size_t>(type)];
}

}  // namespace

int type_bytes(Type type) {
  return row(type).bytes;
}

std::string_view type_name(Type type) {
  return row(type).name;
}

std::optional<Type> parse_type(std::string_view name) {
  const auto* const found = std::find_if(kTypes.begin() + 1, kTypes.end(),
                                         [&](const TypeRow& type) { return type.name == name; });
  return found == kTypes.end() ? std::nullopt : std::optional(found->type);
}

std::string_view space_name(Space space) {
  constexpr std::array<std::string_view, 7> kNames{"generic", "global", "shared", "local",
                                                   "const",   "param",  "reg"};
  return kNames[static_cast<std::size_t>(space)];
}

bool Instruction::has(std::string_view modifier) const {
  return std::ranges::find(modifiers, modifier) != modifiers.end();
}

std::string Instruction::spelled() const {
  std::string text = opcode;
  for (const std::string& modifier : modifiers)
    text += '.' + modifier;
  return text;
}

}  // namespace assay::ptx
