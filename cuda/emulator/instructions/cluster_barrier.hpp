// SPDX-License-Identifier: Apache-2.0
// barrier.cluster of a cluster that is one block: PTX ISA, "Parallel Synchronization and
// Communication Instructions: barrier.cluster". Threads arrive, and later wait until all threads
// that have not exited have arrived.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

class Cta;

class ClusterBarrier {
 public:
  explicit ClusterBarrier(Cta& cta) : cta_(cta) {}

  Flow arrive(Warp& warp, Mask lanes, bool releases);
  Flow wait(Warp& warp, Mask lanes, bool acquires);
  void check();  // after threads have exited

 private:
  bool is_complete() const;

  Cta& cta_;
  std::uint64_t phase_ = 0;
  // By warp: arrived in this phase; arrived in the one before, which is complete; wait for this
  // one.
  std::vector<Mask> arrived_, may_pass_, waiting_;
};

Status decode_cluster_barrier(OpBuilder& builder);

}  // namespace assay::emulator
