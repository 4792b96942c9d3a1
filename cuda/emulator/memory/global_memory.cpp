// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/global_memory.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

#include <fmt/format.h>

#include "cuda/emulator/memory/reserved_range.hpp"

namespace assay::emulator {
namespace {

// Shadow words take six times the bytes that kernels touch. They are given back after each launch
// when more than this is allocated; before, keeping them spares page faults.
constexpr std::uint64_t kKeptWords = std::uint64_t{256} << 20;

}  // namespace

struct GlobalMemory::State {
  explicit State(std::uint64_t bytes) : table(kGlobalBase, bytes) {}

  // Memory for all that the table has used so far.
  Status open(std::uint64_t bytes) {
    ASSAY_TRY(data.open(bytes));
    ASSAY_TRY(shadow.open(bytes));
    for (ReservedRange& range : words)
      ASSAY_TRY(range.open(bytes / kGranule * sizeof(Word)));
    return {};
  }

  mutable std::mutex mutex;  // of the table
  AllocationTable table;
  ReservedRange data, shadow;
  ReservedRange words[3];
  GlobalTicks ticks;
  PageLocks locks;
};

GlobalMemory::GlobalMemory() = default;
GlobalMemory::~GlobalMemory() = default;

Result<std::unique_ptr<GlobalMemory>> GlobalMemory::create(std::uint64_t capacity) {
  std::unique_ptr<GlobalMemory> memory(new GlobalMemory);
  memory->capacity_ = capacity;
  memory->state_ = std::make_unique<State>(capacity);
  State& state = *memory->state_;
  ASSAY_ASSIGN(state.data, ReservedRange::create(capacity));
  ASSAY_ASSIGN(state.shadow, ReservedRange::create(capacity));
  for (ReservedRange& range : state.words) {
    ASSAY_ASSIGN(range, ReservedRange::create(capacity / kGranule * sizeof(Word)));
  }
  memory->data_ = state.data.data();
  memory->shadow_ = reinterpret_cast<std::uint8_t*>(state.shadow.data());
  memory->words_ = {reinterpret_cast<Word*>(state.words[0].data()),
                    reinterpret_cast<Word*>(state.words[1].data()),
                    reinterpret_cast<Word*>(state.words[2].data())};
  ASSAY_TRY(state.open(1));
  return memory;
}

Result<std::uint64_t> GlobalMemory::allocate(std::uint64_t bytes, std::string name,
                                             bool is_read_only) {
  const std::lock_guard lock(state_->mutex);
  ASSAY_ASSIGN(const std::uint64_t address,
               state_->table.place(bytes, std::move(name), is_read_only));
  if (const Status opened = state_->open(state_->table.end() - kGlobalBase); !opened) {
    static_cast<void>(state_->table.remove(address));
    return tl::unexpected(opened.error());
  }
  end_.store(state_->table.end() - kGlobalBase, std::memory_order_relaxed);
  const auto first = is_read_only ? ByteState::uninitialized_constant : ByteState::uninitialized;
  std::memset(shadow(address), static_cast<int>(first), bytes);
  return address;
}

Status GlobalMemory::free(std::uint64_t address) {
  const std::lock_guard lock(state_->mutex);
  ASSAY_ASSIGN(const Allocation freed, state_->table.remove(address));
  const std::uint64_t offset = address - kGlobalBase;
  state_->shadow.clear(offset, freed.bytes);
  state_->data.clear(offset, freed.bytes);
  for (ReservedRange& range : state_->words)
    range.clear(offset / kGranule * sizeof(Word),
                (freed.bytes + kGranule - 1) / kGranule * sizeof(Word));
  return {};
}

std::optional<Allocation> GlobalMemory::find(std::uint64_t address) const {
  const std::lock_guard lock(state_->mutex);
  const Allocation* const nearest = state_->table.nearest(address);
  return nearest == nullptr ? std::nullopt : std::optional(*nearest);
}

std::string GlobalMemory::describe(std::uint64_t address) const {
  const std::lock_guard lock(state_->mutex);
  return state_->table.describe(address);
}

std::uint64_t GlobalMemory::used_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->table.live_bytes();
}

