// SPDX-License-Identifier: Apache-2.0
// Addresses reserved from the system (mmap). Nothing there may be touched until it is opened, and
// memory is taken page by page when it is touched first.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reference/result.hpp"

namespace assay::emulator {

class ReservedRange {
 public:
  // Error (internal): the system refuses.
  static Result<ReservedRange> create(std::uint64_t bytes);
  ReservedRange() = default;
  ReservedRange(ReservedRange&& other) noexcept;
  ReservedRange& operator=(ReservedRange&& other) noexcept;
  ~ReservedRange();

  std::byte* data() const { return data_; }
  std::uint64_t bytes() const { return bytes_; }
  // Makes the first `bytes` readable and writable, zero at first; never takes any back.
  Status open(std::uint64_t bytes);
  // The opened bytes of [offset, offset + bytes) become zero; whole pages go back to the system.
  void clear(std::uint64_t offset, std::uint64_t bytes);

 private:
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0, opened_ = 0;
};

}  // namespace assay::emulator
