// SPDX-License-Identifier: Apache-2.0
// Decoders of integer arithmetic: PTX ISA 9.0, section 9.7.1; multiplications are in
// integer_multiply.cpp, dp4a and dp2a in dot_product.cpp, carry chains in carry.cpp.
#include "cuda/emulator/instructions/arithmetic.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/integer_functions.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;
constexpr OpClass kClass = OpClass::integer;

// d = f(a, b), all of one type.
template <typename F>
Status decode_binary(OpBuilder& builder, Modifiers& modifiers) {
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = for_integers(type, []<typename T>() { return lanewise<F, T, T, T>(); });
  return done(emit(builder, modifiers, run, kClass, type, {type, type}));
}

template <typename F>
Status decode_unary_signed(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = for_signed(type, []<typename T>() { return lanewise<F, T, T>(); });
  return done(emit(builder, modifiers, run, kClass, type, {type}));
}

// Two 16-bit integers in a b32: null where the modifiers name no such type.
template <typename F>
Handler packed(Modifiers& modifiers) {
  if (modifiers.take("u16x2")) return lanewise_x2<F, std::uint16_t, std::uint16_t, std::uint16_t>();
  if (modifiers.take("s16x2")) return lanewise_x2<F, std::int16_t, std::int16_t, std::int16_t>();
  return nullptr;
}

template <typename Wrapping, typename Saturating>
Status decode_sum(OpBuilder& builder) {
  Modifiers modifiers(builder);
  if (!modifiers.take("sat")) return decode_binary<Wrapping>(builder, modifiers);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = type == Type::s32
                          ? lanewise<Saturating, std::int32_t, std::int32_t, std::int32_t>()
                          : nullptr;
  return done(emit(builder, modifiers, run, kClass, type, {type, type}));
}

template <typename Choice>
Status decode_choice(OpBuilder& builder) {
  Modifiers modifiers(builder);
  using Relu = WithRelu<Choice>;
  const bool has_relu = modifiers.take("relu");
  if (builder.has("u16x2") || builder.has("s16x2")) {
    if (has_relu && builder.has("u16x2")) return builder.unsupported("takes no .relu");
    const Handler run = has_relu ? packed<Relu>(modifiers) : packed<Choice>(modifiers);
    return done(emit(builder, modifiers, run, kClass, Type::b32, {Type::b32, Type::b32}));
  }
  if (!has_relu) return decode_binary<Choice>(builder, modifiers);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run =
      type == Type::s32 ? lanewise<Relu, std::int32_t, std::int32_t, std::int32_t>() : nullptr;
  return done(emit(builder, modifiers, run, kClass, type, {type, type}));
}

Status decode_rem(OpBuilder& builder) {
  Modifiers modifiers(builder);
  return decode_binary<Remainder>(builder, modifiers);
}

Status decode_sad(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = for_integers(
      type, []<typename T>() { return lanewise<SumOfAbsoluteDifferences, T, T, T, T>(); });
  return done(emit(builder, modifiers, run, kClass, type, {type, type, type}));
}

// Unsigned bytes, all four of them; what CUDA's __vabsdiffu4 and __vsadu4 become.
Status decode_vabsdiff4(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const bool adds = modifiers.take("add");
  for (int operand = 0; operand < 3; ++operand) {
    ASSAY_ASSIGN(const Type type, modifiers.take_type());
    if (type != Type::u32) return builder.unsupported("takes u32 only");
  }
  using Word = std::uint32_t;
  const Handler run = adds ? lanewise<AbsoluteDifferencesOfBytes<true>, Word, Word, Word, Word>()
                           : lanewise<AbsoluteDifferencesOfBytes<false>, Word, Word, Word, Word>();
  return done(emit(builder, modifiers, run, kClass, Type::b32, {Type::b32, Type::b32, Type::b32}));
}

}  // namespace

Status integer_add(OpBuilder& builder) {
  if (builder.has("cc")) return carry_add(builder, false);
  if (builder.has("u16x2") || builder.has("s16x2")) {
    Modifiers modifiers(builder);
    const Handler run = packed<Add>(modifiers);
    return done(emit(builder, modifiers, run, kClass, Type::b32, {Type::b32, Type::b32}));
  }
  return decode_sum<Add, AddSaturating>(builder);
}

Status integer_sub(OpBuilder& builder) {
  if (builder.has("cc")) return carry_sub(builder, false);
  return decode_sum<Subtract, SubtractSaturating>(builder);
}

Status integer_div(OpBuilder& builder) {
  Modifiers modifiers(builder);
  return decode_binary<Divide>(builder, modifiers);
}

Status integer_abs(OpBuilder& builder) {
  return decode_unary_signed<Absolute>(builder);
}

Status integer_neg(OpBuilder& builder) {
  return decode_unary_signed<Negate>(builder);
}

Status integer_min(OpBuilder& builder) {
  return decode_choice<Minimum>(builder);
}

Status integer_max(OpBuilder& builder) {
  return decode_choice<Maximum>(builder);
}

void add_integer_arithmetic(InstructionTable& table) {
  table.add("rem", decode_rem);
  table.add("sad", decode_sad);
  table.add("vabsdiff4", decode_vabsdiff4);
  table.add("addc", [](OpBuilder& builder) { return carry_add(builder, true); });
  table.add("subc", [](OpBuilder& builder) { return carry_sub(builder, true); });
  table.add("madc", [](OpBuilder& builder) { return carry_mad(builder, true); });
}

}  // namespace assay::emulator
