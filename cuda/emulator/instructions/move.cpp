// SPDX-License-Identifier: Apache-2.0
// mov: PTX ISA 9.0, sections 9.7.9.3 (values, addresses, special registers) and 9.7.9.4 (packing
// and unpacking of vectors: the first element is the least significant).
#include <cstring>

#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/lanewise.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

struct Copy {
  template <typename T>
  ASSAY_CALL T operator()(T a) const {
    return a;
  }
};

Flow copy_predicate(Warp& warp, const Op& op, Mask active) {
  warp.set_predicate(op.dst, active, warp.predicate(op.a));
  return Flow::next;
}

// Bytes of one lane's register.
std::byte* lane_bytes(Warp& warp, Slot slot, int lane, std::size_t bytes) {
  return warp.lanes<std::byte>(slot) + static_cast<std::size_t>(lane) * bytes;
}

// Op::immediate: bytes.
Flow copy_bytes(Warp& warp, const Op& op, Mask active) {
  const auto bytes = static_cast<std::size_t>(op.immediate);
  for_each_lane(active, [&](int lane) {
    std::memcpy(lane_bytes(warp, op.dst, lane, bytes), lane_bytes(warp, op.a, lane, bytes), bytes);
  });
  return Flow::next;
}

struct Pieces {
  std::size_t count, bytes;  // bytes of one
};

Flow pack(Warp& warp, const Op& op, Mask active) {
  const std::size_t count = static_cast<const Pieces*>(op.detail)->count;
  const std::size_t bytes = static_cast<const Pieces*>(op.detail)->bytes;
  for_each_lane(active, [&](int lane) {
    std::byte* const whole = lane_bytes(warp, op.dst, lane, count * bytes);
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(whole + i * bytes, lane_bytes(warp, op.list[i], lane, bytes), bytes);
  });
  return Flow::next;
}

Flow unpack(Warp& warp, const Op& op, Mask active) {
  const std::size_t count = static_cast<const Pieces*>(op.detail)->count;
  const std::size_t bytes = static_cast<const Pieces*>(op.detail)->bytes;
  for_each_lane(active, [&](int lane) {
    const std::byte* const whole = lane_bytes(warp, op.a, lane, count * bytes);
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(lane_bytes(warp, op.list[i], lane, bytes), whole + i * bytes, bytes);
  });
  return Flow::next;
}

// The two common packings, fast.
template <typename Half, typename Whole>
struct Join {
  ASSAY_CALL Whole operator()(Half low, Half high) const {
    return static_cast<Whole>(Whole{high} << (8 * sizeof(Half)) | low);
  }
};

// Both destinations are in Op::list.
template <typename Half, typename Whole>
struct Split {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const Whole* const whole = warp.lanes<const Whole>(op.a);
    Half* const low = warp.lanes<Half>(op.list[0]);
    Half* const high = warp.lanes<Half>(op.list[1]);
    if (active != kAllLanes) return unpack(warp, op, active);
#pragma GCC ivdep
    for (int lane = 0; lane < kLanes; ++lane) {
      low[lane] = static_cast<Half>(whole[lane]);
      high[lane] = static_cast<Half>(whole[lane] >> (8 * sizeof(Half)));
    }
    return Flow::next;
  }
};

Status decode_pack(OpBuilder& builder, std::size_t bytes) {
  const std::size_t count = builder.operand(1).elements.size();
  const Type piece = bits_type(static_cast<int>(bytes / count));
  ASSAY_ASSIGN(const std::vector<Slot> sources, builder.sources(1, piece));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, bits_type(static_cast<int>(bytes))));
  Handler fast = nullptr;
  if (count == 2 && bytes == 4)
    fast =
        lanewise<Join<std::uint16_t, std::uint32_t>, std::uint32_t, std::uint16_t, std::uint16_t>();
  if (count == 2 && bytes == 8)
    fast =
        lanewise<Join<std::uint32_t, std::uint64_t>, std::uint64_t, std::uint32_t, std::uint32_t>();
  const Slot* const list = builder.program().keep(sources);
  const Pieces* const pieces = builder.program().keep(Pieces{count, bytes / count});
  Op& op = builder.emit(fast == nullptr ? pack : fast, OpClass::move);
  op.dst = dst;
  op.list = list;
  op.detail = pieces;
  if (fast != nullptr) {
    op.a = sources[0];
    op.b = sources[1];
  }
  return {};
}

Status decode_unpack(OpBuilder& builder, std::size_t bytes) {
  const std::size_t count = builder.operand(0).elements.size();
  const Type piece = bits_type(static_cast<int>(bytes / count));
  ASSAY_ASSIGN(const Slot source, builder.source(1, bits_type(static_cast<int>(bytes))));
  ASSAY_ASSIGN(const std::vector<Slot> destinations, builder.destinations(0, piece));
  const Slot* const list = builder.program().keep(destinations);
  const Pieces* const pieces = builder.program().keep(Pieces{count, bytes / count});
  Handler run = unpack;
  if (count == 2 && bytes == 4) run = handler<Split<std::uint16_t, std::uint32_t>>();
  if (count == 2 && bytes == 8) run = handler<Split<std::uint32_t, std::uint64_t>>();
  Op& op = builder.emit(run, OpClass::move);
  op.a = source;
  op.list = list;
  op.detail = pieces;
  return {};
}

// Vectors of 2 or 4 elements of at least a byte.
bool is_vector(const OpBuilder& builder, std::size_t index, int bytes) {
  if (index >= builder.operand_count()) return false;
  const ptx::Operand& operand = builder.operand(index);
  const std::size_t count = operand.elements.size();
  return operand.kind == ptx::Operand::Kind::vector && (count == 2 || count == 4) &&
         count <= static_cast<std::size_t>(bytes);
}

Status decode_mov(OpBuilder& builder) {
  Modifiers modifiers(builder);
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  const int bytes = ptx::type_bytes(type);
  const bool packs = is_vector(builder, 1, bytes), unpacks = is_vector(builder, 0, bytes);
  if (packs || unpacks) {
    ASSAY_TRY(modifiers.finish());
    ASSAY_TRY(builder.expect_operands(2, 2));
    if (!is_untyped(type)) return builder.unsupported("packs into bits (.b16 to .b128) only");
    return packs ? decode_pack(builder, static_cast<std::size_t>(bytes))
                 : decode_unpack(builder, static_cast<std::size_t>(bytes));
  }
  if (type == Type::pred)
    return done(emit(builder, modifiers, copy_predicate, OpClass::predicate, type, {type}));
  Handler run = nullptr;
  if (is_basic(type)) run = for_sizes(type, []<typename T>() { return lanewise<Copy, T, T>(); });
  if (type == Type::b128) run = copy_bytes;
  ASSAY_ASSIGN(Op* const op, emit(builder, modifiers, run, OpClass::move, type, {type}));
  op->immediate = bytes;
  return {};
}

}  // namespace

void add_moves(InstructionTable& table) {
  table.add("mov", decode_mov);
}

}  // namespace assay::emulator
