// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/execute/observe.hpp"

#include <bit>

#include "cuda/emulator/execute/cta.hpp"

namespace assay::emulator {

void observe_before(Warp& warp, const Op&, Mask active) {
  auto& counters = warp.cta().counters;
  if (counters.empty()) return;
  ++counters[warp.pc()].executions;
  counters[warp.pc()].lanes += static_cast<std::uint64_t>(std::popcount(active));
}

void observe_after(Warp&, const Op&, Mask) {}

}  // namespace assay::emulator
