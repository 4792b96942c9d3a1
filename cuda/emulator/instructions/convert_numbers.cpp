// SPDX-License-Identifier: Apache-2.0
// cvt between integers and floating-point numbers, and between floating-point numbers of one value
// a register: PTX ISA 9.0, section 9.7.9.21.
#include "cuda/emulator/instructions/convert.hpp"
#include "cuda/emulator/instructions/convert_functions.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

template <typename F>
Handler for_floats(Type type, F f) {
  switch (type) {
    case Type::f16:
      return f.template operator()<F16>();
    case Type::bf16:
      return f.template operator()<Bf16>();
    case Type::f32:
      return f.template operator()<F32>();
    case Type::f64:
      return f.template operator()<F64>();
    default:
      return nullptr;
  }
}

template <typename F>
Handler for_all_integers(Type type, F f) {
  if (type == Type::u8) return f.template operator()<std::uint8_t>();
  if (type == Type::s8) return f.template operator()<std::int8_t>();
  return for_integers(type, f);
}

constexpr int kNone = -1;

int take_integral_rounding(Modifiers& modifiers) {
  return modifiers.take_one<int>({{"rni", 0}, {"rzi", 1}, {"rmi", 2}, {"rpi", 3}}, kNone);
}

int take_float_rounding(Modifiers& modifiers) {
  return modifiers.take_one<int>({{"rn", 0}, {"rz", 1}, {"rm", 2}, {"rp", 3}}, kNone);
}

Status check_ftz(const OpBuilder& builder, const ConvertModes& modes, Type to, Type from) {
  if (modes.ftz && to != Type::f32 && from != Type::f32)
    return builder.unsupported("takes no .ftz: neither type is .f32");
  return {};
}

// Which of two formats holds all values of the other.
bool holds_all_of(Type to, Type from) {
  if (to == from || to == Type::f64) return true;
  return to == Type::f32 && from != Type::f64;
}

template <typename From, typename To>
Handler float_handler(const ConvertModes& modes) {
  using Bits = typename To::Bits;
  return modes.packed() == 0 ? lanewise<FloatToNearestFloat<From, To>, Bits, typename From::Bits>()
                             : lanewise<FloatToFloat<From, To>, Bits, typename From::Bits>();
}

}  // namespace

Status convert_to_integer(OpBuilder& builder, Modifiers& modifiers, Type to, Type from) {
  ConvertModes modes;
  const int rounding = take_integral_rounding(modifiers);
  if (rounding == kNone) return builder.unsupported("needs a rounding: .rni, .rzi, .rmi or .rpi");
  modes.rounding = static_cast<RoundingMode>(rounding);
  modes.ftz = modifiers.take("ftz");
  if (from != Type::bf16) modifiers.take("sat");  // float to integer always saturates
  ASSAY_TRY(check_ftz(builder, modes, to, from));
  const Handler run = for_floats(from, [to]<typename From>() {
    return for_all_integers(
        to, []<typename T>() { return lanewise<ToInteger<From, T>, T, typename From::Bits>(); });
  });
  return emit_conversion(builder, modifiers, run, to, from, modes.packed());
}

Status convert_to_float(OpBuilder& builder, Modifiers& modifiers, Type to, Type from) {
  ConvertModes modes;
  const int rounding = take_float_rounding(modifiers);
  if (rounding == kNone) return builder.unsupported("needs a rounding: .rn, .rz, .rm or .rp");
  modes.rounding = static_cast<RoundingMode>(rounding);
  modes.ftz = modifiers.take("ftz");
  modes.sat = modifiers.take("sat");
  ASSAY_TRY(check_ftz(builder, modes, to, from));
  modes.ftz = false;  // no integer gives a subnormal number
  if (modes.sat && to == Type::bf16) return builder.unsupported("takes no .sat");
  const bool is_plain = modes.packed() == 0;
  const Handler run = for_all_integers(from, [&]<typename T>() {
    return for_floats(to, [&]<typename To>() -> Handler {
      using Bits = typename To::Bits;
      if constexpr (!kIsHalf<To>)
        if (is_plain) return lanewise<IntegerToNearestFloat<T, To>, Bits, T>();
      return lanewise<IntegerToFloat<T, To>, Bits, T>();
    });
  });
  return emit_conversion(builder, modifiers, run, to, from, modes.packed());
}

Status convert_floats(OpBuilder& builder, Modifiers& modifiers, Type to, Type from) {
  ConvertModes modes;
  const int integral = take_integral_rounding(modifiers);
  const int rounding = take_float_rounding(modifiers);
  modes.to_integral = integral != kNone;
  modes.rounding = static_cast<RoundingMode>(std::max({integral, rounding, 0}));
  modes.ftz = modifiers.take("ftz");
  modes.sat = modifiers.take("sat");
  modes.relu = modifiers.take("relu");
  modes.satfinite = modifiers.take("satfinite");
  ASSAY_TRY(check_ftz(builder, modes, to, from));
  if (modes.to_integral && (to != from || rounding != kNone))
    return builder.unsupported("rounds to integral values of the same type only");
  if (!holds_all_of(to, from) && rounding == kNone)
    return builder.unsupported("needs a rounding: .rn, .rz, .rm or .rp");
  // Of bf16, ptxas takes one that has nothing to do.
  if (holds_all_of(to, from) && rounding != kNone && (from != Type::bf16 || to == from))
    return builder.unsupported("takes no rounding: nothing is lost");
  const bool is_half = to == Type::f16 || to == Type::bf16;
  const bool is_nearest_or_zero = modes.rounding <= RoundingMode::rz && !modes.ftz && !modes.sat;
  if ((modes.relu || modes.satfinite) && !(is_half && from == Type::f32 && is_nearest_or_zero))
    return builder.unsupported("takes no .relu and no .satfinite");
  if (modes.sat && (to == Type::bf16 || from == Type::bf16))
    return builder.unsupported("takes no .sat");
  const Handler run = for_floats(from, [&]<typename From>() {
    return for_floats(to, [&]<typename To>() { return float_handler<From, To>(modes); });
  });
  return emit_conversion(builder, modifiers, run, to, from, modes.packed());
}

}  // namespace assay::emulator
