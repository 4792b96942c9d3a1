// SPDX-License-Identifier: Apache-2.0
// PTX ISA 9.0, chapter 10. What depends on the hardware is fixed, so that runs repeat: one
// multiprocessor, %smid 0, with room for 64 warps; the clocks count the warp's operations, and each
// look at one is one more tick.
#include "cuda/emulator/instructions/special_registers.hpp"

#include <algorithm>
#include <array>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "reference/suggest.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kWarpSlots = 64;
// Section 10.30: sizes are multiples of this; and what CUDA reserves in each block's shared memory.
constexpr std::uint32_t kSharedUnit = 128, kReservedShared = 1024;

const LaunchConfig& config(const Warp& warp) {
  return warp.cta().launch.config;
}

template <std::size_t kAxis>
std::uint64_t tid(Warp& warp, int lane) {
  return warp.thread_index(lane)[kAxis];
}
template <std::size_t kAxis>
std::uint64_t ntid(Warp& warp, int) {
  return config(warp).block[kAxis];
}
template <std::size_t kAxis>
std::uint64_t ctaid(Warp& warp, int) {
  return warp.cta().index[kAxis];
}
template <std::size_t kAxis>
std::uint64_t nctaid(Warp& warp, int) {
  return config(warp).grid[kAxis];
}
template <std::size_t kAxis>
std::uint64_t cluster_nctaid(Warp& warp, int) {
  return config(warp).cluster[kAxis];
}
template <std::size_t kAxis>
std::uint64_t clusterid(Warp& warp, int) {
  return warp.cta().index[kAxis] / config(warp).cluster[kAxis];
}
template <std::size_t kAxis>
std::uint64_t nclusterid(Warp& warp, int) {
  return config(warp).grid[kAxis] / config(warp).cluster[kAxis];
}
template <std::size_t kAxis>
std::uint64_t cluster_ctaid(Warp& warp, int) {
  return warp.cta().index[kAxis] % config(warp).cluster[kAxis];
}

std::uint64_t cluster_nctarank(Warp& warp, int) {
  const Dim3& cluster = config(warp).cluster;
  return std::uint64_t{cluster[0]} * cluster[1] * cluster[2];
}

std::uint64_t cluster_ctarank(Warp& warp, int lane) {
  const Dim3& cluster = config(warp).cluster;
  return cluster_ctaid<0>(warp, lane) +
         cluster[0] * (cluster_ctaid<1>(warp, lane) + cluster[1] * cluster_ctaid<2>(warp, lane));
}

Mask lanes_below(int lane) {
  return (Mask{1} << lane) - 1;
}

std::uint64_t dynamic_shared(Warp& warp, int) {
  return config(warp).dynamic_shared_bytes;
}

std::uint64_t no_offset(Warp&, int) {
  return 0;
}

std::uint64_t reserved_shared(Warp&, int) {
  return kReservedShared;
}

std::uint64_t total_shared(Warp& warp, int lane) {
  const std::uint64_t used =
      warp.cta().launch.kernel.shared_bytes + dynamic_shared(warp, lane) + kSharedUnit - 1;
  return used / kSharedUnit * kSharedUnit;
}

std::uint64_t clock(Warp& warp, int) {
  return warp.steps + ++warp.clock_reads;
}

std::uint64_t clock_high(Warp& warp, int lane) {
  return clock(warp, lane) >> 32;
}

struct SpecialRegister {
  std::string_view name;
  bool differs_by_lane;
  std::uint64_t (*value)(Warp& warp, int lane);
};

