// SPDX-License-Identifier: Apache-2.0
// membar and fence: PTX ISA, "Parallel Synchronization and Communication Instructions: membar /
// fence"; griddepcontrol. Memory here is sequentially consistent: what fences do is to order
// accesses for the race detector, and generic writes before bulk copies.
#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/async_state.hpp"
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

Flow fence(Warp& warp, const Op&, Mask) {
  warp.cta().shared->clocks().fence(warp.index());
  return Flow::next;
}

Flow fence_async_proxy(Warp& warp, const Op&, Mask) {
  warp.cta().async->fence_proxy();
  return Flow::next;
}

Flow nothing(Warp&, const Op&, Mask) {
  return Flow::next;
}

// Of two proxies. Aliased addresses and tensor maps do not exist here.
Status decode_proxy_fence(OpBuilder& builder) {
  const bool is_async = builder.has("async") || builder.has("async::generic");
  const bool has_shared = is_async && !builder.has("global");
  builder.emit(has_shared ? fence_async_proxy : nothing, OpClass::fence);
  if (builder.has("async::generic")) builder.emit(fence, OpClass::fence);
  return {};
}

Status decode_fence(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"sc",
                          "acq_rel",
                          "acquire",
                          "release",
                          "cta",
                          "cluster",
                          "gpu",
                          "sys",
                          "gl",
                          "proxy",
                          "alias",
                          "async",
                          "global",
                          "shared::cta",
                          "shared::cluster",
                          "async::generic",
                          "tensormap::generic",
                          "sync_restrict::shared::cta",
                          "sync_restrict::shared::cluster",
                          "mbarrier_init"}));
  if (builder.has("proxy")) return decode_proxy_fence(builder);
  ASSAY_TRY(builder.expect_operands(0, 0));
  // Of one block, mbarrier.init is ordered by whatever orders the threads.
  builder.emit(builder.has("mbarrier_init") ? nothing : fence, OpClass::fence);
  return {};
}

// Launches follow one another: earlier grids are complete, and later ones wait for the end.
Status decode_grid_dependency(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"launch_dependents", "wait"}));
  ASSAY_TRY(builder.expect_operands(0, 0));
  builder.emit(nothing, OpClass::fence);
  return {};
}

}  // namespace

void add_fences(InstructionTable& table) {
  table.add("membar", decode_fence);
  table.add("fence", decode_fence);
  table.add("griddepcontrol", decode_grid_dependency);
}

}  // namespace assay::emulator
