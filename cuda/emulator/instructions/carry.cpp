// SPDX-License-Identifier: Apache-2.0
// Extended-precision arithmetic (PTX ISA 9.0, section 9.7.2): add.cc, addc, sub.cc, subc, mad.cc,
// madc. The carry flag CC.CF is a predicate of the thread; subtractions keep their borrow in it.
#include "cuda/emulator/instructions/arithmetic.hpp"
#include "cuda/emulator/instructions/integer_functions.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

// Which flag an operation reads and writes: Op::list, kNoSlot for none.
struct Flags {
  Slot in, out;
};

ASSAY_CALL Flags flags_of(const Op& op) {
  return {op.list[0], op.list[1]};
}

// What is added and what it is added to, of a lane.
template <typename T>
struct Terms {
  T a, b;
};

struct Sum {
  template <typename T>
  ASSAY_CALL static T result(Terms<T> t, T carry) {
    return t.a + t.b + carry;
  }
  // Of a + b + carry: what wraps is below either summand, or equal with a carry.
  template <typename T>
  ASSAY_CALL static bool carries(Terms<T> t, T carry, T sum) {
    return sum < t.a || (carry != 0 && sum == t.a);
  }
};

struct Difference {
  template <typename T>
  ASSAY_CALL static T result(Terms<T> t, T borrow) {
    return t.a - t.b - borrow;
  }
  template <typename T>
  ASSAY_CALL static bool carries(Terms<T> t, T borrow, T) {
    return t.a < t.b || (borrow != 0 && t.a == t.b);
  }
};

struct TwoSources {
  template <typename T>
  ASSAY_CALL static Terms<T> terms(const T* a, const T* b, const T*, int lane) {
    return {a[lane], b[lane]};
  }
};

// S: T with the sign of the instruction's type.
template <typename Multiply, typename S>
struct Product {
  template <typename T>
  ASSAY_CALL static Terms<T> terms(const T* a, const T* b, const T* c, int lane) {
    return {static_cast<T>(Multiply{}(static_cast<S>(a[lane]), static_cast<S>(b[lane]))), c[lane]};
  }
};

template <typename Arithmetic, typename Source, typename T>
struct Chained {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const auto [in, out] = flags_of(op);
    const Mask carry_in = in == kNoSlot ? 0 : warp.predicate(in);
    const T* const a = warp.lanes<const T>(op.a);
    const T* const b = warp.lanes<const T>(op.b);
    const T* const c = op.c == kNoSlot ? nullptr : warp.lanes<const T>(op.c);
    T* const d = warp.lanes<T>(op.dst);
    alignas(64) T results[kLanes];
    Mask carry_out = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      const Terms<T> terms = Source::template terms<T>(a, b, c, lane);
      const T carry = (carry_in >> lane) & 1;
      results[lane] = Arithmetic::result(terms, carry);
      const bool carries = Arithmetic::carries(terms, carry, results[lane]);
      carry_out |= carries ? Mask{1} << lane : Mask{0};
    }
    for_each_lane(active, [&](int lane) { d[lane] = results[lane]; });
    if (out != kNoSlot) warp.set_predicate(out, active, carry_out);
    return Flow::next;
  }
};

Status emit_chained(OpBuilder& builder, Modifiers& modifiers, Handler run, Type type,
                    std::initializer_list<Type> sources, bool reads) {
  const bool writes = modifiers.take("cc");
  ASSAY_ASSIGN(Op* const op, emit(builder, modifiers, run, OpClass::integer, type, sources));
  op->list = builder.program().keep(
      {reads ? builder.carry_flag() : kNoSlot, writes ? builder.carry_flag() : kNoSlot});
  return {};
}

template <typename Arithmetic>
Status decode_sum(OpBuilder& builder, bool reads) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run = for_words(type, []<typename T>() {
    return handler<Chained<Arithmetic, TwoSources, std::make_unsigned_t<T>>>();
  });
  return emit_chained(builder, modifiers, run, type, {type, type}, reads);
}

template <typename Multiply>
Handler product_handler(Type type) {
  return for_words(type, []<typename T>() {
    return handler<Chained<Sum, Product<Multiply, T>, std::make_unsigned_t<T>>>();
  });
}

}  // namespace

Status carry_add(OpBuilder& builder, bool reads) {
  return decode_sum<Sum>(builder, reads);
}

Status carry_sub(OpBuilder& builder, bool reads) {
  return decode_sum<Difference>(builder, reads);
}

Status carry_mad(OpBuilder& builder, bool reads) {
  Modifiers modifiers(builder);
  const bool is_high = modifiers.take("hi");
  if (!is_high && !modifiers.take("lo")) return builder.unsupported("needs .lo or .hi");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const Handler run =
      is_high ? product_handler<MultiplyHigh>(type) : product_handler<MultiplyLow>(type);
  return emit_chained(builder, modifiers, run, type, {type, type, type}, reads);
}

}  // namespace assay::emulator
