// SPDX-License-Identifier: Apache-2.0
// ld, ldu and st: PTX ISA, "Data Movement and Conversion Instructions: ld, ld.global.nc, ldu, st".
// Cache operators, eviction priorities and prefetch sizes change no value and are accepted where
// the grammar has them.
#include "cuda/emulator/instructions/memory.hpp"

#include <cstring>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/lanewise.hpp"
#include "cuda/emulator/program/uninitialized.hpp"

namespace assay::emulator {
namespace {

const MemoryOperation& operation_of(const Op& op) {
  return *static_cast<const MemoryOperation*>(op.detail);
}

[[gnu::always_inline]] inline void compute_addresses(Warp& warp, const AddressOperand& operand,
                                                     std::uint64_t* addresses) {
  if (operand.is_32_bit) {
    const auto* const base = warp.lanes<std::uint32_t>(operand.base);
    const auto offset = static_cast<std::uint32_t>(operand.offset);
    for (int lane = 0; lane < kLanes; ++lane)
      addresses[lane] = base[lane] + offset;
  } else {
    const auto* const base = warp.lanes<std::uint64_t>(operand.base);
    const auto offset = static_cast<std::uint64_t>(operand.offset);
    for (int lane = 0; lane < kLanes; ++lane)
      addresses[lane] = base[lane] + offset;
  }
}

// One element that fills its register: memory and register have the same layout.
struct LoadWhole {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const MemoryOperation& operation = operation_of(op);
    alignas(64) std::uint64_t addresses[kLanes];
    compute_addresses(warp, operation.address, addresses);
    return load(warp, active, operation.rule, addresses,
                warp.lanes<std::byte>(operation.registers[0]));
  }
};

struct Load {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const MemoryOperation& operation = operation_of(op);
    alignas(64) std::uint64_t addresses[kLanes];
    alignas(64) std::byte data[kLanes * kMaxLaneBytes];
    compute_addresses(warp, operation.address, addresses);
    if (load(warp, active, operation.rule, addresses, data) == Flow::stop) return Flow::stop;
    spread(warp, operation, active, data);
    return Flow::next;
  }
};

struct StoreWhole {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const MemoryOperation& operation = operation_of(op);
    alignas(64) std::uint64_t addresses[kLanes];
    compute_addresses(warp, operation.address, addresses);
    return store(warp, active, operation.rule, addresses,
                 warp.lanes<std::byte>(operation.registers[0]));
  }
};

struct Store {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const MemoryOperation& operation = operation_of(op);
    alignas(64) std::uint64_t addresses[kLanes];
    alignas(64) std::byte data[kLanes * kMaxLaneBytes];
    compute_addresses(warp, operation.address, addresses);
    gather(warp, operation, data);
    return store(warp, active, operation.rule, addresses, data);
  }
};

// The kernel's own parameters: the same for all lanes.
Flow load_own_param(Warp& warp, const Op& op, Mask active) {
  const MemoryOperation& operation = operation_of(op);
  const std::byte* const from = warp.cta().launch.config.params.data() + operation.address.offset;
  alignas(64) std::byte data[kLanes * kMaxLaneBytes];
  for (std::size_t lane = 0; lane < kLanes; ++lane)
    std::memcpy(data + lane * operation.rule.bytes, from, operation.rule.bytes);
  spread(warp, operation, active, data);
  return Flow::next;
}

Flow load_call_param(Warp& warp, const Op& op, Mask active) {
  const MemoryOperation& operation = operation_of(op);
  alignas(64) std::byte data[kLanes * kMaxLaneBytes];
  for_each_lane(active, [&](int lane) {
    std::memcpy(data + static_cast<std::size_t>(lane) * operation.rule.bytes,
                warp.call_params(lane, static_cast<std::uint64_t>(operation.address.offset)),
                operation.rule.bytes);
  });
  spread(warp, operation, active, data);
  return Flow::next;
}

Flow store_call_param(Warp& warp, const Op& op, Mask active) {
  const MemoryOperation& operation = operation_of(op);
  alignas(64) std::byte data[kLanes * kMaxLaneBytes];
  gather(warp, operation, data);
  for_each_lane(active, [&](int lane) {
    std::memcpy(warp.call_params(lane, static_cast<std::uint64_t>(operation.address.offset)),
                data + static_cast<std::size_t>(lane) * operation.rule.bytes, operation.rule.bytes);
  });
  return Flow::next;
}

// clang-format off
const std::initializer_list<std::string_view> kLoadModifiers = {
    "weak", "volatile", "relaxed", "acquire", "mmio", "cta", "cluster", "gpu", "sys", "const",
    "global", "local", "param", "param::entry", "param::func", "shared", "shared::cta",
    "shared::cluster", "ca", "cg", "cs", "lu", "cv", "nc", "L1::evict_normal",
    "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate",
    "L2::evict_normal", "L2::evict_first", "L2::evict_last", "L2::cache_hint", "L2::64B",
    "L2::128B", "L2::256B", "v2", "v4", "v8"};

const std::initializer_list<std::string_view> kStoreModifiers = {
    "weak", "volatile", "relaxed", "release", "mmio", "cta", "cluster", "gpu", "sys", "global",
    "local", "param", "param::func", "shared", "shared::cta", "shared::cluster", "wb", "cg", "cs",
    "wt", "L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last",
    "L1::no_allocate", "L2::evict_normal", "L2::evict_first", "L2::evict_last", "L2::cache_hint",
    "v2", "v4", "v8"};
// clang-format on

OpClass class_of(const MemoryOperation& operation) {
  return operation.rule.space == ptx::Space::shared ? OpClass::shared_memory : OpClass::memory;
}

bool is_whole(const MemoryOperation& operation) {
  return operation.count == 1 && operation.widths[0] == operation.size;
}

void emit(OpBuilder& builder, Handler run, const MemoryOperation& operation) {
  const auto* const kept = builder.program().keep(operation);
  builder.emit(run, class_of(operation)).detail = kept;
}

}  // namespace

Status decode_ld(OpBuilder& builder) {
  ASSAY_TRY(builder.only(kLoadModifiers));
  ASSAY_ASSIGN(MemoryOperation operation, read_memory_operation(builder, 0, 1));
  operation.rule.kind = AccessKind::load;
  operation.rule.defers_uninitialized = defers_uninitialized(builder.instruction());
  const Handler run = operation.is_own_param    ? load_own_param
                      : operation.is_call_param ? load_call_param
                      : is_whole(operation)     ? handler<LoadWhole>()
                                                : handler<Load>();
  emit(builder, run, operation);
  return {};
}

Status decode_st(OpBuilder& builder) {
  ASSAY_TRY(builder.only(kStoreModifiers));
  ASSAY_ASSIGN(MemoryOperation operation, read_memory_operation(builder, 1, 0));
  operation.rule.kind = AccessKind::store;
  if (operation.is_own_param) return builder.unsupported("a kernel's parameters are read-only");
  const Handler run = operation.is_call_param ? store_call_param
                      : is_whole(operation)   ? handler<StoreWhole>()
                                              : handler<Store>();
  emit(builder, run, operation);
  return {};
}

void add_memory(InstructionTable& table) {
  table.add("ld", decode_ld);
  table.add("ldu", decode_ld);
  table.add("st", decode_st);
  add_address_operations(table);
  add_cache_operations(table);
  add_stack_operations(table);
}

}  // namespace assay::emulator
