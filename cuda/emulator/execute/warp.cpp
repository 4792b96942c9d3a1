// SPDX-License-Identifier: Apache-2.0
// Frames, local memory and where lanes go; which of them execute is in divergence.cpp.
#include "cuda/emulator/execute/warp.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/memory/address_space.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kDepthLimit = 8192;
constexpr std::size_t kAlign = 64;

}  // namespace

Warp::Warp(Cta& cta, std::uint32_t index) : cta_(&cta), index_(index) {
  const std::uint32_t threads = cta.launch.threads();
  const std::uint32_t first = index * kLanes;
  present_ = threads - first >= kLanes ? kAllLanes : (1u << (threads - first)) - 1;
  restart();
}

void Warp::restart() {
  alive_ = present_;
  waiting_ = parked_ = released_ = 0;
  state_ = State::ready;
  steps = clock_reads = 0;
  failed_wait_ = {};
  const auto function =
      static_cast<std::uint32_t>(&cta_->launch.kernel - program().functions.data());
  lane_pc_.fill(cta_->launch.kernel.begin);
  lane_depth_.fill(0);
  for_each_lane(present_, [&](int lane) {
    set_local_base(lane, kLocalStart, cta_->launch.kernel.local_bytes);
  });
  enter(frame(0, function), present_);
}

const Program& Warp::program() const {
  return cta_->launch.program;
}

std::array<std::uint32_t, 3> Warp::thread_index(int lane) const {
  const Dim3& block = cta_->launch.config.block;
  const std::uint32_t linear = thread(lane);
  return {linear % block[0], linear / block[0] % block[1], linear / block[0] / block[1]};
}

Warp::Frame& Warp::frame(std::size_t depth, std::uint32_t function) {
  if (depth >= frames_.size()) frames_.resize(depth + 1);
  for (const auto& known : frames_[depth])
    if (known->function == function) return *known;
  const Function& code = program().functions[function];
  auto made = std::make_unique<Frame>();
  made->function = function;
  made->storage = std::make_unique<std::byte[]>(code.register_bytes + kAlign);
  void* start = made->storage.get();
  std::size_t space = code.register_bytes + kAlign;
  made->registers = static_cast<std::byte*>(std::align(kAlign, code.register_bytes, start, space));
  if (!code.constants.empty())
    std::memcpy(made->registers + code.constants_offset, code.constants.data(),
                code.constants.size());
  made->params.resize(std::size_t{kLanes} * code.param_area_bytes);
  frames_[depth].push_back(std::move(made));
  return *frames_[depth].back();
}

void Warp::enter(Frame& frame, Mask lanes) {
  for (const Slot mask : program().functions[frame.function].clean_masks)
    *reinterpret_cast<Mask*>(frame.registers + mask) &= ~lanes;
}

void Warp::set_local_base(int lane, std::uint32_t base, std::uint32_t bytes) {
  const auto l = static_cast<std::size_t>(lane);
  local_base_[l] = base;
  extend_local(l, base, bytes);
}

// The frame may begin behind the end of the one before: the bytes between exist, too.
void Warp::extend_local(std::size_t lane, std::uint64_t begin, std::uint64_t bytes) {
  const std::uint64_t end = begin + bytes;
  local_end_[lane] = static_cast<std::uint32_t>(end);
  if (end > kLocalStart && local_[lane].size() < end) {
    local_[lane].resize(end);
    local_flags_[lane].resize(end);
  }
  if (bytes != 0) std::memset(local_flags_[lane].data() + begin, 0, bytes);
}

std::byte* Warp::local(int lane, std::uint64_t offset, std::uint32_t bytes) {
  const auto l = static_cast<std::size_t>(lane);
  if (offset < kLocalStart || offset > local_end_[l] || bytes > local_end_[l] - offset)
    return nullptr;
  return local_[l].data() + offset;
}

std::uint8_t* Warp::local_is_initialized(int lane, std::uint64_t offset) {
  return local_flags_[static_cast<std::size_t>(lane)].data() + offset;
}