std::uint64_t GlobalMemory::capacity() const {
  return capacity_;
}

bool GlobalMemory::contains(std::uint64_t address, std::uint64_t bytes) const {
  const std::lock_guard lock(state_->mutex);
  return state_->table.holder(address, bytes) != nullptr;
}

Status GlobalMemory::check(std::uint64_t address, std::uint64_t bytes) const {
  if (contains(address, bytes)) return {};
  return fail(ErrorCode::usage, "the {} bytes at {:#x} are not in one allocation: {}", bytes,
              address, describe(address));
}

Status GlobalMemory::read(std::uint64_t address, void* dst, std::uint64_t bytes) const {
  if (bytes == 0) return {};
  ASSAY_TRY(check(address, bytes));
  std::memcpy(dst, data_ + (address - kGlobalBase), bytes);
  return {};
}

namespace {

// Written by the host: constants stay constants.
void mark_written(std::uint8_t* shadow, std::uint64_t bytes) {
  constexpr auto kConstants = static_cast<std::uint8_t>(ByteState::constant) |
                              static_cast<std::uint8_t>(ByteState::uninitialized_constant);
  const bool is_constant = (shadow[0] & kMayWrite) == 0 && (shadow[0] & kConstants) != 0;
  const auto state = is_constant ? ByteState::constant : ByteState::initialized;
  std::memset(shadow, static_cast<int>(state), bytes);
}

}  // namespace

Status GlobalMemory::write(std::uint64_t address, const void* src, std::uint64_t bytes) {
  if (bytes == 0) return {};
  ASSAY_TRY(check(address, bytes));
  std::memcpy(data(address), src, bytes);
  mark_written(shadow(address), bytes);
  return {};
}

Status GlobalMemory::fill(std::uint64_t address, std::uint64_t bytes, const void* pattern,
                          std::uint64_t pattern_bytes) {
  if (bytes == 0) return {};
  if (pattern_bytes == 0 || bytes % pattern_bytes != 0)
    return fail(ErrorCode::usage, "{} bytes are no multiple of a pattern of {}", bytes,
                pattern_bytes);
  ASSAY_TRY(check(address, bytes));
  std::byte* const begin = data(address);
  std::memcpy(begin, pattern, pattern_bytes);
  for (std::uint64_t done = pattern_bytes; done < bytes; done *= 2)
    std::memcpy(begin + done, begin, std::min(done, bytes - done));
  mark_written(shadow(address), bytes);
  return {};
}

Status GlobalMemory::copy(std::uint64_t dst, std::uint64_t src, std::uint64_t bytes) {
  if (bytes == 0) return {};
  ASSAY_TRY(check(dst, bytes));
  ASSAY_TRY(check(src, bytes));
  std::memmove(data(dst), data(src), bytes);
  const bool to_constant = (shadow(dst)[0] & kMayWrite) == 0;
  const bool from_constant = (shadow(src)[0] & kMayWrite) == 0;
  if (to_constant || from_constant) {
    mark_written(shadow(dst), bytes);
  } else {
    std::memmove(shadow(dst), shadow(src), bytes);
  }
  return {};
}

std::uint32_t GlobalMemory::begin_launch() {
  bool is_fresh = false;
  const Tick launch = state_->ticks.begin_launch(is_fresh);
  if (is_fresh)
    for (ReservedRange& range : state_->words)
      range.clear(0, range.bytes());
  return launch;
}

void GlobalMemory::end_launch() {
  if (state_->ticks.end_launch() && used_bytes() > kKeptWords)
    for (ReservedRange& range : state_->words)
      range.clear(0, range.bytes());
}

GlobalTicks& GlobalMemory::ticks() {
  return state_->ticks;
}

PageLocks& GlobalMemory::locks() {
  return state_->locks;
}

}  // namespace assay::emulator
