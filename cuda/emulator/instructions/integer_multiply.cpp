// SPDX-License-Identifier: Apache-2.0
// Decoders of integer multiplications, by the part of the product that they keep: mul, mad, mul24
// and mad24 of PTX ISA 9.0, sections 9.7.1.3 to 9.7.1.6.
#include "cuda/emulator/instructions/arithmetic.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/integer_functions.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;
constexpr OpClass kClass = OpClass::integer;

enum class Part : std::uint8_t { none, low, high, wide };

Part take_part(Modifiers& modifiers) {
  return modifiers.take_one<Part>({{"lo", Part::low}, {"hi", Part::high}, {"wide", Part::wide}},
                                  Part::none);
}

// The type of .wide's result: twice as wide, none of 64 bits.
Type wide_type(Type type) {
  switch (type) {
    case Type::u16:
      return Type::u32;
    case Type::s16:
      return Type::s32;
    case Type::u32:
      return Type::u64;
    case Type::s32:
      return Type::s64;
    default:
      return Type::none;
  }
}

template <typename F>
Handler for_narrow(Type type, F f) {
  return wide_type(type) == Type::none ? nullptr : for_integers(type, f);
}

template <typename T>
constexpr bool kCanWiden = sizeof(T) < 8;

// d = a * b, or a * b + c: c has d's type.
template <typename Multiply, bool kAdds, typename D, typename T>
Handler product() {
  if constexpr (kAdds)
    return lanewise<MultiplyAdd<Multiply>, D, T, T, D>();
  else
    return lanewise<Multiply, D, T, T>();
}

template <bool kAdds>
Handler multiply_handler(Part part, Type type) {
  switch (part) {
    case Part::low:
      return for_integers(type, []<typename T>() { return product<MultiplyLow, kAdds, T, T>(); });
    case Part::high:
      return for_integers(type, []<typename T>() { return product<MultiplyHigh, kAdds, T, T>(); });
    case Part::wide:
      return for_narrow(type, []<typename T>() -> Handler {
        if constexpr (kCanWiden<T>) return product<MultiplyWide, kAdds, Wide<T>, T>();
        return nullptr;
      });
    case Part::none:
      break;
  }
  return nullptr;
}

template <bool kAdds>
Handler multiply24_handler(Part part, Type type) {
  if (part != Part::low && part != Part::high) return nullptr;
  const auto pick = [part]<typename T>() {
    return part == Part::high ? product<Multiply24<true>, kAdds, T, T>()
                              : product<Multiply24<false>, kAdds, T, T>();
  };
  if (type == Type::u32) return pick.template operator()<std::uint32_t>();
  if (type == Type::s32) return pick.template operator()<std::int32_t>();
  return nullptr;
}

Status decode_mul24(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const Part part = take_part(modifiers);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  return done(
      emit(builder, modifiers, multiply24_handler<false>(part, type), kClass, type, {type, type}));
}

// mad.hi.sat.s32 and mad24.hi.sat.s32.
template <typename Multiply>
Status decode_mad_saturating(OpBuilder& builder, Modifiers& modifiers) {
  const Part part = take_part(modifiers);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  using Int = std::int32_t;
  const Handler run = part == Part::high && type == Type::s32
                          ? lanewise<MultiplyAddSaturating<Multiply>, Int, Int, Int, Int>()
                          : nullptr;
  return done(emit(builder, modifiers, run, kClass, type, {type, type, type}));
}

Status decode_mad24(OpBuilder& builder) {
  Modifiers modifiers(builder);
  if (modifiers.take("sat")) return decode_mad_saturating<Multiply24<true>>(builder, modifiers);
  const Part part = take_part(modifiers);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  return done(emit(builder, modifiers, multiply24_handler<true>(part, type), kClass, type,
                   {type, type, type}));
}

}  // namespace

Status integer_mul(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const Part part = take_part(modifiers);
  if (part == Part::none) return builder.unsupported("needs .lo, .hi or .wide");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Type result = part == Part::wide ? wide_type(type) : type;
  return done(
      emit(builder, modifiers, multiply_handler<false>(part, type), kClass, result, {type, type}));
}

Status integer_mad(OpBuilder& builder) {
  if (builder.has("cc")) return carry_mad(builder, false);
  Modifiers modifiers(builder);
  if (modifiers.take("sat")) return decode_mad_saturating<MultiplyHigh>(builder, modifiers);
  const Part part = take_part(modifiers);
  if (part == Part::none) return builder.unsupported("needs .lo, .hi or .wide");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Type result = part == Part::wide ? wide_type(type) : type;
  return done(emit(builder, modifiers, multiply_handler<true>(part, type), kClass, result,
                   {type, type, result}));
}

void add_integer_multiplications(InstructionTable& table) {
  table.add("mul24", decode_mul24);
  table.add("mad24", decode_mad24);
}

}  // namespace assay::emulator
