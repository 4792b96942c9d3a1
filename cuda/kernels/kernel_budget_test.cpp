// SPDX-License-Identifier: Apache-2.0
// Proof of the numerics of what is shipped, by reading it: each image has the PTX and the machine
// code that it should have; no PTX leaves a bit open; the machine code multiplies, adds and fuses
// as often as the PTX (machine_account.hpp; not FMUL of moe_projection, nor FMUL and F2FP of
// quantize_static_fp8: docs/lint.md), spills nothing, and is what was last looked at.
#include <algorithm>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "cuda/kernels/kernel_images.hpp"
#include "cuda/kernels/test_budget.hpp"

namespace assay::cuda {
namespace {

std::string image_of(std::string_view family) {
  const auto image = kernel_image(family);
  return {image.begin(), image.end()};
}

TEST(KernelBudget, EveryImageIsCleanAndKeepsItsBudget) {
  ASSERT_FALSE(kernel_families().empty());
  for (const std::string_view family : kernel_families())
    EXPECT_EQ(findings_in(image_of(family), family), std::vector<std::string>{}) << family;
}

TEST(KernelBudget, EveryImageHasAllTargets) {
  for (const std::string_view family : kernel_families()) {
    const auto parts = audit::split_kernel_file(image_of(family), "");
    ASSERT_TRUE(parts) << parts.error().message;
    std::multiset<std::string> names;
    for (const audit::KernelPart& part : *parts)
      names.insert(part.name);
    EXPECT_EQ(names, (std::multiset<std::string>{" (PTX for sm_100a)", " (PTX for sm_100f)",
                                                 " (PTX for sm_103a)", " (PTX for sm_110a)",
                                                 " (PTX for sm_110f)", " (cubin for sm_100a)",
                                                 " (cubin for sm_103a)", " (cubin for sm_110a)"}))
        << family;
  }
}

// Limits of spills, stack and arithmetic that a budget could leave out, and then prove nothing.
TEST(KernelBudget, EveryBudgetSpeaksOfSpillsStackAndArithmetic) {
  for (const std::string_view family : kernel_families()) {
    const auto budget = audit::parse_budget(read_file(budget_path(family)), std::string(family));
    ASSERT_TRUE(budget) << budget.error().message;
    for (const char* fused : {"DFMA", "FFMA", "HMMA"})
      EXPECT_TRUE(std::ranges::count(budget->as_ptx, fused) == 1) << family << " " << fused;
    EXPECT_EQ(budget->targets.size(), 3U) << family;
    for (const auto& [capability, kernels] : budget->targets)
      for (const auto& [kernel, limits] : kernels)
        for (const char* quantity : {"LDL", "STL", "stack_bytes"}) {
          ASSERT_TRUE(limits.contains(quantity)) << kernel;
          EXPECT_EQ(limits.at(quantity).max, 0U) << kernel << " " << quantity;
        }
  }
}

TEST(KernelBudget, NoBudgetOutlivesItsFamily) {
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(budget_path("x")).parent_path()))
    EXPECT_FALSE(kernel_image(entry.path().stem().string()).empty()) << entry.path();
}

}  // namespace
}  // namespace assay::cuda
