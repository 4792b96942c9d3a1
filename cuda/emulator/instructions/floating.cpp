// SPDX-License-Identifier: Apache-2.0
// Decoders of floating-point arithmetic: add, sub, mul, fma, mad, div, rcp, sqrt. PTX ISA 9.0,
// sections 9.7.3 to 9.7.5. Each operation has a handler for .rn, one for .rn.ftz, which are fast,
// and one for everything else.
#include <array>

#include "cuda/emulator/instructions/approximate.hpp"
#include "cuda/emulator/instructions/arithmetic.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/float_forms.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

bool is_plain(const FloatModes& modes) {
  return modes.rounding == RoundingMode::rn && !modes.sat;
}

// Of binary32 results; Formats: of the sources.
template <typename Operation, typename... Formats>
Handler f32_handler(const FloatModes& modes) {
  if (!is_plain(modes))
    return lanewise<Rounded<Operation, Formats...>, float, typename Formats::Bits...>();
  return modes.ftz
             ? lanewise<Nearest<Operation, true, Formats...>, float, typename Formats::Bits...>()
             : lanewise<Nearest<Operation, false, Formats...>, float, typename Formats::Bits...>();
}

template <typename Operation, typename... Formats>
Handler f32x2_handler(const FloatModes& modes) {
  if (!is_plain(modes))
    return lanewise_x2<Rounded<Operation, Formats...>, float, typename Formats::Bits...>();
  return modes.ftz
             ? lanewise_x2<Nearest<Operation, true, Formats...>, float, typename Formats::Bits...>()
             : lanewise_x2<Nearest<Operation, false, Formats...>, float,
                           typename Formats::Bits...>();
}

template <typename Operation, typename... Double>
Handler f64_handler(const FloatModes& modes) {
  return is_plain(modes) ? lanewise<NearestF64<Operation>, double, Double...>()
                         : lanewise<RoundedF64<Operation>, double, Double...>();
}

template <typename Operation, typename... Half>
Handler half_handler(Type type) {
  switch (type) {
    case Type::f16:
      return lanewise<RoundedHalf<Operation, F16>, std::uint16_t, Half...>();
    case Type::f16x2:
      return lanewise_x2<RoundedHalf<Operation, F16>, std::uint16_t, Half...>();
    case Type::bf16:
      return lanewise<RoundedHalf<Operation, Bf16>, std::uint16_t, Half...>();
    case Type::bf16x2:
      return lanewise_x2<RoundedHalf<Operation, Bf16>, std::uint16_t, Half...>();
    default:
      return nullptr;
  }
}

bool is_half(Type type) {
  return type == Type::f16 || type == Type::f16x2 || type == Type::bf16 || type == Type::bf16x2;
}

// Which modifiers go with which type: the syntax of 9.7.3.3 to 9.7.3.6 and 9.7.4.1 to 9.7.4.4.
Status check_modes(const OpBuilder& builder, Type type, const FloatModes& modes) {
  const bool is_f16 = type == Type::f16 || type == Type::f16x2;
  if (is_half(type) && modes.rounding != RoundingMode::rn)
    return builder.unsupported("halves round to nearest only");
  if (modes.ftz && type != Type::f32 && type != Type::f32x2 && !is_f16)
    return builder.unsupported("takes no .ftz");
  if (modes.sat && type != Type::f32 && !is_f16) return builder.unsupported("takes no .sat");
  if (modes.relu && (!is_half(type) || modes.sat)) return builder.unsupported("takes no .relu");
  return {};
}

Result<FloatModes> take_modes(const OpBuilder& builder, Modifiers& modifiers, bool needs_rounding) {
  FloatModes modes;
  ASSAY_ASSIGN(modes.rounding, take_rounding(builder, modifiers, needs_rounding));
  modes.ftz = modifiers.take("ftz");
  modes.sat = modifiers.take("sat");
  modes.relu = modifiers.take("relu");
  return modes;
}

template <typename Operation>
Handler binary_handler(Type type, const FloatModes& modes) {
  switch (type) {
    case Type::f32:
      return f32_handler<Operation, F32, F32>(modes);
    case Type::f32x2:
      return f32x2_handler<Operation, F32, F32>(modes);
    case Type::f64:
      return f64_handler<Operation, double, double>(modes);
    default:
      return half_handler<Operation, std::uint16_t, std::uint16_t>(type);
  }
}

