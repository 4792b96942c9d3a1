// SPDX-License-Identifier: Apache-2.0
// Decoders of shifts (PTX ISA 9.0, sections 9.7.8.7 to 9.7.8.9), of what counts, finds and moves
// bits (9.7.1.15 to 9.7.1.22) and of prmt (9.7.9.7).
#include "cuda/emulator/instructions/bit_functions.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;
constexpr OpClass kClass = OpClass::integer;

Status decode_shl(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run =
      for_untyped(type, []<typename T>() { return lanewise<ShiftLeft, T, T, std::uint32_t>(); });
  return done(emit(builder, modifiers, run, kClass, type, {type, Type::u32}));
}

Status decode_shr(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const auto of = []<typename T>() { return lanewise<ShiftRight, T, T, std::uint32_t>(); };
  const Handler run = is_untyped(type) ? for_untyped(type, of) : for_integers(type, of);
  return done(emit(builder, modifiers, run, kClass, type, {type, Type::u32}));
}

template <bool kLeft, bool kWrap>
Handler funnel() {
  using Word = std::uint32_t;
  return lanewise<FunnelShift<kLeft, kWrap>, Word, Word, Word, Word>();
}

// Which of .clamp and .wrap is there; Error: neither.
Result<bool> take_wrap(const OpBuilder& builder, Modifiers& modifiers) {
  if (modifiers.take("wrap")) return true;
  if (modifiers.take("clamp")) return false;
  return builder.unsupported("needs .clamp or .wrap");
}

Status decode_shf(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const bool is_left = modifiers.take("l");
  if (!is_left && !modifiers.take("r")) return builder.unsupported("needs .l or .r");
  ASSAY_ASSIGN(const bool wraps, take_wrap(builder, modifiers));
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  Handler run = wraps ? funnel<false, true>() : funnel<false, false>();
  if (is_left) run = wraps ? funnel<true, true>() : funnel<true, false>();
  if (type != Type::b32) run = nullptr;
  return done(emit(builder, modifiers, run, kClass, type, {type, type, Type::u32}));
}

// popc, clz: of b32 or b64, into a b32.
template <typename F>
Status decode_count(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  Handler run = nullptr;
  if (type == Type::b32) run = lanewise<F, std::uint32_t, std::uint32_t>();
  if (type == Type::b64) run = lanewise<F, std::uint32_t, std::uint64_t>();
  return done(emit(builder, modifiers, run, kClass, Type::u32, {type}));
}

Status decode_bfind(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const bool as_shift = modifiers.take("shiftamt");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = for_words(type, [as_shift]<typename T>() {
    return as_shift ? lanewise<FindBit<true>, std::uint32_t, T>()
                    : lanewise<FindBit<false>, std::uint32_t, T>();
  });
  return done(emit(builder, modifiers, run, kClass, Type::u32, {type}));
}

Status decode_fns(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  using Word = std::uint32_t;
  const Handler run =
      type == Type::b32 ? lanewise<FindNthSet, Word, Word, Word, std::int32_t>() : nullptr;
  return done(emit(builder, modifiers, run, kClass, type, {type, type, type}));
}

Status decode_brev(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  Handler run = nullptr;
  if (type == Type::b32) run = lanewise<Reverse, std::uint32_t, std::uint32_t>();
  if (type == Type::b64) run = lanewise<Reverse, std::uint64_t, std::uint64_t>();
  return done(emit(builder, modifiers, run, kClass, type, {type}));
}

Status decode_bfe(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = for_words(type, []<typename T>() {
    return lanewise<ExtractField, T, T, std::uint32_t, std::uint32_t>();
  });
  return done(emit(builder, modifiers, run, kClass, type, {type, Type::u32, Type::u32}));
}

Status decode_bfi(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = type == Type::b16 ? nullptr : for_untyped(type, []<typename T>() {
    return lanewise<InsertField, T, T, T, std::uint32_t, std::uint32_t>();
  });
  return done(emit(builder, modifiers, run, kClass, type, {type, type, Type::u32, Type::u32}));
}

Status decode_bmsk(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const bool wraps, take_wrap(builder, modifiers));
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  using Word = std::uint32_t;
  Handler run = wraps ? lanewise<BitMask<false>, Word, Word, Word>()
                      : lanewise<BitMask<true>, Word, Word, Word>();
  if (type != Type::b32) run = nullptr;
  return done(emit(builder, modifiers, run, kClass, type, {type, type}));
}

Status decode_szext(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const bool wraps, take_wrap(builder, modifiers));
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const auto of = [wraps]<typename T>() {
    return wraps ? lanewise<ExtendSign<false>, T, T, std::uint32_t>()
                 : lanewise<ExtendSign<true>, T, T, std::uint32_t>();
  };
  Handler run = nullptr;
  if (type == Type::u32) run = of.operator()<std::uint32_t>();
  if (type == Type::s32) run = of.operator()<std::int32_t>();
  return done(emit(builder, modifiers, run, kClass, type, {type, Type::u32}));
}

// The generic selector of a mode, for c's two low bits 0 to 3 (table in 9.7.9.7).
Status decode_prmt(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const auto selectors = modifiers.take_one<std::uint64_t>({{"f4e", 0x6543'5432'4321'3210},
                                                            {"b4e", 0x0123'7012'6701'5670},
                                                            {"rc8", 0x3333'2222'1111'0000},
                                                            {"ecl", 0x3333'3222'3211'3210},
                                                            {"ecr", 0x3210'2210'1110'0000},
                                                            {"rc16", 0x3232'1010'3232'1010}},
                                                           0);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  using Word = std::uint32_t;
  Handler run = selectors == 0 ? lanewise<Permute, Word, Word, Word, Word>()
                               : lanewise<PermuteByMode, Word, Word, Word, Word>();
  if (type != Type::b32) run = nullptr;
  ASSAY_ASSIGN(Op* const op, emit(builder, modifiers, run, kClass, type, {type, type, type}));
  op->immediate = static_cast<std::int64_t>(selectors);
  return {};
}

}  // namespace

void add_bit_operations(InstructionTable& table) {
  table.add("shl", decode_shl);
  table.add("shr", decode_shr);
  table.add("shf", decode_shf);
  table.add("popc", decode_count<CountOnes>);
  table.add("clz", decode_count<CountLeadingZeros>);
  table.add("bfind", decode_bfind);
  table.add("fns", decode_fns);
  table.add("brev", decode_brev);
  table.add("bfe", decode_bfe);
  table.add("bfi", decode_bfi);
  table.add("bmsk", decode_bmsk);
  table.add("szext", decode_szext);
  table.add("prmt", decode_prmt);
}

}  // namespace assay::emulator
