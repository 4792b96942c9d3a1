// SPDX-License-Identifier: Apache-2.0
// A block's copies in flight and its mbarriers: PTX ISA, "Asynchronous operations", "Data Movement
// and Conversion Instructions: Asynchronous copy" and "... mbarrier".
//
// A copy has three moments. It is issued: its addresses are checked, and the bytes in shared memory
// may not be touched from then on. Its bytes move: at once, or as late as the program lets them
// (Options::async). It is settled: a thread has waited for it, and the bytes may be used. Settling
// does not depend on when the bytes moved, so a missing wait is found in every policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cuda/emulator/execute/warp.hpp"
#include "cuda/emulator/instructions/atomic_operations.hpp"
#include "cuda/emulator/instructions/cluster_barrier.hpp"
#include "cuda/emulator/instructions/mbarrier_object.hpp"

namespace assay::emulator {

class Cta;
class SharedMemory;

// Into shared memory: cp.async, and cp.async.bulk from global.
struct CopyIn {
  std::uint32_t thread = 0;
  Pc pc = 0;
  std::uint32_t offset = 0, bytes = 0;  // in shared memory
  const std::byte* source = nullptr;
  std::uint32_t source_bytes = 0;  // the rest is filled with zeros
  std::uint64_t group = 0;
  bool has_moved = false;
  // The phase of an mbarrier that tells of it, once that is known.
  bool is_bound = false;
  std::uint32_t mbarrier = 0;
  std::uint64_t phase = 0;
};

// From shared to global memory: cp.async.bulk and cp.reduce.async.bulk.
struct BulkStore {
  std::uint32_t thread = 0;
  Pc pc = 0;
  std::uint32_t offset = 0, bytes = 0;  // in shared memory
  std::byte* target = nullptr;
  std::uint32_t byte_mask = 0xFFFF;  // of each 16 bytes
  AtomicFunction reduce = nullptr;   // null: a copy
  std::uint32_t element_bytes = 1;
  std::uint64_t group = 0;
  bool has_read = false, has_written = false;
  std::vector<std::byte> data;  // the source as it was at issue, or when it was read
};

class AsyncState {
 public:
  explicit AsyncState(Cta& cta) : cluster_barrier(cta), cta_(cta) {}

  ClusterBarrier cluster_barrier;

  // cp.async: groups of a thread. Where has_moved is set the bytes are there already. wait leaves
  // `pending` of the committed groups in flight.
  void issue(CopyIn copy);
  void commit(std::uint32_t thread);
  void wait(std::uint32_t thread, std::uint64_t pending);
  void wait_all(std::uint32_t thread);
  // cp.async.mbarrier.arrive: arrives once the thread's copies so far have moved.
  MbarrierFault arrive_after_copies(std::uint32_t thread, std::uint32_t mbarrier,
                                    bool is_counted_already);

  // cp.async.bulk.
  MbarrierFault issue_bulk(CopyIn copy, std::uint32_t mbarrier);
  void issue(BulkStore store);
  void commit_bulk(std::uint32_t thread);
  void wait_bulk(std::uint32_t thread, std::uint64_t pending, bool is_read_only);

  // mbarriers, by their offset in shared memory; null where there is none.
  Mbarrier* mbarrier(std::uint32_t offset);
  void init(std::uint32_t offset, std::uint32_t count);
  void inval(std::uint32_t offset);
  // Before a test of the current phase: what would complete it, and is still to happen, happens.
  MbarrierFault hurry(std::uint32_t offset);
  // A thread has seen the phase before the current one complete: settles its copies.
  void settle_phase(std::uint32_t offset);
  // The clock that arrivals in a phase release and that waits for it acquire.
  static std::uint64_t clock_of(std::uint32_t offset, std::uint64_t phase) {
    return std::uint64_t{offset} * 2 + (phase & 1);
  }
  void release(std::uint32_t thread, std::uint32_t offset, std::uint64_t phase);

  // fence.proxy.async: what was written so far is visible to bulk copies and tcgen05.mma.
  void fence_proxy();
  // Do they see these bytes of shared memory as they are?
  bool proxy_sees(std::uint32_t offset, std::uint32_t bytes);
  static constexpr const char* kUnfencedRead =
      "reads shared memory that ordinary stores wrote, with no fence.proxy.async between";
  // All threads have exited: stores that nobody waited for.
  void finish();

 private:
  struct PendingArrival {
    std::uint32_t mbarrier = 0;
    std::size_t copies = 0;  // of the thread's list, the first so many
    Pc pc = 0;
  };
  struct Thread {
    std::vector<CopyIn> copies;  // not settled, in order of issue
    std::uint64_t open_group = 0;
    std::vector<PendingArrival> arrivals;
    std::vector<BulkStore> stores;
    std::uint64_t open_bulk_group = 0;
  };
  struct Object {
    explicit Object(std::uint32_t count) : state(count) {}
    Mbarrier state;
    std::vector<CopyIn> bulk;            // that signal here, not settled
    std::vector<std::uint32_t> threads;  // with arrivals after copies that are not settled
  };

  SharedMemory& shared();
  Thread& thread(std::uint32_t index);
  bool is_eager();
  void move(CopyIn& copy);
  void show_to_proxy(const CopyIn& copy);
  void settle(const CopyIn& copy);
  void settle_front(std::uint32_t index, std::size_t count);
  MbarrierFault arrive_where_moved(std::uint32_t index);
  MbarrierFault land(Object& object, std::uint32_t offset, CopyIn& copy);
  struct ToldBefore;
  void settle_told(std::vector<CopyIn>& copies, const ToldBefore& is_told);
  static bool waits_for(const Thread& owner, std::uint32_t offset);
  void read(BulkStore& store, bool uses_current);
  void write(BulkStore& store);
  void report_at(std::uint32_t thread, Pc pc, FindingKind kind, std::string message);
  void check_proxy(const BulkStore& store);
  bool watches_proxy();

  Cta& cta_;
  std::vector<Thread> threads_;
  std::map<std::uint32_t, Object> mbarriers_;
  std::uint64_t random_ = 0;
  // Shared memory as bulk copies see it: generic writes only up to the last proxy fence. Kept only
  // for programs that read it so.
  std::vector<std::byte> proxy_view_;
};

}  // namespace assay::emulator
