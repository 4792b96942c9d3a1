// SPDX-License-Identifier: Apache-2.0
// Oracle: what models with other parameters return.
#include "cuda/probe/probe_case.hpp"

namespace assay::probe {
namespace {

TEST(ProbeRows, ControlsAreRightByEveryModelAndWrongWhereElementsOrScalesAreMisplaced) {
  for (const Instruction& x : instructions()) {
    SCOPED_TRACE(x.name());
    const Rows rows = make_rows(x, 0);
    ASSERT_EQ(rows.controls.size(), 16u);
    TensorCoreModel narrow = model_of(x);
    narrow.step.fraction_bits = 13;
    std::size_t misplaced = 0, swapped = 0;
    for (const Control& control : rows.controls) {
      EXPECT_EQ(result_of(x, control.row), control.result);
      if (!x.scales) {
        EXPECT_EQ(result_of(narrow, x, control.row), control.result);
      }
      Row other = control.row;
      std::swap(other.a.front(), other.a.back());
      misplaced += result_of(x, other) != control.result ? 1 : 0;
      if (x.blocks() < 2) continue;
      other = control.row;
      std::swap(other.b_scales[0], other.b_scales[1]);
      swapped += result_of(x, other) != control.result ? 1 : 0;
    }
    EXPECT_GT(misplaced, 6u);
    if (x.blocks() > 1) {
      EXPECT_GT(swapped, 6u);
    }
  }
}

TEST(ProbeRows, RandomRowsTellModelsApart) {
  for (const Instruction& x : instructions()) {
    SCOPED_TRACE(x.name());
    const Rows rows = make_rows(x, 512);
    ASSERT_EQ(rows.all.size(), 512u);
    TensorCoreModel narrower = model_of(x), wider = model_of(x);
    // Sums of two binary16 MMAs are exact, and binary16 results hardly see the last bits.
    const bool is_blunt = narrower.lowering == MmaLowering::two_f16_mmas || x.result == Format::f16;
    narrower.step.fraction_bits -= is_blunt ? 14 : 1;
    wider.step.fraction_bits += 1;
    int differ = 0, differ_from_wider = 0;
    for (const Row& row : rows.all) {
      const std::uint32_t result = result_of(x, row);
      EXPECT_NE(result, x.result == Format::f16 ? 0x7FFFu : 0x7FFFFFFFu);
      differ += result_of(narrower, x, row) != result ? 1 : 0;
      differ_from_wider += result_of(wider, x, row) != result ? 1 : 0;
    }
    EXPECT_GT(differ, 2);
    if (!is_blunt) {
      EXPECT_GT(differ_from_wider, 2);
    }
  }
}

}  // namespace
}  // namespace assay::probe
