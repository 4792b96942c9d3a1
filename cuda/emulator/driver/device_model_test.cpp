// SPDX-License-Identifier: Apache-2.0
// The pretended devices. Limits are compared with the tables of the CUDA programming guide,
// "Features and technical specifications"; .target rules with PTX ISA 9.0, 11.1.2.
#include "cuda/emulator/driver/device_model.hpp"

#include <gtest/gtest.h>

#include "cuda/emulator/driver/cuda_abi.h"

namespace assay::emulator {
namespace {

TEST(DeviceModel, ComputeCapabilityFollowsTheTarget) {
  for (const auto& [target, major, minor] :
       {std::tuple{"sm_110a", 11, 0}, {"sm_103a", 10, 3}, {"sm_100a", 10, 0}}) {
    const auto model = find_device_model(target);
    ASSERT_TRUE(model);
    EXPECT_EQ(model->major, major);
    EXPECT_EQ(model->minor, minor);
    EXPECT_NE(model->name.find(target), std::string_view::npos);
    EXPECT_NE(model->name.find("emulator"), std::string_view::npos);
  }
  EXPECT_FALSE(find_device_model("sm_90a"));
}

TEST(DeviceModel, LimitsAreThoseOfTheProgrammingGuide) {
  struct Row {
    const char* target;
    int threads, blocks;
  };
  for (const auto& row : {Row{"sm_110a", 1536, 24}, {"sm_103a", 2048, 32}, {"sm_100a", 2048, 32}}) {
    const auto model = find_device_model(row.target);
    const auto value = [&](CUdevice_attribute a) { return device_attribute(*model, a).value(); };
    EXPECT_EQ(value(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR), row.threads);
    EXPECT_EQ(value(CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR), row.blocks);
    EXPECT_EQ(value(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK), 49152);
    EXPECT_EQ(value(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN), 232448);
    EXPECT_EQ(value(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR), 233472);
    EXPECT_EQ(value(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR), 65536);
    EXPECT_EQ(value(CU_DEVICE_ATTRIBUTE_WARP_SIZE), 32);
  }
}

TEST(DeviceModel, EveryNumberUpToTheLastIsAnAttributeAndNoOther) {
  const auto model = find_device_model("sm_110a");
  EXPECT_FALSE(device_attribute(*model, 0));
  for (unsigned number = 1; number <= 147; ++number)
    EXPECT_TRUE(device_attribute(*model, number)) << number;
  EXPECT_FALSE(device_attribute(*model, 148));
}

TEST(DeviceModel, TargetsRunWhereTheIsaSaysSo) {
  struct Row {
    const char* ptx;
    bool on_100, on_103, on_110;
  };
  constexpr Row kRows[] = {{"sm_100a", true, false, false},  {"sm_103a", false, true, false},
                           {"sm_110a", false, false, true},  {"sm_100f", true, true, false},
                           {"sm_103f", false, true, false},  {"sm_110f", false, false, true},
                           {"sm_90", true, true, true},      {"sm_90a", false, false, false},
                           {"sm_100", true, true, true},     {"sm_103", false, true, true},
                           {"sm_110", false, false, true},   {"sm_120", false, false, false},
                           {"sm_120f", false, false, false}, {"sm_", false, false, false},
                           {"sm_100x", false, false, false}, {"compute_100", false, false, false},
                           {"", false, false, false}};
  for (const Row& row : kRows) {
    EXPECT_EQ(accepts_target(*find_device_model("sm_100a"), row.ptx), row.on_100) << row.ptx;
    EXPECT_EQ(accepts_target(*find_device_model("sm_103a"), row.ptx), row.on_103) << row.ptx;
    EXPECT_EQ(accepts_target(*find_device_model("sm_110a"), row.ptx), row.on_110) << row.ptx;
  }
}

}  // namespace
}  // namespace assay::emulator
