// SPDX-License-Identifier: Apache-2.0
// cvt.pack: PTX ISA 9.0, section 9.7.9.22. Two 32-bit integers, saturated, go into the low bits,
// the first above the second; the low bits of the third operand above them.
#include <algorithm>
#include <array>

#include "cuda/emulator/instructions/convert.hpp"
#include "cuda/emulator/instructions/lanewise.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

struct PackType {
  std::string_view name;
  std::int32_t bits, low, high;
};

constexpr std::array kTypes{
    PackType{"u16", 16, 0, 65535}, PackType{"s16", 16, -32768, 32767}, PackType{"u8", 8, 0, 255},
    PackType{"s8", 8, -128, 127},  PackType{"u4", 4, 0, 15},           PackType{"s4", 4, -8, 7},
    PackType{"u2", 2, 0, 3},       PackType{"s2", 2, -2, 1},
};

class PackSaturated {
 public:
  ASSAY_CALL explicit PackSaturated(const Op& op)
      : type_(*static_cast<const PackType*>(op.detail)) {}
  ASSAY_CALL std::uint32_t operator()(std::int32_t a, std::int32_t b, std::uint32_t c) const {
    const auto above = static_cast<std::uint32_t>(std::uint64_t{c} << (2 * type_.bits));
    return above | code(a) << type_.bits | code(b);
  }
  ASSAY_CALL std::uint32_t operator()(std::int32_t a, std::int32_t b) const {
    return (*this)(a, b, 0);
  }

 private:
  ASSAY_CALL std::uint32_t code(std::int32_t x) const {
    const std::int32_t raised = x < type_.low ? type_.low : x;
    const std::int32_t clamped = raised > type_.high ? type_.high : raised;
    return static_cast<std::uint32_t>(clamped) & ((1u << type_.bits) - 1);
  }

  PackType type_;
};

}  // namespace

Status convert_and_pack(OpBuilder& builder) {
  Modifiers modifiers(builder);
  modifiers.take("pack");
  if (!modifiers.take("sat")) return builder.unsupported("needs .sat");
  const auto type = std::ranges::find_if(
      kTypes, [&](const PackType& candidate) { return modifiers.take(candidate.name); });
  if (type == kTypes.end() || !modifiers.take("s32"))
    return builder.unsupported("packs .s32 into two of u16, s16, u8, s8, u4, s4, u2 or s2");
  const bool has_third = type->bits < 16;
  if (has_third && !modifiers.take("b32")) return builder.unsupported("needs .b32");
  using Int = std::int32_t;
  using Word = std::uint32_t;
  Result<Op*> op = has_third
                       ? emit(builder, modifiers, lanewise<PackSaturated, Word, Int, Int, Word>(),
                              OpClass::conversion, Type::b32, {Type::s32, Type::s32, Type::b32})
                       : emit(builder, modifiers, lanewise<PackSaturated, Word, Int, Int>(),
                              OpClass::conversion, Type::b32, {Type::s32, Type::s32});
  if (!op) return tl::unexpected(std::move(op).error());
  (*op)->detail = &*type;
  return {};
}

}  // namespace assay::emulator
