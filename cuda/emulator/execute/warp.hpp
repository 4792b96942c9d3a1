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
#include <vector>

#include "cuda/emulator/program/op.hpp"
#include "cuda/emulator/program/program.hpp"
#include "cuda/emulator/sanitize/finding.hpp"

namespace assay::emulator {

class Cta;
class Launch;

class Warp {
 public:
  Warp(Cta& cta, std::uint32_t index);

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
  // The parameter block of the executing frame's function, per lane: where st.param in call
  // sequences writes and ld.param in callees reads. `offset` as in OpBuilder::Address.
  std::byte* call_params(int lane, std::uint64_t offset);

  // Control flow, for handlers that return Flow::jump.
  void jump(Mask lanes, Pc target);
  void call(Mask lanes, std::uint32_t function, Pc return_to);
  void ret(Mask lanes);
  void exit(Mask lanes);

  // Executes until the block must look at other warps: a barrier, a yield, `budget` operations
  // done.
  enum class State : std::uint8_t { ready, waiting, done, stopped };
  State run(std::uint64_t budget);
  State state() const { return state_; }

  std::uint64_t steps = 0;  // operations executed

 private:
  friend class Divergence;

  struct Frame {
    std::vector<std::byte> storage;
    std::byte* registers = nullptr;
  };

  Cta* cta_;
  std::uint32_t index_;
  Mask present_ = 0, alive_ = 0;
  std::byte* registers_ = nullptr;
  Pc pc_ = 0;
  State state_ = State::ready;
  std::array<Pc, kLanes> lane_pc_{};
  std::array<std::uint16_t, kLanes> lane_depth_{};
  std::array<std::uint32_t, kLanes> local_base_{};
};

// Reports a finding of one lane at the executing operation. Returns Flow::stop where the launch
// must end (fatal kinds, or too many findings), else Flow::next.
Flow report(Warp& warp, int lane, FindingKind kind, std::string message);
Flow report(Warp& warp, int lane, Finding finding);  // kernel, instruction and `at` are filled in
Party party(const Warp& warp, int lane, Pc pc);
bool is_fatal(FindingKind kind);

}  // namespace assay::emulator
