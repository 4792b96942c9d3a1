// SPDX-License-Identifier: Apache-2.0
// The comparisons of setp and set: PTX ISA 9.0, sections 9.7.6 and 9.7.7. They are few relations,
// of which the others are made by exchanging the operands and negating the result.
#include "cuda/emulator/instructions/comparison.hpp"

#include <algorithm>
#include <array>

#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/float_types.hpp"
#include "cuda/emulator/instructions/selection.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

enum class Relation : std::uint8_t { equal, less, less_equal, less_greater, ordered };

template <Relation kRelation, typename T>
ASSAY_CALL bool holds(T a, T b) {
  switch (kRelation) {
    case Relation::equal:
      return a == b;
    case Relation::less:
      return a < b;
    case Relation::less_equal:
      return a <= b;
    case Relation::less_greater:
      return a < b || a > b;
    case Relation::ordered:
      return a == a && b == b;
  }
  return false;
}

enum class Combine : std::uint8_t { none, all, any, exclusive };

// Op::immediate of a comparison.
struct Outcome {
  bool is_negated = false;
  Combine combine = Combine::none;

  std::int64_t packed() const { return (is_negated ? 1 : 0) | static_cast<int>(combine) << 1; }
};

ASSAY_CALL Mask combined(Mask t, const Op& op, Mask c) {
  switch (static_cast<Combine>(op.immediate >> 1)) {
    case Combine::none:
      return t;
    case Combine::all:
      return t & c;
    case Combine::any:
      return t | c;
    case Combine::exclusive:
      return t ^ c;
  }
  return t;
}

ASSAY_CALL Mask third_operand(Warp& warp, const Op& op) {
  return op.c == kNoSlot ? 0 : warp.predicate(op.c);
}

// p = BoolOp(t, c); the second destination, Op::list, q = BoolOp(!t, c).
template <Relation kRelation, typename Format>
struct SetPredicate {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    using Bits = typename Format::Bits;
    const Mask where = lanes_where(
        [](Bits a, Bits b) { return holds<kRelation>(Format::value(a), Format::value(b)); },
        warp.lanes<const Bits>(op.a), warp.lanes<const Bits>(op.b));
    const Mask t = (op.immediate & 1) != 0 ? ~where : where;
    const Mask c = third_operand(warp, op);
    warp.set_predicate(op.dst, active, combined(t, op, c));
    if (op.list != nullptr) warp.set_predicate(op.list[0], active, combined(~t, op, c));
    return Flow::next;
  }
};

// Of packed halves: p of the low ones, q of the high ones.
template <Relation kRelation, typename Format>
struct SetPredicatePair {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const Mask c = third_operand(warp, op);
    const std::array destinations{op.dst, op.list == nullptr ? kNoSlot : op.list[0]};
    for (std::uint32_t half = 0; half < 2; ++half) {
      if (destinations[half] == kNoSlot) continue;
      const Mask where = lanes_where(
          [half](std::uint32_t a, std::uint32_t b) {
            return holds<kRelation>(Format::value(static_cast<std::uint16_t>(a >> (16 * half))),
                                    Format::value(static_cast<std::uint16_t>(b >> (16 * half))));
          },
          warp.lanes<const std::uint32_t>(op.a), warp.lanes<const std::uint32_t>(op.b));
      const Mask t = (op.immediate & 1) != 0 ? ~where : where;
      warp.set_predicate(destinations[half], active, combined(t, op, c));
    }
    return Flow::next;
  }
};

struct Comparison {
  std::string_view name;
  Relation relation;
  bool exchanges = false, is_negated = false;
};

constexpr std::array kOfIntegers{
    Comparison{"eq", Relation::equal, false, false}, Comparison{"ne", Relation::equal, false, true},
    Comparison{"lt", Relation::less, false, false},  Comparison{"le", Relation::less, true, true},
    Comparison{"gt", Relation::less, true, false},   Comparison{"ge", Relation::less, false, true},
    Comparison{"lo", Relation::less, false, false},  Comparison{"ls", Relation::less, true, true},
    Comparison{"hi", Relation::less, true, false},   Comparison{"hs", Relation::less, false, true},
};

constexpr std::array kOfFloats{
    Comparison{"eq", Relation::equal, false, false},
    Comparison{"ne", Relation::less_greater, false, false},
    Comparison{"lt", Relation::less, false, false},
    Comparison{"le", Relation::less_equal, false, false},
    Comparison{"gt", Relation::less, true, false},
    Comparison{"ge", Relation::less_equal, true, false},
    Comparison{"equ", Relation::less_greater, false, true},
    Comparison{"neu", Relation::equal, false, true},
    Comparison{"ltu", Relation::less_equal, true, true},
    Comparison{"leu", Relation::less, true, true},
    Comparison{"gtu", Relation::less_equal, false, true},
    Comparison{"geu", Relation::less, false, true},
    Comparison{"num", Relation::ordered, false, false},
    Comparison{"nan", Relation::ordered, false, true},
};