std::uint32_t Warp::allocate_local(int lane, std::uint64_t bytes, std::uint32_t align) {
  const auto l = static_cast<std::size_t>(lane);
  const std::uint64_t begin = (std::uint64_t{local_end_[l]} + align - 1) / align * align;
  if (begin > kLocalLimit || bytes > kLocalLimit - begin) return 0;
  extend_local(l, begin, bytes);
  return static_cast<std::uint32_t>(begin);
}

bool Warp::shrink_local(int lane, std::uint64_t end) {
  const auto l = static_cast<std::size_t>(lane);
  if (end < local_base_[l] || end > local_end_[l]) return false;
  local_end_[l] = static_cast<std::uint32_t>(end);
  return true;
}

std::byte* Warp::call_params(int lane, std::uint64_t offset) {
  const std::size_t area = frame_->params.size() / kLanes;
  return frame_->params.data() + static_cast<std::size_t>(lane) * area + offset;
}

std::byte* Warp::callee_params(int lane, std::uint64_t offset) {
  Frame& made = frame(depth_ + 1, callee(lane));
  const std::size_t area = made.params.size() / kLanes;
  return made.params.data() + static_cast<std::size_t>(lane) * area + offset;
}

void Warp::jump(Mask lanes, Pc target) {
  jump_lanes_ = lanes;
  jump_target_ = target;
}

void Warp::scatter(int lane, Pc target) {
  lane_pc_[static_cast<std::size_t>(lane)] = target;
  moved_ |= 1u << lane;
}

bool Warp::call(int lane, std::uint32_t function) {
  const auto l = static_cast<std::size_t>(lane);
  const Function& code = program().functions[function];
  const std::uint32_t depth = lane_depth_[l] + 1;
  const std::uint32_t base = (local_end_[l] + 15) / 16 * 16;
  if (depth > kDepthLimit || base + code.local_bytes > kLocalLimit) return false;
  Frame& made = frame(depth, function);
  made.return_pc[l] = pc_ + 1;
  made.saved_local_base[l] = local_base_[l];
  made.saved_local_end[l] = local_end_[l];
  enter(made, 1u << lane);
  set_local_base(lane, base, code.local_bytes);
  lane_depth_[l] = depth;
  callee_[l] = function;
  scatter(lane, code.begin);
  return true;
}

void Warp::ret(Mask lanes) {
  for_each_lane(lanes, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    if (lane_depth_[l] == 0) return exit(1u << lane);
    callee_[l] = frame_->function;
    local_base_[l] = frame_->saved_local_base[l];
    local_end_[l] = frame_->saved_local_end[l];
    --lane_depth_[l];
    scatter(lane, frame_->return_pc[l]);
  });
}

void Warp::exit(Mask lanes) {
  alive_ &= ~lanes;
  moved_ |= lanes;
  ++cta_->effects;
}

void Warp::release(Mask lanes, std::uint32_t votes, std::uint32_t threads) {
  parked_ &= ~lanes;
  released_ |= lanes;
  barrier_votes_ = votes;
  barrier_threads_ = threads;
  if (state_ == State::waiting) state_ = State::ready;
}

bool Warp::take_released(Mask lanes) {
  if ((released_ & lanes) != lanes) return false;
  released_ &= ~lanes;
  return true;
}

void Warp::note_failed_wait(Mask lanes, std::uint32_t mbarrier) {
  if (failed_wait_.effects != cta_->effects) failed_wait_.times = 0;
  failed_wait_ = {lanes, pc_, mbarrier, failed_wait_.times + 1, cta_->effects};
}

const Warp::FailedWait* Warp::repeated_wait() const {
  const bool is_repeated = failed_wait_.times > 1 && failed_wait_.effects == cta_->effects;
  return is_repeated ? &failed_wait_ : nullptr;
}

void Warp::stand_at(int lane) {
  pc_ = lane_pc_[static_cast<std::size_t>(lane)];
}

int Warp::lane_line(int lane) const {
  return program().infos[lane_pc_[static_cast<std::size_t>(lane)]].ptx_line;
}

}  // namespace assay::emulator
