// SPDX-License-Identifier: Apache-2.0
// The operands of ld and st.
#include <algorithm>
#include <cstring>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/memory.hpp"
#include "cuda/emulator/program/function_decoder.hpp"

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

struct Bits128 {
  std::uint64_t low, high;
};

bool has_any(const OpBuilder& builder, std::initializer_list<std::string_view> modifiers) {
  return std::ranges::any_of(modifiers, [&](std::string_view m) { return builder.has(m); });
}

ptx::Space access_space(const OpBuilder& builder) {
  if (builder.has("const")) return ptx::Space::constant;
  if (builder.has("local")) return ptx::Space::local;
  if (has_any(builder, {"param", "param::entry", "param::func"})) return ptx::Space::param;
  return space_of(builder);
}

Result<Ordering> ordering_of(const OpBuilder& builder) {
  const bool has_scope = has_any(builder, {"cta", "cluster", "gpu", "sys"});
  const bool is_strong = has_any(builder, {"relaxed", "acquire", "release", "mmio"});
  if (is_strong != has_scope)
    return builder.unsupported(is_strong ? "needs a scope: .cta, .cluster, .gpu or .sys"
                                         : "has a scope but is neither .relaxed nor stronger");
  if (builder.has("acquire")) return Ordering::acquire;
  if (builder.has("release")) return Ordering::release;
  return is_strong || builder.has("volatile") ? Ordering::relaxed : Ordering::weak;
}

bool mentions(const ptx::Operand& operand, int reg) {
  if (operand.kind == Kind::reg && operand.index == reg) return true;
  return std::ranges::any_of(operand.elements,
                             [&](const ptx::Operand& element) { return mentions(element, reg); });
}

// Is the register read by nothing but stores, as a value? A bit pattern that is only copied.
bool is_only_stored(const ptx::Function& function, int reg) {
  return std::ranges::all_of(function.body, [&](const ptx::Instruction& instruction) {
    const bool is_store = instruction.opcode == "st";
    for (std::size_t o = 0; o < instruction.operands.size(); ++o) {
      const bool may_be = is_store ? o == 1 : o == 0;  // a stored value, or a destination
      if (!may_be && mentions(instruction.operands[o], reg)) return false;
    }
    return true;
  });
}

Status read_registers(OpBuilder& builder, std::size_t index, ptx::Type type,
                      MemoryOperation& operation) {
  const bool is_load = index == 0;
  const ptx::Operand& operand = builder.operand(index);
  ASSAY_ASSIGN(const auto slots, is_load ? builder.destinations(index, type, true)
                                         : builder.sources(index, type, true));
  if (slots.size() != operation.count)
    return builder.unsupported(
        fmt::format("{} registers for {} elements", slots.size(), operation.count));
  std::ranges::copy(slots, operation.registers.begin());
  for (std::size_t e = 0; e < operation.count; ++e) {
    const ptx::Operand& element = operand.kind == Kind::vector ? operand.elements[e] : operand;
    operation.widths[e] = static_cast<std::uint32_t>(builder.width_of(element, type));
    const bool may_be_padding = is_load && operation.count > 1 && element.kind == Kind::reg;
    if (may_be_padding && is_only_stored(builder.function().source(), element.index))
      operation.rule.copied |= 1u << e;
  }
  return {};
}

Status check_param(OpBuilder& builder, const MemoryOperation& operation) {
  const auto& layout = builder.function().layout();
  const std::uint64_t total = operation.is_own_param ? layout.param_bytes : layout.area_bytes;
  const auto offset = static_cast<std::uint64_t>(operation.address.offset);
  if (operation.address.offset >= 0 && offset + operation.rule.bytes <= total) return {};
  return builder.unsupported(fmt::format("{} bytes at offset {} of {} bytes of parameters",
                                         operation.rule.bytes, operation.address.offset, total));
}

Status read_address(OpBuilder& builder, std::size_t index, MemoryOperation& operation) {
  ASSAY_ASSIGN(const OpBuilder::Address address, builder.address(index));
  operation.address = {address.base, address.offset, address.is_32_bit};
  operation.is_own_param = address.is_param;
  operation.is_call_param = address.is_call_param;
  const bool is_param = operation.is_own_param || operation.is_call_param;
  if (is_param != (operation.rule.space == ptx::Space::param) && address.base == kNoSlot)
    return builder.unsupported("the address is of a parameter, the space another");
  if (is_param) return check_param(builder, operation);
  if (operation.rule.space == ptx::Space::param && !builder.function().source().is_entry)
    return builder.unsupported("a function's parameters have no addresses in registers here");
  return {};
}

template <typename Memory, typename Register>
void spread_element(Register* to, Mask active, const std::byte* from, std::size_t stride) {
  const auto value = [&](std::size_t lane) {
    Memory element;
    std::memcpy(&element, from + lane * stride, sizeof element);
    return static_cast<Register>(element);
  };
  if (active == kAllLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      to[lane] = value(lane);
  } else {
    for_each_lane(active, [&](int lane) { to[lane] = value(static_cast<std::size_t>(lane)); });
  }
}

