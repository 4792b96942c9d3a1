// SPDX-License-Identifier: Apache-2.0
// Logic of bits and predicates: and, or, xor, not, cnot and lop3 of PTX ISA 9.0, sections 9.7.8.1
// to 9.7.8.6.
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/lanewise.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;
constexpr OpClass kClass = OpClass::integer;

struct And {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};

struct Or {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};

struct Xor {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};

struct Not {
  template <typename T>
  ASSAY_CALL T operator()(T a) const {
    return static_cast<T>(~a);
  }
};

struct LogicalNot {
  template <typename T>
  ASSAY_CALL T operator()(T a) const {
    return a == 0 ? T{1} : T{0};
  }
};

// The table's bit 4a + 2b + c, for each bit. A chain of selections, each y ^ (s & (x ^ y)), of
// which the innermost, between constants, are made once.
class LookUp {
 public:
  ASSAY_CALL explicit LookUp(const Op& op) {
    for (int i = 0; i < 4; ++i) {
      when_clear_[i] = bit(op.immediate, 2 * i);
      flips_[i] = when_clear_[i] ^ bit(op.immediate, 2 * i + 1);
    }
  }
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    return select(a, select(b, by_c(3, c), by_c(2, c)), select(b, by_c(1, c), by_c(0, c)));
  }

 private:
  ASSAY_CALL static std::uint32_t bit(std::int64_t table, int index) {
    return ((table >> index) & 1) != 0 ? 0xFFFFFFFF : 0;
  }
  ASSAY_CALL static std::uint32_t select(std::uint32_t s, std::uint32_t x, std::uint32_t y) {
    return y ^ (s & (x ^ y));
  }
  ASSAY_CALL std::uint32_t by_c(int pair, std::uint32_t c) const {
    return when_clear_[pair] ^ (c & flips_[pair]);
  }

  std::uint32_t when_clear_[4] = {}, flips_[4] = {};
};

// Of predicates: one word for all lanes.
template <typename F, bool kUnary>
Flow logic_of_predicates(Warp& warp, const Op& op, Mask active) {
  if constexpr (kUnary)
    warp.set_predicate(op.dst, active, F{}(warp.predicate(op.a)));
  else
    warp.set_predicate(op.dst, active, F{}(warp.predicate(op.a), warp.predicate(op.b)));
  return Flow::next;
}

template <typename F>
Status decode_logic(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  if (type == Type::pred)
    return done(emit(builder, modifiers, logic_of_predicates<F, false>, OpClass::predicate, type,
                     {type, type}));
  const Handler run = for_untyped(type, []<typename T>() { return lanewise<F, T, T, T>(); });
  return done(emit(builder, modifiers, run, kClass, type, {type, type}));
}

Status decode_not(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  if (type == Type::pred)
    return done(
        emit(builder, modifiers, logic_of_predicates<Not, true>, OpClass::predicate, type, {type}));
  const Handler run = for_untyped(type, []<typename T>() { return lanewise<Not, T, T>(); });
  return done(emit(builder, modifiers, run, kClass, type, {type}));
}

Status decode_cnot(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = for_untyped(type, []<typename T>() { return lanewise<LogicalNot, T, T>(); });
  return done(emit(builder, modifiers, run, kClass, type, {type}));
}

// lop3.BoolOp: p = (d != 0) BoolOp q.
template <typename Combine>
Flow combine_lookup(Warp& warp, const Op& op, Mask active) {
  const auto* const d = warp.lanes<const std::uint32_t>(op.a);
  const Mask is_set = lanes_where([](std::uint32_t x) { return x != 0; }, d);
  warp.set_predicate(op.dst, active, Combine{}(is_set, warp.predicate(op.b)));
  return Flow::next;
}

struct LookUpSlots {
  Slot d, a, b, c;
  Slot p = kNoSlot, q = kNoSlot;  // with BoolOp only
};

Result<LookUpSlots> read_slots(OpBuilder& builder, Type type, bool combines) {
  LookUpSlots slots{};
  ASSAY_ASSIGN(slots.a, builder.source(1, type));
  ASSAY_ASSIGN(slots.b, builder.source(2, type));
  ASSAY_ASSIGN(slots.c, builder.source(3, type));
  const ptx::Operand& target = builder.operand(0);
  const bool is_pair = target.kind == ptx::Operand::Kind::pair;
  if (is_pair != combines)
    return builder.unsupported("writes a predicate, d|p, where it has .and or .or, and only there");
  ASSAY_ASSIGN(slots.d, builder.destination(is_pair ? target.elements[0] : target, type));
  if (combines) {
    ASSAY_ASSIGN(slots.p, builder.destination(target.elements[1], Type::pred));
    ASSAY_ASSIGN(slots.q, builder.source(5, Type::pred));
  }
  return slots;
}

Status decode_lop3(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const Handler combine = modifiers.take_one<Handler>(
      {{"or", combine_lookup<Or>}, {"and", combine_lookup<And>}}, nullptr);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  ASSAY_TRY(modifiers.finish());
  if (type != Type::b32) return builder.unsupported("takes b32 only");
  const std::size_t operands = combine == nullptr ? 5 : 6;
  ASSAY_TRY(builder.expect_operands(operands, operands));
  ASSAY_ASSIGN(const std::int64_t table, builder.integer(4));
  if (table < 0 || table > 255) return builder.unsupported("the table must be 0 to 255");
  ASSAY_ASSIGN(const LookUpSlots slots, read_slots(builder, type, combine != nullptr));
  using Word = std::uint32_t;
  Op& op = builder.emit(lanewise<LookUp, Word, Word, Word, Word>(), kClass);
  op.dst = slots.d;
  op.a = slots.a;
  op.b = slots.b;
  op.c = slots.c;
  op.immediate = table;
  if (combine == nullptr) return {};
  Op& test = builder.emit(combine, OpClass::predicate);
  test.dst = slots.p;
  test.a = slots.d;
  test.b = slots.q;
  return {};
}

}  // namespace

void add_logic(InstructionTable& table) {
  table.add("and", decode_logic<And>);
  table.add("or", decode_logic<Or>);
  table.add("xor", decode_logic<Xor>);
  table.add("not", decode_not);
  table.add("cnot", decode_cnot);
  table.add("lop3", decode_lop3);
}

}  // namespace assay::emulator