// add, sub: also of an f16 or bf16 and an f32 (9.7.5); mul.
template <typename Operation, bool kHasMixed>
Status decode_binary(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const FloatModes modes, take_modes(builder, modifiers, false));
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  if (modes.relu) return builder.unsupported("takes no .relu");
  ASSAY_TRY(check_modes(builder, type, modes));
  if constexpr (kHasMixed) {
    const bool is_mixed = builder.instruction().modifiers.back() != ptx::type_name(type);
    if (type == Type::f32 && is_mixed) {
      ASSAY_ASSIGN(const Type from, modifiers.take_type());
      Handler run = nullptr;
      if (from == Type::f16 && !modes.ftz) run = f32_handler<Operation, F16, F32>(modes);
      if (from == Type::bf16 && !modes.ftz) run = f32_handler<Operation, Bf16, F32>(modes);
      return emit_with_modes(builder, modifiers, run, type, {from, type}, modes);
    }
  }
  return emit_with_modes(builder, modifiers, binary_handler<Operation>(type, modes), type,
                         {type, type}, modes);
}

Handler fma_handler(Type type, const FloatModes& modes) {
  switch (type) {
    case Type::f32:
      return f32_handler<FloatFma, F32, F32, F32>(modes);
    case Type::f32x2:
      return f32x2_handler<FloatFma, F32, F32, F32>(modes);
    case Type::f64:
      return f64_handler<FloatFma, double, double, double>(modes);
    default:
      return half_handler<FloatFma, std::uint16_t, std::uint16_t, std::uint16_t>(type);
  }
}

template <typename Operation>
Status decode_unary(OpBuilder& builder) {
  if (builder.has("approx")) return decode_approximate(builder);
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const FloatModes modes, take_modes(builder, modifiers, true));
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  if (modes.sat || modes.relu) return builder.unsupported("takes no .sat and no .relu");
  ASSAY_TRY(check_modes(builder, type, modes));
  Handler run = nullptr;
  if (type == Type::f32) run = f32_handler<Operation, F32>(modes);
  if (type == Type::f64) run = f64_handler<Operation, double>(modes);
  return emit_with_modes(builder, modifiers, run, type, {type}, modes);
}

}  // namespace

Status float_add(OpBuilder& builder) {
  return decode_binary<FloatAdd, true>(builder);
}

Status float_sub(OpBuilder& builder) {
  return decode_binary<FloatSubtract, true>(builder);
}

Status float_mul(OpBuilder& builder) {
  return decode_binary<FloatMultiply, false>(builder);
}

Status float_fma(OpBuilder& builder) {
  Modifiers modifiers(builder);
  if (builder.has("oob"))
    return builder.unsupported("the bits of the out-of-bounds NaN of .oob are not documented");
  ASSAY_ASSIGN(const FloatModes modes, take_modes(builder, modifiers, true));
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  ASSAY_TRY(check_modes(builder, type, modes));
  const bool is_mixed = builder.instruction().modifiers.back() != ptx::type_name(type);
  if (builder.opcode() == "mad" && (is_mixed || (type != Type::f32 && type != Type::f64)))
    return builder.unsupported("takes .f32 and .f64 only");
  if (type == Type::f32 && is_mixed) {
    ASSAY_ASSIGN(const Type from, modifiers.take_type());
    Handler run = nullptr;
    if (from == Type::f16 && !modes.ftz) run = f32_handler<FloatFma, F16, F16, F32>(modes);
    if (from == Type::bf16 && !modes.ftz) run = f32_handler<FloatFma, Bf16, Bf16, F32>(modes);
    return emit_with_modes(builder, modifiers, run, type, {from, from, type}, modes);
  }
  return emit_with_modes(builder, modifiers, fma_handler(type, modes), type, {type, type, type},
                         modes);
}

Status float_div(OpBuilder& builder) {
  if (builder.has("approx") || builder.has("full")) return decode_approximate(builder);
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const FloatModes modes, take_modes(builder, modifiers, true));
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  if (modes.sat || modes.relu) return builder.unsupported("takes no .sat and no .relu");
  ASSAY_TRY(check_modes(builder, type, modes));
  Handler run = nullptr;
  if (type == Type::f32) run = f32_handler<FloatDivide, F32, F32>(modes);
  if (type == Type::f64) run = f64_handler<FloatDivide, double, double>(modes);
  return emit_with_modes(builder, modifiers, run, type, {type, type}, modes);
}

void add_float_arithmetic(InstructionTable& table) {
  table.add("fma", float_fma);
  table.add("rcp", decode_unary<FloatReciprocal>);
  table.add("sqrt", decode_unary<FloatSqrt>);
  for (const std::string_view name : {"ex2", "lg2", "sin", "cos", "tanh", "rsqrt"})
    table.add(name, decode_approximate);
  table.add("copysign", float_copysign);
}

}  // namespace assay::emulator
