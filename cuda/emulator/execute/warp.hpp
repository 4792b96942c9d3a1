// SPDX-License-Identifier: Apache-2.0
// 32 threads. Each lane has its own program counter and call depth; lanes that stand at the same
// place form a group and execute together (the deepest and, among those, the smallest program
// counter first, so that they meet again). Handlers see the group's registers through lanes() and
// predicate().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "cuda/emulator/program/op.hpp"
#include "cuda/emulator/program/program.hpp"
#include "cuda/emulator/sanitize/finding.hpp"

namespace assay::emulator {

class Cta;
class Launch;

inline constexpr std::uint32_t kLocalStart = 256;  // below: null pointers

class Warp {
 public:
  Warp(Cta& cta, std::uint32_t index);
  void restart();  // for the next block of the same launch

  // A register of the executing group's frame: 32 lanes of T.
  template <typename T>
  T* lanes(Slot slot) {
    return reinterpret_cast<T*>(registers_ + slot);
  }
  Mask& predicate(Slot slot) { return *lanes<Mask>(slot); }
  void set_predicate(Slot slot, Mask active, Mask value) {
    Mask& p = predicate(slot);
    p = (p & ~active) | (value & active);
  }

  Cta& cta() { return *cta_; }
  const Cta& cta() const { return *cta_; }
  std::uint32_t index() const { return index_; }  // in the block
  Mask present() const { return present_; }       // lanes that exist
  Mask alive() const { return alive_; }           // and have not exited
  Pc pc() const { return pc_; }                   // of the executing operation
  std::uint32_t thread(int lane) const {          // in the block, linear
    return index_ * kLanes + static_cast<std::uint32_t>(lane);
  }
  std::array<std::uint32_t, 3> thread_index(int lane) const;  // %tid

  // Local memory: where the lane's executing frame begins in the thread's local memory, and the
  // bytes from an offset on (the stack grows up). Null: beyond the thread's local memory.
  std::uint32_t local_base(int lane) const { return local_base_[static_cast<std::size_t>(lane)]; }
  std::byte* local(int lane, std::uint64_t offset, std::uint32_t bytes);
  // One flag a byte of local memory: has it been written since its frame began?
  std::uint8_t* local_is_initialized(int lane, std::uint64_t offset);
  // More bytes for the lane's executing frame, behind all others: where they begin. 0: no stack is
  // left. shrink_local gives back what lies from `end` on; false: that is not in the frame.
  std::uint32_t allocate_local(int lane, std::uint64_t bytes, std::uint32_t align);
  bool shrink_local(int lane, std::uint64_t end);
  std::uint32_t local_end(int lane) const { return local_end_[static_cast<std::size_t>(lane)]; }
  // The parameter block of the executing frame's function, per lane: where st.param in call
  // sequences writes and ld.param in callees reads. `offset` as in OpBuilder::Address.
  std::byte* call_params(int lane, std::uint64_t offset);

  // Lanes whose last load got a value that nothing had written (AccessRule::defers_uninitialized).
  void note_uninitialized(int lane) { uninitialized_ |= 1u << lane; }
  Mask take_uninitialized() { return std::exchange(uninitialized_, 0); }

  // Control flow, for handlers that return Flow::jump. jump may be called once a handler, the
  // others as often as needed; lanes that none of them moves go on to the next operation.
  void jump(Mask lanes, Pc target);
  void scatter(int lane, Pc target);            // one lane of an indirect branch
  bool call(int lane, std::uint32_t function);  // false: no stack left
  void ret(Mask lanes);
  void exit(Mask lanes);
  // The parameter area of the frame that the lane's last call made.
  std::byte* callee_params(int lane, std::uint64_t offset);
  std::uint32_t callee(int lane) const { return callee_[static_cast<std::size_t>(lane)]; }

  // The wait for an mbarrier that failed last: where and for whom; and how often one has failed
  // since anything happened in the block (an arrival, an exit, ...). What a deadlock names.
  struct FailedWait {
    Mask lanes = 0;
    Pc pc = 0;
    std::uint32_t mbarrier = 0;  // offset in shared memory
    std::uint64_t times = 0, effects = 0;
  };
  void note_failed_wait(Mask lanes, std::uint32_t mbarrier);
  const FailedWait* repeated_wait() const;  // null: no loop waits for one

