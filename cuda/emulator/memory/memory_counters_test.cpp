// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/memory_counters.hpp"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

std::vector<std::uint64_t> strided(std::uint64_t stride, std::uint64_t base = 1024) {
  std::vector<std::uint64_t> addresses(32);
  for (std::size_t i = 0; i < addresses.size(); ++i)
    addresses[i] = base + stride * i;
  return addresses;
}

std::vector<int> all_lanes() {
  std::vector<int> lanes(32);
  std::iota(lanes.begin(), lanes.end(), 0);
  return lanes;
}

std::uint64_t passes(std::uint64_t stride, std::uint32_t bytes) {
  return wavefronts(strided(stride), all_lanes(), bytes).units;
}

TEST(MemoryCounters, SectorsOfDenseStridedAndMisplacedAccesses) {
  EXPECT_EQ(sectors(strided(4), 4).units, 4u);
  EXPECT_EQ(sectors(strided(4), 4).ideal, 4u);
  EXPECT_EQ(sectors(strided(32), 4).units, 32u);
  EXPECT_EQ(sectors(strided(32), 4).ideal, 4u);
  EXPECT_EQ(sectors(strided(4, 1028), 4).units, 5u);
  EXPECT_EQ(sectors(strided(0), 4).units, 1u);
  EXPECT_EQ(sectors(strided(0), 4).ideal, 1u);
  EXPECT_EQ(sectors(strided(16), 16).units, 16u);
  EXPECT_EQ(sectors({}, 4).units, 0u);
}

// CUDA C++ Programming Guide, "Shared Memory" of compute capability 5.x, figure of strided
// accesses: a stride of one or three words has no conflict, of two words a two-way conflict.
TEST(MemoryCounters, BankConflictsOfStrides) {
  EXPECT_EQ(passes(4, 4), 1u);
  EXPECT_EQ(passes(8, 4), 2u);
  EXPECT_EQ(passes(12, 4), 1u);
  EXPECT_EQ(passes(128, 4), 32u);
  EXPECT_EQ(passes(132, 4), 1u);
  EXPECT_EQ(passes(0, 4), 1u);
  EXPECT_EQ(passes(1, 1), 1u);
  EXPECT_EQ(passes(2, 2), 1u);
}

TEST(MemoryCounters, WideAccessesAreServedByPartsOfTheWarp) {
  EXPECT_EQ(passes(8, 8), 2u);
  EXPECT_EQ(passes(16, 16), 4u);
  EXPECT_EQ(passes(16, 8), 4u);
  EXPECT_EQ(passes(0, 16), 4u);
  EXPECT_EQ(wavefronts(strided(16), all_lanes(), 16).ideal, 4u);
}

TEST(MemoryCounters, AnInactiveLaneBelongsToNoPart) {
  const std::vector<std::uint64_t> two{1024, 1024 + 128};
  EXPECT_EQ(wavefronts(two, std::vector<int>{0, 1}, 8).units, 2u);
  EXPECT_EQ(wavefronts(two, std::vector<int>{0, 16}, 8).units, 2u);
  EXPECT_EQ(wavefronts(two, std::vector<int>{0, 1}, 8).ideal, 1u);
}

TEST(MemoryCounters, KernelsCountByInstruction) {
  TestKernel kernel(
      "shl.b32 %r1, %i, 5; cvt.u64.u32 %rd1, %r1; add.u64 %rd1, %in0, %rd1;"
      "ld.global.u32 %r2, [%rd1]; st.global.u32 [%out], %r2;");
  kernel.options.profile = true;
  kernel.options.profile_path = "-";
  std::vector<std::uint32_t> in(512), out(64);
  kernel.run({2, 1, 1}, {32, 1, 1}, in, out);
  PcCounters total;
  for (const PcCounters& counters : kernel.counters)
    total += counters;
  EXPECT_EQ(total.global_bytes, 2u * (128 + 128));
  EXPECT_EQ(total.shared_bytes, 0u);
  EXPECT_EQ(total.sectors, 2u * (32 + 4));
  EXPECT_EQ(total.ideal_sectors, 2u * (4 + 4));
  EXPECT_EQ(total.wavefronts, 0u);
}

}  // namespace
}  // namespace assay::emulator
