// SPDX-License-Identifier: Apache-2.0
// set: PTX ISA 9.0, sections 9.7.6.1 and 9.7.7.1. A comparison into predicates of no name, then the
// choice of what they stand for.
#include "cuda/emulator/instructions/comparison.hpp"
#include "cuda/emulator/instructions/float_types.hpp"
#include "cuda/emulator/instructions/selection.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

// What set writes where the comparison holds; 0 for types that it does not write.
std::uint64_t true_value(Type type) {
  switch (type) {
    case Type::u32:
    case Type::s32:
      return 0xFFFFFFFF;
    case Type::u16:
    case Type::s16:
      return 0xFFFF;
    case Type::f32:
      return bits_of(1.0f);
    case Type::f16:
    case Type::f16x2:
      return F16::kOne;
    case Type::bf16:
    case Type::bf16x2:
      return Bf16::kOne;
    default:
      return 0;
  }
}

// Which results set has of which sources: the syntax of 9.7.6.1 and 9.7.7.1.
bool may_set(Type type, Type of) {
  const bool is_word = type == Type::u32 || type == Type::s32;
  const bool of_half = of == Type::f16 || of == Type::bf16;
  if (is_packed(of)) return type == of || is_word;
  if (type == Type::f32) return !of_half;
  if (type == Type::u16 || type == Type::s16) return of_half;
  if (type == Type::f16) return of != Type::bf16;
  return is_word || type == Type::bf16;
}

// The halves of a word by two predicates.
class PackTruth {
 public:
  ASSAY_CALL PackTruth(Warp& warp, const Op& op)
      : low_(warp.predicate(op.b)),
        high_(warp.predicate(op.c)),
        value_(static_cast<std::uint32_t>(op.immediate)) {}
  ASSAY_CALL std::uint32_t operator()(int lane) const {
    return ((low_ >> lane) & 1) * value_ | (((high_ >> lane) & 1) * value_) << 16;
  }

 private:
  Mask low_, high_;
  std::uint32_t value_;
};

}  // namespace

Status decode_set(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  ASSAY_ASSIGN(const Type of, modifiers.take_type());
  if (!may_set(type, of) || (type == Type::bf16 && builder.has("ftz")))
    return builder.unsupported(fmt::format("does not write .{} of .{} like that",
                                           ptx::type_name(type), ptx::type_name(of)));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, type));
  const Slot p = builder.scratch(Type::pred);
  const Slot q = is_packed(of) ? builder.scratch(Type::pred) : kNoSlot;
  ASSAY_TRY(emit_comparison(builder, modifiers, of, p, q));
  if (!is_packed(of)) {
    const Type bits = bits_type(ptx::type_bytes(type));
    emit_select(builder, bits, dst, builder.constant(true_value(type), bits),
                builder.constant(0, bits), p);
    return {};
  }
  Op& op = builder.emit(lanewise<PackTruth, std::uint32_t>(), OpClass::move);
  op.dst = dst;
  op.b = p;
  op.c = q;
  op.immediate = type == of ? static_cast<std::int64_t>(true_value(type)) : 0xFFFF;
  return {};
}

}  // namespace assay::emulator