constexpr std::array kRegisters{
    SpecialRegister{"%tid.x", true, tid<0>},
    SpecialRegister{"%tid.y", true, tid<1>},
    SpecialRegister{"%tid.z", true, tid<2>},
    SpecialRegister{"%ntid.x", false, ntid<0>},
    SpecialRegister{"%ntid.y", false, ntid<1>},
    SpecialRegister{"%ntid.z", false, ntid<2>},
    SpecialRegister{"%ctaid.x", false, ctaid<0>},
    SpecialRegister{"%ctaid.y", false, ctaid<1>},
    SpecialRegister{"%ctaid.z", false, ctaid<2>},
    SpecialRegister{"%nctaid.x", false, nctaid<0>},
    SpecialRegister{"%nctaid.y", false, nctaid<1>},
    SpecialRegister{"%nctaid.z", false, nctaid<2>},
    SpecialRegister{"%clusterid.x", false, clusterid<0>},
    SpecialRegister{"%clusterid.y", false, clusterid<1>},
    SpecialRegister{"%clusterid.z", false, clusterid<2>},
    SpecialRegister{"%nclusterid.x", false, nclusterid<0>},
    SpecialRegister{"%nclusterid.y", false, nclusterid<1>},
    SpecialRegister{"%nclusterid.z", false, nclusterid<2>},
    SpecialRegister{"%cluster_ctaid.x", false, cluster_ctaid<0>},
    SpecialRegister{"%cluster_ctaid.y", false, cluster_ctaid<1>},
    SpecialRegister{"%cluster_ctaid.z", false, cluster_ctaid<2>},
    SpecialRegister{"%cluster_nctaid.x", false, cluster_nctaid<0>},
    SpecialRegister{"%cluster_nctaid.y", false, cluster_nctaid<1>},
    SpecialRegister{"%cluster_nctaid.z", false, cluster_nctaid<2>},
    SpecialRegister{"%cluster_ctarank", false, cluster_ctarank},
    SpecialRegister{"%cluster_nctarank", false, cluster_nctarank},
    SpecialRegister{"%laneid", true,
                    [](Warp&, int lane) -> std::uint64_t { return static_cast<Mask>(lane); }},
    SpecialRegister{"%warpid", false,
                    [](Warp& warp, int) -> std::uint64_t { return warp.index(); }},
    SpecialRegister{"%nwarpid", false, [](Warp&, int) -> std::uint64_t { return kWarpSlots; }},
    SpecialRegister{"%smid", false, [](Warp&, int) -> std::uint64_t { return 0; }},
    SpecialRegister{"%nsmid", false, [](Warp&, int) -> std::uint64_t { return 1; }},
    SpecialRegister{"%gridid", false,
                    [](Warp& warp, int) -> std::uint64_t { return warp.cta().launch.id; }},
    SpecialRegister{"%lanemask_eq", true,
                    [](Warp&, int lane) -> std::uint64_t { return Mask{1} << lane; }},
    SpecialRegister{"%lanemask_lt", true,
                    [](Warp&, int lane) -> std::uint64_t { return lanes_below(lane); }},
    SpecialRegister{
        "%lanemask_le", true,
        [](Warp&, int lane) -> std::uint64_t { return Mask{2} * lanes_below(lane) + 1; }},
    SpecialRegister{"%lanemask_ge", true,
                    [](Warp&, int lane) -> std::uint64_t { return ~lanes_below(lane); }},
    SpecialRegister{
        "%lanemask_gt", true,
        [](Warp&, int lane) -> std::uint64_t { return ~lanes_below(lane) - (Mask{1} << lane); }},
    SpecialRegister{"%dynamic_smem_size", false, dynamic_shared},
    SpecialRegister{"%total_smem_size", false, total_shared},
    SpecialRegister{
        "%aggr_smem_size", false,
        [](Warp& warp, int lane) { return total_shared(warp, lane) + kReservedShared; }},
    // The bytes that lie below kSharedStart; kernels cannot touch them here.
    SpecialRegister{"%reserved_smem_offset_begin", false, no_offset},
    SpecialRegister{"%reserved_smem_offset_end", false, reserved_shared},
    SpecialRegister{"%reserved_smem_offset_cap", false, reserved_shared},
    SpecialRegister{"%reserved_smem_offset_0", false, no_offset},
    SpecialRegister{"%reserved_smem_offset_1", false, no_offset},
    SpecialRegister{"%clock", false, clock},
    SpecialRegister{"%clock_hi", false, clock_high},
    SpecialRegister{"%clock64", false, clock},
    SpecialRegister{"%globaltimer", false, clock},
    SpecialRegister{"%globaltimer_lo", false, clock},
    SpecialRegister{"%globaltimer_hi", false, clock_high},
    SpecialRegister{"%current_graph_exec", false, [](Warp&, int) -> std::uint64_t { return 0; }},
};

// Keeps to its lanes: others may stand between this operation and the one that it serves.
template <typename T>
Flow fill(Warp& warp, const Op& op, Mask active) {
  const auto& special = *static_cast<const SpecialRegister*>(op.detail);
  T* const dst = warp.lanes<T>(op.dst);
  const auto uniform = special.differs_by_lane ? T{} : static_cast<T>(special.value(warp, 0));
  for_each_lane(active, [&](int lane) {
    dst[lane] = special.differs_by_lane ? static_cast<T>(special.value(warp, lane)) : uniform;
  });
  return Flow::next;
}

Flow is_explicit_cluster(Warp& warp, const Op& op, Mask active) {
  warp.set_predicate(op.dst, active, cluster_nctarank(warp, 0) > 1 ? kAllLanes : 0);
  return Flow::next;
}

Slot emit_unguarded(OpBuilder& builder, Handler run, ptx::Type type,
                    const SpecialRegister* special) {
  const Slot slot = builder.scratch(type);
  Op& op = builder.emit(run, OpClass::move);
  op.guard = kNoSlot;
  op.dst = slot;
  op.detail = special;
  return slot;
}

}  // namespace

Result<Slot> special_register(OpBuilder& builder, std::string_view name, ptx::Type type) {
  if (name == "WARP_SZ") return builder.constant(kLanes, type);
  if (name == "%is_explicit_cluster" && type == ptx::Type::pred)
    return emit_unguarded(builder, is_explicit_cluster, type, nullptr);
  const auto found = std::ranges::find(kRegisters, name, &SpecialRegister::name);
  if (found == kRegisters.end()) {
    std::vector<std::string> names{"WARP_SZ", "%is_explicit_cluster"};
    for (const SpecialRegister& special : kRegisters)
      names.emplace_back(special.name);
    return builder.unsupported(fmt::format("there is no special register {} here{}", name,
                                           did_you_mean(std::string(name), names)));
  }
  switch (ptx::type_bytes(type)) {
    case 2:  // of %tid, %ntid, %ctaid and %nctaid, in old PTX
      return emit_unguarded(builder, fill<std::uint16_t>, type, &*found);
    case 4:
      return emit_unguarded(builder, fill<std::uint32_t>, type, &*found);
    case 8:
      return emit_unguarded(builder, fill<std::uint64_t>, type, &*found);
    default:
      return builder.unsupported(fmt::format("{} does not fit .{}", name, ptx::type_name(type)));
  }
}

}  // namespace assay::emulator
