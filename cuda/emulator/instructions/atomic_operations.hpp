// SPDX-License-Identifier: Apache-2.0
// What atom, red and cp.reduce.async.bulk do to one element: PTX ISA, "Parallel Synchronization and
// Communication Instructions: atom".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

// Replaces the element at `value` by operation(value, b, c); c is read by cas only. All unaligned.
using AtomicFunction = void (*)(std::byte* value, const std::byte* b, const std::byte* c);

struct AtomicOperation {
  AtomicFunction apply = nullptr;
  // The same on global memory: additions of binary32 flush subnormal inputs and results to zeros
  // of their sign there.
  AtomicFunction apply_global = nullptr;
};

// By PTX's names ("add", "exch", ...); f16x2 and bf16x2 are elements of 4 bytes. Nothing where the
// type has no such operation.
std::optional<AtomicOperation> find_atomic(std::string_view operation, ptx::Type type);

}  // namespace assay::emulator
