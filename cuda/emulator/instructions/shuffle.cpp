// SPDX-License-Identifier: Apache-2.0
// shfl.sync: PTX ISA, "Data Movement and Conversion Instructions: shfl.sync".
#include "cuda/emulator/instructions/shuffle.hpp"

#include <fmt/format.h>

#include "cuda/emulator/instructions/lanewise.hpp"
#include "cuda/emulator/instructions/warp_operations.hpp"

namespace assay::emulator {
namespace {

// A lane that reads the register of one that does not take part gets an unpredictable value.
[[gnu::noinline]] Flow report_shuffle(Warp& warp, Mask active, Mask members,
                                      const std::uint32_t* from) {
  if ((active & ~members) != 0 && report_outsiders(warp, active, members) == Flow::stop)
    return Flow::stop;
  for (int lane = 0; lane < kLanes; ++lane) {
    const std::uint32_t source = from[lane];
    if (((active >> lane) & 1) == 0 || ((active >> source) & 1) != 0) continue;
    std::string why = fmt::format("is not in the member mask {:#x}", members);
    if (((warp.present() >> source) & 1) == 0) {
      why = "does not exist in this block";
    } else if (((warp.alive() >> source) & 1) == 0) {
      why = "has exited";
    }
    return report(warp, lane, FindingKind::shuffle_divergence,
                  fmt::format("lane {} reads from lane {}, which {}", lane, source, why));
  }
  return Flow::next;
}

template <ShuffleMode kMode>
struct Shuffle {
  ASSAY_BODY Flow run(Warp& warp, const Op& op, Mask active) {
    const auto* const a = warp.lanes<std::uint32_t>(op.a);
    const auto* const b = warp.lanes<std::uint32_t>(op.b);
    const auto* const c = warp.lanes<std::uint32_t>(op.c);
    const Mask members = members_of(warp, op, active);
    alignas(64) std::uint32_t value[kLanes], from[kLanes];
    Mask in_range = 0, used = 0;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      const ShuffleSource source = shuffle_source(kMode, lane, b[lane], c[lane]);
      value[lane] = a[lane];
      from[lane] = source.lane;
      in_range |= Mask{source.in_range} << lane;
      used |= ((active >> lane) & 1) << source.lane;
    }
    auto* const d = warp.lanes<std::uint32_t>(op.dst);
    if (active == kAllLanes) {
      for (int lane = 0; lane < kLanes; ++lane)
        d[lane] = value[from[lane]];
    } else {
      for (int lane = 0; lane < kLanes; ++lane)
        if ((active >> lane) & 1) d[lane] = value[from[lane]];
    }
    if (op.list != nullptr) warp.set_predicate(op.list[0], active, in_range);
    if (((used & ~active) | (active & ~members)) != 0) [[unlikely]]
      return report_shuffle(warp, active, members, from);
    return Flow::next;
  }
};

}  // namespace

Status decode_shuffle(OpBuilder& builder) {
  if (!builder.has("sync"))
    return builder.unsupported("without .sync is not supported on sm_70 and later");
  ASSAY_TRY(builder.only({"sync", "up", "down", "bfly", "idx"}));
  ASSAY_TRY(builder.expect_operands(5, 5));
  WarpOperands operands;
  ASSAY_TRY(read_destination(builder, ptx::Type::b32, true, operands));
  for (std::size_t index = 1; index <= 3; ++index) {
    ASSAY_ASSIGN(const Slot slot, builder.source(index, ptx::Type::b32));
    operands.sources.push_back(slot);
  }
  ASSAY_ASSIGN(operands.members, builder.source(4, ptx::Type::b32));
  const Handler run = builder.has("up")     ? handler<Shuffle<ShuffleMode::up>>()
                      : builder.has("down") ? handler<Shuffle<ShuffleMode::down>>()
                      : builder.has("bfly") ? handler<Shuffle<ShuffleMode::bfly>>()
                                            : handler<Shuffle<ShuffleMode::idx>>();
  emit_for_members(builder, run, operands);
  return {};
}

}  // namespace assay::emulator
