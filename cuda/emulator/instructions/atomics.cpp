// SPDX-License-Identifier: Apache-2.0
// atom and red: PTX ISA, "Parallel Synchronization and Communication Instructions: atom", "...
// red". Lanes go one after the other: lowest first, or as the fuzzed schedule has it. Blocks that
// use them on global memory run on one host thread (execute/grid.cpp), so plain loads and stores
// do.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/instructions/atomic_operations.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/memory/access.hpp"
#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kMaxElements = 8;
constexpr std::size_t kMaxBytes = 16;  // of an element

struct Atomic {
  AtomicOperation operation;
  AccessRule rule;
  AddressOperand address;
  std::size_t bytes = 4, elements = 1;      // of an element; .v2, .v4, .v8
  std::array<Slot, kMaxElements> d{}, b{};  // d only where is_returning
  Slot c = kNoSlot;
  bool is_returning = false;
};

using Elements = std::array<std::array<std::byte, kMaxBytes>, kMaxElements>;

// One lane. True where it changed memory.
bool update(Warp& warp, const Atomic& atomic, std::size_t lane, AtomicFunction apply,
            std::byte* memory) {
  const std::size_t bytes = atomic.bytes;
  const auto element_of = [&](Slot slot) { return warp.lanes<std::byte>(slot) + lane * bytes; };
  Elements b, old;
  std::array<std::byte, kMaxBytes> c{};
  for (std::size_t e = 0; e < atomic.elements; ++e)
    std::memcpy(b[e].data(), element_of(atomic.b[e]), bytes);
  if (atomic.c != kNoSlot) std::memcpy(c.data(), element_of(atomic.c), bytes);
  bool has_changed = false;
  for (std::size_t e = 0; e < atomic.elements; ++e) {
    std::byte* const value = memory + e * bytes;
    std::memcpy(old[e].data(), value, bytes);
    apply(value, b[e].data(), c.data());
    has_changed |= std::memcmp(old[e].data(), value, bytes) != 0;
    if (atomic.is_returning) std::memcpy(element_of(atomic.d[e]), old[e].data(), bytes);
  }
  return has_changed;
}

std::array<int, kLanes> lane_order(Cta& cta) {
  std::array<int, kLanes> order{};
  for (int lane = 0; lane < kLanes; ++lane)
    order[static_cast<std::size_t>(lane)] = lane;
  if (cta.launch.options.schedule == Schedule::fuzzed)
    for (std::uint32_t left = kLanes; left > 1; --left)
      std::swap(order[left - 1], order[cta.next_random(left)]);
  return order;
}

Flow run_atomic(Warp& warp, const Op& op, Mask active) {
  const auto& atomic = *static_cast<const Atomic*>(op.detail);
  Cta& cta = warp.cta();
  Addresses addresses;
  atomic.address.all(warp, addresses);
  count_access(warp, active, atomic.rule, addresses.data());
  bool has_changed = false;
  for (const int lane : lane_order(cta)) {
    if (((active >> lane) & 1) == 0) continue;
    const std::uint64_t address = addresses[static_cast<std::size_t>(lane)];
    std::byte* const memory = access(warp, lane, atomic.rule, address);
    if (memory == nullptr) return Flow::stop;
    const bool is_global = atomic.rule.space == ptx::Space::global ||
                           (atomic.rule.space == ptx::Space::generic && address >= kGlobalBase);
    has_changed |=
        update(warp, atomic, static_cast<std::size_t>(lane),
               is_global ? atomic.operation.apply_global : atomic.operation.apply, memory);
  }
  ++(has_changed ? cta.effects : cta.polls);
  return Flow::next;
}

Ordering ordering_of(const OpBuilder& builder) {
  if (builder.has("acq_rel")) return Ordering::acq_rel;
  if (builder.has("acquire")) return Ordering::acquire;
  if (builder.has("release")) return Ordering::release;
  return Ordering::relaxed;
}

std::size_t elements_of(const OpBuilder& builder) {
  return builder.has("v2") ? 2 : builder.has("v4") ? 4 : builder.has("v8") ? 8 : 1;
}

Result<AtomicOperation> operation_of(const OpBuilder& builder, ptx::Type type) {
  for (const std::string_view name :
       {"add", "min", "max", "inc", "dec", "and", "or", "xor", "exch", "cas"})
    if (builder.has(name)) {
      const auto found = find_atomic(name, type);
      if (!found)
        return builder.unsupported(fmt::format(".{} of .{} does not exist", name, type_name(type)));
      return *found;
    }
  return builder.unsupported("names no operation");
}

Status read_operands(OpBuilder& builder, ptx::Type type, Atomic& atomic) {
  const std::size_t first = atomic.is_returning ? 1 : 0;  // of the address
  const std::size_t hint = builder.has("L2::cache_hint") ? 1 : 0;
  const std::size_t count = first + (builder.has("cas") ? 3 : 2) + hint;
  ASSAY_TRY(builder.expect_operands(count, count));
  ASSAY_ASSIGN(atomic.address, read_address(builder, first));
  ASSAY_ASSIGN(const auto b, builder.sources(first + 1, type));
  if (builder.has("cas")) {
    ASSAY_ASSIGN(atomic.c, builder.source(first + 2, type));
  }
  if (b.size() != atomic.elements) return builder.unsupported("another number of elements than .v");
  std::ranges::copy(b, atomic.b.begin());
  if (!atomic.is_returning) return {};
  if (builder.operand(0).kind == ptx::Operand::Kind::sink) {
    atomic.is_returning = false;
    return {};
  }
  ASSAY_ASSIGN(const auto d, builder.destinations(0, type));
  if (d.size() != atomic.elements) return builder.unsupported("another number of elements than .v");
  std::ranges::copy(d, atomic.d.begin());
  return {};
}

Status decode_atomic(OpBuilder& builder) {
  if (builder.has("async")) return builder.unsupported("red.async is not supported");
  ASSAY_TRY(builder.only(
      {"relaxed", "acquire", "release",       "acq_rel", "cta",         "cluster",
       "gpu",     "sys",     "global",        "shared",  "shared::cta", "shared::cluster",
       "add",     "min",     "max",           "inc",     "dec",         "and",
       "or",      "xor",     "exch",          "cas",     "noftz",       "v2",
       "v4",      "v8",      "L2::cache_hint"}));
  ASSAY_ASSIGN(const ptx::Type type, builder.type());
  Atomic atomic;
  ASSAY_ASSIGN(atomic.operation, operation_of(builder, type));
  atomic.is_returning = builder.opcode() == "atom";
  atomic.bytes = static_cast<std::size_t>(ptx::type_bytes(type));
  atomic.elements = elements_of(builder);
  atomic.rule.space = space_of(builder);
  atomic.rule.kind = AccessKind::atomic;
  atomic.rule.ordering = ordering_of(builder);
  atomic.rule.bytes = static_cast<std::uint32_t>(atomic.bytes * atomic.elements);
  atomic.rule.align = atomic.rule.bytes;
  ASSAY_TRY(read_operands(builder, type, atomic));
  const auto* const kept = builder.program().keep(atomic);
  builder.emit(run_atomic, OpClass::atomic).detail = kept;
  return {};
}

}  // namespace

void add_atomics(InstructionTable& table) {
  table.add("atom", decode_atomic);
  table.add("red", decode_atomic);
}

}  // namespace assay::emulator
