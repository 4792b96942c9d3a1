// SPDX-License-Identifier: Apache-2.0
// Decoders of min, max, abs, neg and copysign of floating-point numbers: PTX ISA 9.0, sections
// 9.7.3.2, 9.7.3.9 to 9.7.3.12, 9.7.4.5 to 9.7.4.8.
#include "cuda/emulator/instructions/arithmetic.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/float_bits.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

// f.operator()<Format, kIsPacked>() for the floating-point type.
template <typename F>
Handler for_float_bits(Type type, F f) {
  switch (type) {
    case Type::f32:
      return f.template operator()<F32Bits, false>();
    case Type::f64:
      return f.template operator()<F64Bits, false>();
    case Type::f16:
      return f.template operator()<F16Bits, false>();
    case Type::bf16:
      return f.template operator()<Bf16Bits, false>();
    case Type::f16x2:
      return f.template operator()<F16Bits, true>();
    case Type::bf16x2:
      return f.template operator()<Bf16Bits, true>();
    default:
      return nullptr;
  }
}

bool has_ftz(Type type) {
  return type == Type::f32 || type == Type::f16 || type == Type::f16x2;
}

template <bool kMaximum>
Handler choice_handler(Type type) {
  return for_float_bits(type, []<typename F, bool kIsPacked>() {
    using B = typename F::Bits;
    using Choice = FloatChoice<F, kMaximum>;
    return kIsPacked ? lanewise_x2<Choice, B, B, B>() : lanewise<Choice, B, B, B>();
  });
}

template <bool kMaximum>
Status decode_choice(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ChoiceModes modes;
  modes.ftz = modifiers.take("ftz");
  modes.nan = modifiers.take("NaN");
  modes.xorsign = modifiers.take("xorsign");
  modes.abs = modifiers.take("abs");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const bool has_third = builder.operand_count() == 4;
  if (modes.ftz && !has_ftz(type)) return builder.unsupported("takes no .ftz");
  if (type == Type::f64 && modes.packed() != 0) return builder.unsupported("takes no modifiers");
  if (has_third ? modes.xorsign : modes.xorsign != modes.abs)
    return builder.unsupported("takes .xorsign.abs of two sources, .abs of three");
  Op* op = nullptr;
  if (has_third) {
    using B = F32Bits::Bits;
    const Handler run =
        type == Type::f32 ? lanewise<FloatChoice<F32Bits, kMaximum>, B, B, B, B>() : nullptr;
    ASSAY_ASSIGN(op, emit(builder, modifiers, run, OpClass::floating, type, {type, type, type}));
  } else {
    ASSAY_ASSIGN(op, emit(builder, modifiers, choice_handler<kMaximum>(type), OpClass::floating,
                          type, {type, type}));
  }
  op->immediate = modes.packed();
  return {};
}

template <template <typename, bool> typename Function>
Status decode_sign(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const bool flushes = modifiers.take("ftz");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  if (flushes && !has_ftz(type)) return builder.unsupported("takes no .ftz");
  const Handler run = for_float_bits(type, [flushes]<typename F, bool kIsPacked>() {
    using B = typename F::Bits;
    if (kIsPacked)
      return flushes ? lanewise_x2<Function<F, true>, B, B>()
                     : lanewise_x2<Function<F, false>, B, B>();
    return flushes ? lanewise<Function<F, true>, B, B>() : lanewise<Function<F, false>, B, B>();
  });
  return done(emit(builder, modifiers, run, OpClass::floating, type, {type}));
}

}  // namespace

Status float_abs(OpBuilder& builder) {
  return decode_sign<FloatAbs>(builder);
}

Status float_neg(OpBuilder& builder) {
  return decode_sign<FloatNeg>(builder);
}

Status float_min(OpBuilder& builder) {
  return decode_choice<false>(builder);
}

Status float_max(OpBuilder& builder) {
  return decode_choice<true>(builder);
}

Status float_copysign(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  Handler run = nullptr;
  if (type == Type::f32)
    run = lanewise<CopySign<F32Bits>, std::uint32_t, std::uint32_t, std::uint32_t>();
  if (type == Type::f64)
    run = lanewise<CopySign<F64Bits>, std::uint64_t, std::uint64_t, std::uint64_t>();
  return done(emit(builder, modifiers, run, OpClass::floating, type, {type, type}));
}

}  // namespace assay::emulator
