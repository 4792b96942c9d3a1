// SPDX-License-Identifier: Apache-2.0
// Decoders of integer arithmetic: PTX ISA 9.0, section 9.7.1.
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

Handler multiply_handler(Part part, Type type) {
  switch (part) {
    case Part::low:
      return for_integers(type, []<typename T>() { return lanewise<MultiplyLow, T, T, T>(); });
    case Part::high:
      return for_integers(type, []<typename T>() { return lanewise<MultiplyHigh, T, T, T>(); });
    case Part::wide:
      return for_narrow(type, []<typename T>() -> Handler {
        if constexpr (kCanWiden<T>) return lanewise<MultiplyWide, Wide<T>, T, T>();
        return nullptr;
      });
    case Part::none:
      break;
  }
  return nullptr;
}

Handler multiply_add_handler(Part part, Type type) {
  switch (part) {
    case Part::low:
      return for_integers(
          type, []<typename T>() { return lanewise<MultiplyAdd<MultiplyLow>, T, T, T, T>(); });
    case Part::high:
      return for_integers(
          type, []<typename T>() { return lanewise<MultiplyAdd<MultiplyHigh>, T, T, T, T>(); });
    case Part::wide:
      return for_narrow(type, []<typename T>() -> Handler {
        if constexpr (kCanWiden<T>)
          return lanewise<MultiplyAdd<MultiplyWide>, Wide<T>, T, T, Wide<T>>();
        return nullptr;
      });
    case Part::none:
      break;
  }
  return nullptr;
}

template <template <bool> typename Form>
Handler form_24(Part part, Type type) {
  if (part != Part::low && part != Part::high) return nullptr;
  const auto pick = [part]<typename T>() -> Handler {
    return part == Part::high ? Form<true>::template handler_of<T>()
                              : Form<false>::template handler_of<T>();
  };
  if (type == Type::u32) return pick.template operator()<std::uint32_t>();
  if (type == Type::s32) return pick.template operator()<std::int32_t>();
  return nullptr;
}

template <bool kHigh>
struct Mul24 {
  template <typename T>
  static Handler handler_of() {
    return lanewise<Multiply24<kHigh>, T, T, T>();
  }
};

template <bool kHigh>
struct Mad24 {
  template <typename T>
  static Handler handler_of() {
    return lanewise<MultiplyAdd<Multiply24<kHigh>>, T, T, T, T>();
  }
};

Status decode_mul24(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const Part part = take_part(modifiers);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  return done(emit(builder, modifiers, form_24<Mul24>(part, type), kClass, type, {type, type}));
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
  return done(
      emit(builder, modifiers, form_24<Mad24>(part, type), kClass, type, {type, type, type}));
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

template <typename F>
Handler dot_handler() {
  return lanewise<F, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>();
}

// By the signs of a and b.
template <template <typename, typename> typename F, typename Signed, typename Unsigned,
          typename SignedB, typename UnsignedB>
Result<Handler> pick_dot(OpBuilder& builder, Modifiers& modifiers) {
  ASSAY_ASSIGN(const Type a, modifiers.take_type());
  ASSAY_ASSIGN(const Type b, modifiers.take_type());
  const auto is_word = [](Type type) { return type == Type::u32 || type == Type::s32; };
  if (!is_word(a) || !is_word(b)) return builder.unsupported("takes u32 and s32 only");
  if (is_signed(a))
    return is_signed(b) ? dot_handler<F<Signed, SignedB>>() : dot_handler<F<Signed, UnsignedB>>();
  return is_signed(b) ? dot_handler<F<Unsigned, SignedB>>() : dot_handler<F<Unsigned, UnsignedB>>();
}

template <typename A, typename B>
using DotLow = DotOfTwoHalves<A, B, false>;
template <typename A, typename B>
using DotHigh = DotOfTwoHalves<A, B, true>;

Status decode_dp4a(OpBuilder& builder) {
  Modifiers modifiers(builder);
  using std::int8_t, std::uint8_t;
  ASSAY_ASSIGN(const Handler run,
               (pick_dot<DotOfFourBytes, int8_t, uint8_t, int8_t, uint8_t>(builder, modifiers)));
  return done(emit(builder, modifiers, run, kClass, Type::b32, {Type::b32, Type::b32, Type::b32}));
}

Status decode_dp2a(OpBuilder& builder) {
  Modifiers modifiers(builder);
  using std::int16_t, std::uint16_t, std::int8_t, std::uint8_t;
  const Part part = take_part(modifiers);
  if (part != Part::low && part != Part::high) return builder.unsupported("needs .lo or .hi");
  ASSAY_ASSIGN(const Handler run,
               part == Part::low
                   ? (pick_dot<DotLow, int16_t, uint16_t, int8_t, uint8_t>(builder, modifiers))
                   : (pick_dot<DotHigh, int16_t, uint16_t, int8_t, uint8_t>(builder, modifiers)));
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

Status integer_mul(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const Part part = take_part(modifiers);
  if (part == Part::none) return builder.unsupported("needs .lo, .hi or .wide");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Type result = part == Part::wide ? wide_type(type) : type;
  return done(emit(builder, modifiers, multiply_handler(part, type), kClass, result, {type, type}));
}

Status integer_mad(OpBuilder& builder) {
  if (builder.has("cc")) return carry_mad(builder, false);
  Modifiers modifiers(builder);
  if (modifiers.take("sat")) return decode_mad_saturating<MultiplyHigh>(builder, modifiers);
  const Part part = take_part(modifiers);
  if (part == Part::none) return builder.unsupported("needs .lo, .hi or .wide");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Type result = part == Part::wide ? wide_type(type) : type;
  return done(emit(builder, modifiers, multiply_add_handler(part, type), kClass, result,
                   {type, type, result}));
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
  table.add("mul24", decode_mul24);
  table.add("mad24", decode_mad24);
  table.add("rem", decode_rem);
  table.add("sad", decode_sad);
  table.add("dp4a", decode_dp4a);
  table.add("vabsdiff4", decode_vabsdiff4);
  table.add("dp2a", decode_dp2a);
  table.add("addc", [](OpBuilder& builder) { return carry_add(builder, true); });
  table.add("subc", [](OpBuilder& builder) { return carry_sub(builder, true); });
  table.add("madc", [](OpBuilder& builder) { return carry_mad(builder, true); });
}

}  // namespace assay::emulator