template <typename Memory>
void spread_to(Warp& warp, Slot slot, std::uint32_t width, Mask active, const std::byte* from,
               std::size_t stride) {
  switch (width) {
    case 1:
      return spread_element<Memory>(warp.lanes<std::uint8_t>(slot), active, from, stride);
    case 2:
      return spread_element<Memory>(warp.lanes<std::uint16_t>(slot), active, from, stride);
    case 4:
      return spread_element<Memory>(warp.lanes<std::uint32_t>(slot), active, from, stride);
    default:
      return spread_element<Memory>(warp.lanes<std::uint64_t>(slot), active, from, stride);
  }
}

void spread_128(Warp& warp, Slot slot, Mask active, const std::byte* from, std::size_t stride) {
  auto* const to = warp.lanes<Bits128>(slot);
  for_each_lane(active, [&](int lane) {
    std::memcpy(&to[lane], from + static_cast<std::size_t>(lane) * stride, sizeof(Bits128));
  });
}

template <std::size_t kSize>
void gather_element(const std::byte* from, std::uint32_t width, std::byte* to, std::size_t stride) {
  for (std::size_t lane = 0; lane < kLanes; ++lane)
    std::memcpy(to + lane * stride, from + lane * width, kSize);
}

}  // namespace

Result<MemoryOperation> read_memory_operation(OpBuilder& builder, std::size_t registers,
                                              std::size_t address) {
  const bool has_policy = builder.has("L2::cache_hint");
  ASSAY_TRY(builder.expect_operands(has_policy ? 3 : 2, has_policy ? 3 : 2));
  if (has_policy) ASSAY_TRY(builder.source(2, ptx::Type::b64));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  MemoryOperation operation;
  operation.size = static_cast<std::uint32_t>(ptx::type_bytes(type));
  operation.count = builder.has("v8") ? 8 : builder.has("v4") ? 4 : builder.has("v2") ? 2 : 1;
  operation.is_signed = ptx::type_name(type).front() == 's';
  AccessRule& rule = operation.rule;
  rule.space = access_space(builder);
  rule.bytes = rule.align = operation.size * static_cast<std::uint32_t>(operation.count);
  rule.element_bytes = operation.size;
  rule.is_non_coherent = builder.has("nc");
  ASSAY_ASSIGN(rule.ordering, ordering_of(builder));
  if (operation.size == 0) return builder.unsupported("needs a type with a size");
  if (rule.ordering != Ordering::weak && rule.space == ptx::Space::local)
    rule.ordering = Ordering::weak;  // nobody else sees it
  const bool may_be_wide = rule.space == ptx::Space::global || rule.space == ptx::Space::generic;
  if (rule.bytes > (may_be_wide ? 32 : 16))
    return builder.unsupported(fmt::format("{} bytes a lane are too many", rule.bytes));
  ASSAY_TRY(read_address(builder, address, operation));
  ASSAY_TRY(read_registers(builder, registers, type, operation));
  return operation;
}

void spread(Warp& warp, const MemoryOperation& operation, Mask active, const std::byte* data) {
  const std::size_t stride = operation.rule.bytes;
  for (std::size_t e = 0; e < operation.count; ++e) {
    const Slot slot = operation.registers[e];
    const std::uint32_t width = operation.widths[e];
    const std::byte* const from = data + e * operation.size;
    switch (operation.size) {
      case 1:
        operation.is_signed ? spread_to<std::int8_t>(warp, slot, width, active, from, stride)
                            : spread_to<std::uint8_t>(warp, slot, width, active, from, stride);
        break;
      case 2:
        operation.is_signed ? spread_to<std::int16_t>(warp, slot, width, active, from, stride)
                            : spread_to<std::uint16_t>(warp, slot, width, active, from, stride);
        break;
      case 4:
        operation.is_signed ? spread_to<std::int32_t>(warp, slot, width, active, from, stride)
                            : spread_to<std::uint32_t>(warp, slot, width, active, from, stride);
        break;
      case 8:
        spread_to<std::uint64_t>(warp, slot, width, active, from, stride);
        break;
      default:
        spread_128(warp, slot, active, from, stride);
    }
  }
}

void gather(Warp& warp, const MemoryOperation& operation, std::byte* data) {
  const std::size_t stride = operation.rule.bytes;
  for (std::size_t e = 0; e < operation.count; ++e) {
    const std::byte* const from = warp.lanes<std::byte>(operation.registers[e]);
    std::byte* const to = data + e * operation.size;
    const std::uint32_t width = operation.widths[e];
    switch (operation.size) {
      case 1:
        gather_element<1>(from, width, to, stride);
        break;
      case 2:
        gather_element<2>(from, width, to, stride);
        break;
      case 4:
        gather_element<4>(from, width, to, stride);
        break;
      case 8:
        gather_element<8>(from, width, to, stride);
        break;
      default:
        gather_element<16>(from, width, to, stride);
    }
  }
}

}  // namespace assay::emulator
