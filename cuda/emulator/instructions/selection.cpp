// SPDX-License-Identifier: Apache-2.0
// selp, slct and testp: PTX ISA 9.0, sections 9.7.6.3, 9.7.6.4 and 9.7.3.1.
#include "cuda/emulator/instructions/selection.hpp"

#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/float_types.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

class SelectByPredicate {
 public:
  ASSAY_CALL SelectByPredicate(Warp& warp, const Op& op) : where_(warp.predicate(op.c)) {}
  template <typename T>
  ASSAY_CALL T operator()(int lane, T a, T b) const {
    return ((where_ >> lane) & 1) != 0 ? a : b;
  }

 private:
  Mask where_;
};

Handler select_handler(Type type) {
  if (!is_basic(type)) return nullptr;
  return for_sizes(type, []<typename T>() { return lanewise<SelectByPredicate, T, T, T>(); });
}

Status decode_selp(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  return done(emit(builder, modifiers, select_handler(type), OpClass::move, type,
                   {type, type, Type::pred}));
}

template <typename C>
struct SelectBySign {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b, typename C::Bits c) const {
    return C::value(c) >= 0 ? a : b;
  }
};

template <typename C>
Handler slct_handler(Type type) {
  if (!is_basic(type)) return nullptr;
  return for_sizes(
      type, []<typename T>() { return lanewise<SelectBySign<C>, T, T, T, typename C::Bits>(); });
}

Status decode_slct(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const bool flushes = modifiers.take("ftz");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  ASSAY_ASSIGN(const Type by, modifiers.take_type());
  Handler run = nullptr;
  if (by == Type::f32)
    run = flushes ? slct_handler<Flushed<F32, true>>(type) : slct_handler<F32>(type);
  if (by == Type::s32 && !flushes) run = slct_handler<Int<std::int32_t>>(type);
  return done(emit(builder, modifiers, run, OpClass::move, type, {type, type, by}));
}

enum class Property : std::uint8_t {
  none,
  finite,
  infinite,
  number,
  not_a_number,
  normal,
  subnormal
};

// Zeros are normal.
template <typename T>
ASSAY_CALL bool has_property(T bits, Property property) {
  constexpr T kMagnitude = static_cast<T>(~T{0}) >> 1;
  constexpr T kInfinity = sizeof(T) == 4 ? T{0x7F800000} : static_cast<T>(0x7FF0'0000'0000'0000);
  constexpr T kMinNormal = sizeof(T) == 4 ? T{0x00800000} : static_cast<T>(0x0010'0000'0000'0000);
  const T magnitude = bits & kMagnitude;
  const bool is_subnormal = magnitude != 0 && magnitude < kMinNormal;
  switch (property) {
    case Property::finite:
      return magnitude < kInfinity;
    case Property::infinite:
      return magnitude == kInfinity;
    case Property::number:
      return magnitude <= kInfinity;
    case Property::not_a_number:
      return magnitude > kInfinity;
    case Property::normal:
      return magnitude < kInfinity && !is_subnormal;
    case Property::subnormal:
      return is_subnormal;
    case Property::none:
      break;
  }
  return false;
}

template <typename T>
Flow test_property(Warp& warp, const Op& op, Mask active) {
  const auto property = static_cast<Property>(op.immediate);
  const Mask where = lanes_where([property](T bits) { return has_property(bits, property); },
                                 warp.lanes<const T>(op.a));
  warp.set_predicate(op.dst, active, where);
  return Flow::next;
}

Status decode_testp(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const auto property = modifiers.take_one<Property>({{"finite", Property::finite},
                                                      {"infinite", Property::infinite},
                                                      {"number", Property::number},
                                                      {"notanumber", Property::not_a_number},
                                                      {"normal", Property::normal},
                                                      {"subnormal", Property::subnormal}},
                                                     Property::none);
  if (property == Property::none) return builder.unsupported("needs a property");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  Handler run = nullptr;
  if (type == Type::f32) run = test_property<std::uint32_t>;
  if (type == Type::f64) run = test_property<std::uint64_t>;
  ASSAY_ASSIGN(Op* const op, emit(builder, modifiers, run, OpClass::predicate, Type::pred, {type}));
  op->immediate = static_cast<std::int64_t>(property);
  return {};
}

}  // namespace

void emit_select(OpBuilder& builder, Type type, Slot dst, Slot a, Slot b, Slot where) {
  Op& op = builder.emit(select_handler(type), OpClass::move);
  op.dst = dst;
  op.a = a;
  op.b = b;
  op.c = where;
}

void add_selections(InstructionTable& table) {
  table.add("selp", decode_selp);
  table.add("slct", decode_slct);
  table.add("testp", decode_testp);
}

}  // namespace assay::emulator
