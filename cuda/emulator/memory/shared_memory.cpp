// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/shared_memory.hpp"

#include <algorithm>
#include <cstring>

#include "cuda/emulator/memory/global_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kMbarrierBytes = 8;  // PTX ISA 9.7.13.15.2

}  // namespace

SharedMemory::SharedMemory(std::uint32_t bytes, std::uint32_t threads)
    : bytes_(bytes),
      granules_((bytes + kGranule - 1) / kGranule),
      data_(zeros<std::byte>(bytes)),
      shadow_(zeros<std::uint8_t>(bytes)),
      words_(zeros<Word>(std::size_t{3} * granules_)),
      clocks_(threads, [this] { forget(); }) {
  start(nullptr, 0, 0);
}

void SharedMemory::start(GlobalMemory* memory, Tick launch, std::uint64_t block) {
  std::memset(shadow_.get(), static_cast<int>(ByteState::uninitialized), bytes_);
  clocks_.start(memory, launch, block);
}

bool SharedMemory::contains(std::uint64_t offset, std::uint64_t bytes) const {
  return offset >= kSharedStart && bytes <= bytes_ && offset - kSharedStart <= bytes_ - bytes;
}

void SharedMemory::forget() {
  if (words_ != nullptr) std::memset(words_.get(), 0, std::size_t{3} * granules_ * sizeof(Word));
}

void SharedMemory::async_issued(std::uint32_t thread, Pc pc, std::uint32_t offset,
                                std::uint32_t bytes) {
  std::memset(shadow(offset), static_cast<int>(ByteState::in_flight), bytes);
  note_writes(thread, pc, offset, bytes);
}

void SharedMemory::async_completed(std::uint32_t thread, Pc pc, std::uint32_t offset,
                                   std::uint32_t bytes) {
  std::memset(shadow(offset), static_cast<int>(ByteState::initialized), bytes);
  note_writes(thread, pc, offset, bytes);
}

void SharedMemory::note_writes(std::uint32_t thread, Pc pc, std::uint32_t offset,
                               std::uint32_t bytes) {
  ShadowWords granule = words(offset);
  for (std::uint32_t at = offset; at < offset + bytes; granule = granule + 1) {
    const std::uint32_t next = std::min((at / kGranule + 1) * kGranule, offset + bytes);
    const Word mask = ((1u << (next - at)) - 1) << (at % kGranule);
    *granule.writer = shadow_word(clocks_.now(), pc, thread, mask);
    at = next;
  }
}

void SharedMemory::set_mbarrier(std::uint32_t offset, bool exists) {
  const auto state = exists ? ByteState::mbarrier : ByteState::uninitialized;
  if (contains(offset, kMbarrierBytes))
    std::memset(shadow(offset), static_cast<int>(state), kMbarrierBytes);
}

}  // namespace assay::emulator