template <template <Relation, typename> typename Body, typename Format>
Handler of_floats(Relation relation) {
  switch (relation) {
    case Relation::equal:
      return handler<Body<Relation::equal, Format>>();
    case Relation::less:
      return handler<Body<Relation::less, Format>>();
    case Relation::less_equal:
      return handler<Body<Relation::less_equal, Format>>();
    case Relation::less_greater:
      return handler<Body<Relation::less_greater, Format>>();
    case Relation::ordered:
      return handler<Body<Relation::ordered, Format>>();
  }
  return nullptr;
}

template <template <Relation, typename> typename Body, typename Format>
Handler of_floats(Relation relation, bool flushes) {
  return flushes ? of_floats<Body, Flushed<Format, true>>(relation)
                 : of_floats<Body, Format>(relation);
}

Handler compare_floats(Type type, Relation relation, bool flushes) {
  switch (type) {
    case Type::f16:
      return of_floats<SetPredicate, F16>(relation, flushes);
    case Type::f16x2:
      return of_floats<SetPredicatePair, F16>(relation, flushes);
    case Type::f32:
      return of_floats<SetPredicate, F32>(relation, flushes);
    case Type::bf16:
      return flushes ? nullptr : of_floats<SetPredicate, Bf16>(relation);
    case Type::bf16x2:
      return flushes ? nullptr : of_floats<SetPredicatePair, Bf16>(relation);
    case Type::f64:
      return flushes ? nullptr : of_floats<SetPredicate, F64>(relation);
    default:
      return nullptr;
  }
}

Handler compare_integers(Type type, const Comparison& comparison) {
  if (comparison.relation == Relation::equal)
    return for_sizes(type,
                     []<typename T>() { return handler<SetPredicate<Relation::equal, Int<T>>>(); });
  const bool is_unsigned_name =
      comparison.name[0] == 'h' || comparison.name == "lo" || comparison.name == "ls";
  if (is_unsigned_name && !is_unsigned(type)) return nullptr;
  return for_integers(type,
                      []<typename T>() { return handler<SetPredicate<Relation::less, Int<T>>>(); });
}

// Null where they are not compared like that.
Handler comparison_handler(Type type, const Comparison& comparison, bool flushes) {
  if (is_float(type)) return compare_floats(type, comparison.relation, flushes);
  return flushes ? nullptr : compare_integers(type, comparison);
}

// The comparison among the modifiers, of sources of the type.
Result<Comparison> take_comparison(const OpBuilder& builder, Modifiers& modifiers, Type type) {
  const auto find = [&](const auto& table) -> Result<Comparison> {
    for (const Comparison& comparison : table)
      if (modifiers.take(comparison.name)) return comparison;
    return builder.unsupported(
        fmt::format("needs a comparison that .{} has", ptx::type_name(type)));
  };
  return is_float(type) ? find(kOfFloats) : find(kOfIntegers);
}

}  // namespace

Status emit_comparison(OpBuilder& builder, Modifiers& modifiers, Type type, Slot p, Slot q) {
  ASSAY_ASSIGN(const Comparison comparison, take_comparison(builder, modifiers, type));
  const auto combine = modifiers.take_one<Combine>(
      {{"and", Combine::all}, {"or", Combine::any}, {"xor", Combine::exclusive}}, Combine::none);
  const bool flushes = modifiers.take("ftz");
  ASSAY_TRY(modifiers.finish());
  const std::size_t operands = combine == Combine::none ? 3 : 4;
  ASSAY_TRY(builder.expect_operands(operands, operands));
  const Handler run = comparison_handler(type, comparison, flushes);
  if (run == nullptr)
    return builder.unsupported(fmt::format("does not compare .{} like that", ptx::type_name(type)));
  ASSAY_ASSIGN(Slot a, builder.source(1, type));
  ASSAY_ASSIGN(Slot b, builder.source(2, type));
  if (comparison.exchanges) std::swap(a, b);
  Slot c = kNoSlot;
  if (combine != Combine::none) {
    ASSAY_ASSIGN(c, builder.source(3, Type::pred));
  }
  Op& op = builder.emit(run, OpClass::predicate);
  op.dst = p;
  op.a = a;
  op.b = b;
  op.c = c;
  op.immediate = Outcome{comparison.is_negated, combine}.packed();
  if (q != kNoSlot) op.list = builder.program().keep({q});
  return {};
}

void add_comparisons(InstructionTable& table) {
  table.add("setp", decode_setp);
  table.add("set", decode_set);
  add_selections(table);
}

}  // namespace assay::emulator
