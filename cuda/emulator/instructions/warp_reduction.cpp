// SPDX-License-Identifier: Apache-2.0
// redux.sync: PTX ISA, "Parallel Synchronization and Communication Instructions: redux.sync".
#include <algorithm>
#include <bit>
#include <cmath>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/warp_operations.hpp"

namespace assay::emulator {
namespace {

template <typename T, typename Combine>
Flow reduce(Warp& warp, const Op& op, Mask active, Combine&& combine) {
  const auto* const a = warp.lanes<T>(op.a);
  const Flow flow = check_members(warp, op, active);
  const int first = std::countr_zero(active);
  T result = a[first];
  for_each_lane(active & (active - 1), [&](int lane) { result = combine(result, a[lane]); });
  auto* const d = warp.lanes<T>(op.dst);
  for_each_lane(active, [&](int lane) { d[lane] = result; });
  return flow;
}

using U32 = std::uint32_t;
using S32 = std::int32_t;

Flow add(Warp& warp, const Op& op, Mask active) {
  return reduce<U32>(warp, op, active, [](U32 x, U32 y) { return x + y; });
}
Flow bit_and(Warp& warp, const Op& op, Mask active) {
  return reduce<U32>(warp, op, active, [](U32 x, U32 y) { return x & y; });
}
Flow bit_or(Warp& warp, const Op& op, Mask active) {
  return reduce<U32>(warp, op, active, [](U32 x, U32 y) { return x | y; });
}
Flow bit_xor(Warp& warp, const Op& op, Mask active) {
  return reduce<U32>(warp, op, active, [](U32 x, U32 y) { return x ^ y; });
}
template <typename T>
Flow least(Warp& warp, const Op& op, Mask active) {
  return reduce<T>(warp, op, active, [](T x, T y) { return std::min(x, y); });
}
template <typename T>
Flow greatest(Warp& warp, const Op& op, Mask active) {
  return reduce<T>(warp, op, active, [](T x, T y) { return std::max(x, y); });
}

struct FloatReduction {
  bool is_min = false, is_abs = false, propagates_nan = false;
};

constexpr U32 kNan = 0x7FFFFFFF;

bool is_nan(U32 x) {
  return (x & 0x7FFFFFFF) > 0x7F800000;
}

// binary32 bits as integers in the order of their values, -0 before +0.
S32 ordered(U32 x) {
  const S32 bits = static_cast<S32>(x);
  return bits < 0 ? static_cast<S32>(~x ^ 0x80000000) : bits;
}

// Of values that are no NaN, unless .NaN says otherwise; +0 is greater than -0.
Flow reduce_floats(Warp& warp, const Op& op, Mask active) {
  const auto& rule = *static_cast<const FloatReduction*>(op.detail);
  const auto* const a = warp.lanes<U32>(op.a);
  const Flow flow = check_members(warp, op, active);
  U32 result = kNan;
  bool has_value = false, has_nan = false;
  for_each_lane(active, [&](int lane) {
    const U32 x = rule.is_abs ? a[lane] & 0x7FFFFFFF : a[lane];
    if (is_nan(x)) {
      has_nan = true;
    } else if (!has_value || (ordered(x) < ordered(result)) == rule.is_min) {
      result = x;
      has_value = true;
    }
  });
  if (has_nan && rule.propagates_nan) result = kNan;
  auto* const d = warp.lanes<U32>(op.dst);
  for_each_lane(active, [&](int lane) { d[lane] = result; });
  return flow;
}

Result<Handler> integer_reduction(const OpBuilder& builder, ptx::Type type) {
  const bool is_signed = type == ptx::Type::s32;
  if (type == ptx::Type::b32) {
    if (builder.has("and")) return bit_and;
    if (builder.has("or")) return bit_or;
    if (builder.has("xor")) return bit_xor;
  } else if (type == ptx::Type::u32 || is_signed) {
    if (builder.has("add")) return add;
    if (builder.has("min")) return is_signed ? least<S32> : least<U32>;
    if (builder.has("max")) return is_signed ? greatest<S32> : greatest<U32>;
  }
  return builder.unsupported("this type has no such reduction");
}

// sm_100a, sm_103a and their families; ptxas rejects it for sm_110a.
bool has_float_reduction(std::string_view target) {
  return target.starts_with("sm_100") || target.starts_with("sm_103");
}

}  // namespace

Status decode_reduction(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"sync", "add", "min", "max", "and", "or", "xor", "abs", "NaN"}));
  ASSAY_TRY(builder.expect_operands(3, 3));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  const bool is_float = type == ptx::Type::f32;
  Handler run = reduce_floats;
  if (!is_float) {
    ASSAY_ASSIGN(run, integer_reduction(builder, type));
  } else if (!has_float_reduction(builder.target())) {
    return builder.unsupported("redux of .f32 exists on sm_100a and sm_103a only");
  } else if (!builder.has("min") && !builder.has("max")) {
    return builder.unsupported("this type has no such reduction");
  }
  WarpOperands operands;
  ASSAY_TRY(read_destination(builder, type, false, operands));
  ASSAY_ASSIGN(const Slot value, builder.source(1, type));
  operands.sources = {value};
  ASSAY_ASSIGN(operands.members, builder.source(2, ptx::Type::b32));
  const auto* const rule = builder.program().keep(
      FloatReduction{builder.has("min"), builder.has("abs"), builder.has("NaN")});
  emit_for_members(builder, run, operands).detail = rule;
  return {};
}

}  // namespace assay::emulator