  // Barriers: a handler that returns Flow::block parks its lanes; release wakes them with the
  // barrier's result, and the operation executes again, when take_released says so.
  void release(Mask lanes, std::uint32_t votes, std::uint32_t threads);
  bool take_released(Mask lanes);
  std::uint32_t barrier_votes() const { return barrier_votes_; }  // threads whose predicate held
  std::uint32_t barrier_threads() const { return barrier_threads_; }  // of so many

  // Executes until the block must look at other warps: all lanes wait, a yield, `budget` operations
  // done.
  enum class State : std::uint8_t { ready, waiting, done, stopped };
  State run(std::uint64_t budget);
  State state() const { return state_; }
  Mask parked() const { return parked_; }
  void stand_at(int lane);  // makes the lane's place the one that findings name
  void stand_at_wait() { pc_ = failed_wait_.pc; }  // likewise, of repeated_wait()
  int lane_line(int lane) const;                   // PTX line where the lane stands

  std::uint64_t steps = 0;        // operations executed
  std::uint64_t clock_reads = 0;  // looks at %clock

 private:
  struct Frame {
    std::uint32_t function = 0;
    std::unique_ptr<std::byte[]> storage;
    std::byte* registers = nullptr;
    std::vector<std::byte> params;  // lane after lane
    std::array<Pc, kLanes> return_pc{};
    std::array<std::uint32_t, kLanes> saved_local_base{}, saved_local_end{};
  };

  const Program& program() const;
  Frame& frame(std::size_t depth, std::uint32_t function);
  void enter(Frame& frame, Mask lanes);
  void set_local_base(int lane, std::uint32_t base, std::uint32_t bytes);
  void extend_local(std::size_t lane, std::uint64_t begin, std::uint64_t bytes);
  bool select();
  int choose(Mask ready);
  Mask at_same_place(Mask lanes, int lane) const;
  void set_stop(Mask others);
  void store_pc(Mask lanes, Pc pc);
  Mask wakeable();
  void report_stuck();
  Mask guarded(const Op& op) {  // the group's lanes that execute the operation
    if (op.guard == kNoSlot) return group_;
    const Mask holds = predicate(op.guard);
    return group_ & (op.guard_negated ? ~holds : holds);
  }
  template <bool kObserve>
  std::uint64_t run_group(std::uint64_t budget);
  template <bool kObserve>
  void part();
  bool arrive(const Op& op, Mask& active);
  Mask required(const Op& op, int lane, Mask& here);
  std::uint64_t leave(Flow flow, Mask active, std::uint64_t done);

  Cta* cta_;
  std::uint32_t index_;
  Mask present_ = 0, alive_ = 0;
  Mask waiting_ = 0;   // at an instruction that more lanes must reach
  Mask parked_ = 0;    // in a barrier
  Mask released_ = 0;  // from it, about to execute it again
  std::byte* registers_ = nullptr;
  Pc pc_ = 0;
  Mask group_ = 0;
  Frame* frame_ = nullptr;   // the group's
  std::uint32_t depth_ = 0;  // the group's
  Pc stop_pc_ = 0;           // another group stands there
  bool is_diverged_ = false, must_rotate_ = false, has_yielded_ = false;
  int last_lane_ = 0;  // of the group chosen last
  Mask jump_lanes_ = 0;
  Pc jump_target_ = 0;
  Mask moved_ = 0;  // lanes whose program counter a handler has set, or that have exited
  State state_ = State::ready;
  Mask uninitialized_ = 0;
  FailedWait failed_wait_;
  std::uint32_t barrier_votes_ = 0, barrier_threads_ = 0;
  std::array<Pc, kLanes> lane_pc_{};
  std::array<std::uint32_t, kLanes> lane_depth_{};
  std::array<std::uint32_t, kLanes> local_base_{};
  std::array<std::uint32_t, kLanes> local_end_{};
  std::array<std::uint32_t, kLanes> callee_{};
  std::array<std::vector<std::byte>, kLanes> local_;
  std::array<std::vector<std::uint8_t>, kLanes> local_flags_;
  std::vector<std::vector<std::unique_ptr<Frame>>> frames_;  // by depth
};

// Reports a finding of one lane at the executing operation. Returns Flow::stop where the launch
// must end (fatal kinds, or too many findings), else Flow::next.
Flow report(Warp& warp, int lane, FindingKind kind, std::string message);
Flow report(Warp& warp, int lane, Finding finding);  // kernel, instruction and `at` are filled in
Party party(const Warp& warp, int lane, Pc pc);
bool is_fatal(FindingKind kind);

}  // namespace assay::emulator
