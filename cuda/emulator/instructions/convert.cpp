// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/convert.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/lanewise.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

constexpr std::array<std::string_view, 14> kFormats{
    "e4m3x2", "e5m2x2", "e2m1x2", "e2m3x2", "e3m2x2", "ue8m0x2", "e4m3x4",
    "e5m2x4", "e2m1x4", "e2m3x4", "e3m2x4", "tf32",   "f16x2",   "bf16x2"};

struct Cast {
  template <typename To>
  struct Into {
    template <typename From>
    ASSAY_CALL To operator()(From x) const {
      return static_cast<To>(x);
    }
  };
};

template <typename From>
Handler resize_from(int bytes) {
  switch (bytes) {
    case 1:
      return lanewise<Cast::Into<std::uint8_t>, std::uint8_t, From>();
    case 2:
      return lanewise<Cast::Into<std::uint16_t>, std::uint16_t, From>();
    case 4:
      return lanewise<Cast::Into<std::uint32_t>, std::uint32_t, From>();
    case 8:
      return lanewise<Cast::Into<std::uint64_t>, std::uint64_t, From>();
    default:
      return nullptr;
  }
}

// From registers of one type to registers of so many bytes, as C++ converts integers.
Handler resize(Type from, int bytes) {
  const bool extends_sign = is_signed(from);
  switch (ptx::type_bytes(from)) {
    case 1:
      return extends_sign ? resize_from<std::int8_t>(bytes) : resize_from<std::uint8_t>(bytes);
    case 2:
      return extends_sign ? resize_from<std::int16_t>(bytes) : resize_from<std::uint16_t>(bytes);
    case 4:
      return extends_sign ? resize_from<std::int32_t>(bytes) : resize_from<std::uint32_t>(bytes);
    case 8:
      return extends_sign ? resize_from<std::int64_t>(bytes) : resize_from<std::uint64_t>(bytes);
    default:
      return nullptr;
  }
}

void emit_resize(OpBuilder& builder, Slot dst, int bytes, Slot a, Type from) {
  Op& op = builder.emit(resize(from, bytes), OpClass::conversion);
  op.dst = dst;
  op.a = a;
}

struct Range {
  std::int64_t low;
  std::uint64_t high;
};

Range range_of(Type type) {
  const int bits = 8 * ptx::type_bytes(type);
  if (is_signed(type))
    return {std::numeric_limits<std::int64_t>::min() >> (64 - bits),
            ~std::uint64_t{0} >> (65 - bits)};
  return {0, ~std::uint64_t{0} >> (64 - bits)};
}

// Sources in the range of both types.
template <typename T>
struct Clamp {
  ASSAY_CALL T operator()(T x, T low, T high) const {
    const T raised = x < low ? low : x;
    return raised > high ? high : raised;
  }
};

Handler clamp_handler(Type type) {
  switch (type) {
    case Type::u8:
      return lanewise<Clamp<std::uint8_t>, std::uint8_t, std::uint8_t, std::uint8_t,
                      std::uint8_t>();
    case Type::s8:
      return lanewise<Clamp<std::int8_t>, std::int8_t, std::int8_t, std::int8_t, std::int8_t>();
    default:
      return for_integers(type, []<typename T>() { return lanewise<Clamp<T>, T, T, T, T>(); });
  }
}

// The source's low bits in a slot of the type's own width.
Result<Slot> natural_source(OpBuilder& builder, Type type) {
  ASSAY_ASSIGN(const Slot slot, builder.source(1, type, true));
  const int width = builder.width_of(builder.operand(1), type);
  const int bytes = ptx::type_bytes(type);
  if (width == bytes) return slot;
  const Slot low = builder.scratch(bits_type(bytes));
  emit_resize(builder, low, bytes, slot, bits_type(width));
  return low;
}

std::optional<Type> numeric_type(std::string_view name) {
  const auto type = ptx::parse_type(name);
  if (!type || is_untyped(*type) || *type == Type::pred) return std::nullopt;
  return type;
}

// The leftmost format that is left.
Result<std::string> take_format(const OpBuilder& builder, Modifiers& modifiers) {
  for (const std::string& name : modifiers.left())
    if (numeric_type(name) || std::ranges::find(kFormats, name) != kFormats.end()) {
      const std::string taken = name;
      modifiers.take(taken);
      return taken;
    }
  return builder.unsupported("needs two types");
}

Status decode_cvt(OpBuilder& builder) {
  if (builder.has("pack")) return convert_and_pack(builder);
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const std::string to, take_format(builder, modifiers));
  ASSAY_ASSIGN(const std::string from, take_format(builder, modifiers));
  if (modifiers.take("rs")) return convert_stochastically(builder, modifiers, to, from);
  const auto is_packed = [](const std::string& name) {
    return std::ranges::find(kFormats, name) != kFormats.end();
  };
  if (is_packed(to) || is_packed(from)) return convert_packed(builder, modifiers, to, from);
  const Type to_type = *numeric_type(to), from_type = *numeric_type(from);
  if (is_float(to_type))
    return is_float(from_type) ? convert_floats(builder, modifiers, to_type, from_type)
                               : convert_to_float(builder, modifiers, to_type, from_type);
  return is_float(from_type) ? convert_to_integer(builder, modifiers, to_type, from_type)
                             : convert_integers(builder, modifiers, to_type, from_type);
}

}  // namespace

Status emit_conversion(OpBuilder& builder, const Modifiers& modifiers, Handler run, Type to,
                       Type from, std::int64_t immediate) {
  ASSAY_TRY(modifiers.finish());
  ASSAY_TRY(builder.expect_operands(2, 2));
  if (run == nullptr) return builder.unsupported("does not convert between these types");
  ASSAY_ASSIGN(const Slot a, natural_source(builder, from));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, to, true));
  const int width = builder.width_of(builder.operand(0), to), bytes = ptx::type_bytes(to);
  const Slot narrow = width == bytes ? dst : builder.scratch(bits_type(bytes));
  Op& op = builder.emit(run, OpClass::conversion);
  op.dst = narrow;
  op.a = a;
  op.immediate = immediate;
  if (width != bytes) emit_resize(builder, dst, width, narrow, to);
  return {};
}

Status convert_integers(OpBuilder& builder, Modifiers& modifiers, Type to, Type from) {
  const Range source = range_of(from), target = range_of(to);
  if (!modifiers.take("sat"))
    return emit_conversion(builder, modifiers, resize(from, ptx::type_bytes(to)), to, from, 0);
  if (target.low <= source.low && target.high >= source.high)
    return builder.unsupported("cannot saturate: takes no .sat");
  ASSAY_TRY(modifiers.finish());
  ASSAY_TRY(builder.expect_operands(2, 2));
  ASSAY_ASSIGN(const Slot a, natural_source(builder, from));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, to, true));
  const Slot clamped = builder.scratch(from);
  const std::int64_t low = std::max(source.low, target.low);
  const std::uint64_t high = std::min(source.high, target.high);
  const Slot low_slot = builder.constant(static_cast<std::uint64_t>(low), from);
  const Slot high_slot = builder.constant(high, from);
  Op& op = builder.emit(clamp_handler(from), OpClass::conversion);
  op.dst = clamped;
  op.a = a;
  op.b = low_slot;
  op.c = high_slot;
  emit_resize(builder, dst, builder.width_of(builder.operand(0), to), clamped, from);
  return {};
}

void add_conversions(InstructionTable& table) {
  table.add("cvt", decode_cvt);
}

}  // namespace assay::emulator
