// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/tensor_memory.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"

namespace assay::emulator {

TensorMemory::TensorMemory()
    : words_(std::size_t{kTensorLanes} * kTensorColumns), is_written_(words_.size()) {}

std::optional<std::uint32_t> TensorMemory::allocate(std::uint32_t columns, std::uint32_t thread,
                                                    Pc pc) {
  std::uint32_t column = 0;
  auto next = allocations_.begin();
  for (; next != allocations_.end() && next->column - column < columns; ++next)
    column = next->column + next->columns;
  if (columns > kTensorColumns - column) return std::nullopt;
  allocations_.insert(next, {column, columns, thread, pc});
  return column;
}

bool TensorMemory::deallocate(std::uint32_t column, std::uint32_t columns) {
  const auto found = std::ranges::find_if(allocations_, [&](const Allocation& allocation) {
    return allocation.column == column && allocation.columns == columns;
  });
  if (found == allocations_.end()) return false;
  allocations_.erase(found);
  for (std::uint32_t lane = 0; lane < kTensorLanes; ++lane)
    std::fill_n(is_written_.begin() + static_cast<std::ptrdiff_t>(index(lane, column)), columns,
                false);
  return true;
}

bool TensorMemory::is_allocated(std::uint32_t column, std::uint32_t columns) const {
  std::uint64_t at = column;
  const std::uint64_t end = at + columns;
  for (const Allocation& allocation : allocations_)
    if (allocation.column <= at)
      at = std::max<std::uint64_t>(at, allocation.column + allocation.columns);
  return at >= end;
}

std::string TensorMemory::allocated_text() const {
  if (allocations_.empty()) return "no columns";
  std::string text = allocations_.size() == 1 ? "columns " : "the allocations ";
  for (const Allocation& allocation : allocations_)
    text += fmt::format("{}{}-{}", &allocation == &allocations_.front() ? "" : ", ",
                        allocation.column, allocation.column + allocation.columns - 1);
  return text;
}

TensorMemory& tensor_memory(Cta& cta) {
  if (cta.tensor == nullptr) cta.tensor = std::make_unique<TensorMemory>();
  return *cta.tensor;
}

void check_tensor_deallocation(Cta& cta) {
  if (cta.tensor == nullptr) return;
  for (const TensorMemory::Allocation& left : cta.tensor->allocations()) {
    Finding finding;
    finding.kind = FindingKind::invalid_tcgen05;
    finding.kernel = cta.launch.kernel.name;
    finding.at =
        party(*cta.warps[left.thread / kLanes], static_cast<int>(left.thread % kLanes), left.pc);
    finding.instruction = cta.launch.program.infos[left.pc].instruction->spelled();
    finding.message =
        fmt::format("the block ended without tcgen05.dealloc of columns {}-{} of tensor memory",
                    left.column, left.column + left.columns - 1);
    cta.launch.findings.add(std::move(finding));
  }
}

void report_tensor_deadlock(Cta& cta) {
  const TensorMemory& memory = *cta.tensor;
  Warp& warp = *cta.warps[memory.waiter->warp];
  const int lane = std::countr_zero(warp.alive());
  warp.stand_at(lane);
  report(warp, lane, FindingKind::deadlock,
         fmt::format("waits for {} columns of tensor memory, of which the block has allocated {} "
                     "and never frees them",
                     memory.waiter->columns, memory.allocated_text()));
}

}  // namespace assay::emulator
