// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/reserved_range.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/mman.h>

namespace assay::emulator {
namespace {

constexpr std::uint64_t kStep = std::uint64_t{2} << 20;   // opened at once: few calls, few mappings
constexpr std::uint64_t kPage = std::uint64_t{64} << 10;  // at least the system's, on every machine

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

Result<ReservedRange> ReservedRange::create(std::uint64_t bytes) {
  ReservedRange range;
  range.bytes_ = round_up(bytes, kStep);
  void* const data =
      mmap(nullptr, range.bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED)
    return fail(ErrorCode::internal, "cannot reserve {} bytes of addresses: {}", range.bytes_,
                std::strerror(errno));
  range.data_ = static_cast<std::byte*>(data);
  return range;
}

ReservedRange::ReservedRange(ReservedRange&& other) noexcept {
  *this = std::move(other);
}

ReservedRange& ReservedRange::operator=(ReservedRange&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(opened_, other.opened_);
  return *this;
}

ReservedRange::~ReservedRange() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

Status ReservedRange::open(std::uint64_t bytes) {
  const std::uint64_t end = std::min(round_up(bytes, kStep), bytes_);
  if (end <= opened_) return {};
  if (mprotect(data_ + opened_, end - opened_, PROT_READ | PROT_WRITE) != 0)
    return fail(ErrorCode::usage, "the system gives no more memory: {}", std::strerror(errno));
  opened_ = end;
  return {};
}

void ReservedRange::clear(std::uint64_t offset, std::uint64_t bytes) {
  const std::uint64_t end = std::min(offset + bytes, opened_);
  if (offset >= end) return;
  const std::uint64_t first = round_up(offset, kPage), last = end / kPage * kPage;
  if (first >= last || madvise(data_ + first, last - first, MADV_DONTNEED) != 0) {
    std::memset(data_ + offset, 0, end - offset);
    return;
  }
  std::memset(data_ + offset, 0, first - offset);
  std::memset(data_ + last, 0, end - last);
}

}  // namespace assay::emulator
