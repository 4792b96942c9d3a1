// SPDX-License-Identifier: Apache-2.0
// Raw bytes of files and tensors: aligned to a cache line for any vector load, and left
// uninitialised when grown by resize(), since what is read from a file need not be zeroed first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <vector>

namespace assay {

template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  CacheLineAllocator() = default;
  template <typename U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* pointer, std::size_t) { ::operator delete(pointer, kAlignment); }

  void construct(T*) {}
  template <typename... Args>
  void construct(T* pointer, Args&&... args) {
    std::construct_at(pointer, std::forward<Args>(args)...);
  }

  bool operator==(const CacheLineAllocator&) const = default;
};

// For readers that take a largest size.
inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

using Bytes = std::vector<std::byte, CacheLineAllocator<std::byte>>;

}  // namespace assay
