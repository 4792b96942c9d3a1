// SPDX-License-Identifier: Apache-2.0
// What a launch executed of which PTX leaves the bits open.
#include "cuda/emulator/sanitize/unspecified.hpp"

#include <nlohmann/json.hpp>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

// Of 4 warps in 2 blocks: `lg2` never, `ex2` once each, `rcp` three times each, in a function.
constexpr const char* kModule = R"(.version 9.0
.target sm_110a
.address_size 64
.func (.param .b32 result) inverse(.param .b32 value) {
  .reg .f32 %f<2>;
  .loc 2 8 1
  ld.param.f32 %f0, [value];
  rcp.approx.ftz.f32 %f1, %f0;
  st.param.f32 [result], %f1;
  ret;
}
.visible .entry test(.param .u64 in, .param .u64 out) {
  .reg .f32 %f<4>;
  .reg .b32 %r<4>;
  .reg .pred %p<2>;
  .loc 1 5 1
  mov.u32 %r0, %tid.x;
  cvt.rn.f32.u32 %f0, %r0;
  .loc 1 6 1
  ex2.approx.f32 %f1, %f0;
  setp.eq.u32 %p1, %r0, 1000;
  @%p1 lg2.approx.f32 %f1, %f0;
  mov.u32 %r1, 0;
again:
  {
    .param .b32 given, got;
    st.param.f32 [given], %f1;
    call (got), inverse, (given);
    ld.param.f32 %f1, [got];
  }
  add.u32 %r1, %r1, 1;
  setp.lt.u32 %p1, %r1, 3;
  @%p1 bra again;
  div.rn.f32 %f2, %f1, %f0;
  ret;
}
.file 1 "k.cu"
.file 2 "a.cuh"
)";

class Unspecified : public testing::TestWithParam<int> {};

TEST_P(Unspecified, OperationsAreCountedWhereTheyExecute) {
  TestKernel kernel(TestKernel::Whole{}, kModule);
  kernel.options.threads = GetParam();
  kernel.launch({2, 1, 1}, {64, 1, 1}, {0, 0});
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  const auto& uses = kernel.unspecified;
  ASSERT_EQ(uses.size(), 2u);
  EXPECT_EQ(uses[0].instruction, "rcp.approx.ftz.f32");
  EXPECT_EQ(uses[0].count, 12u);
  EXPECT_EQ(uses[0].at.text(), "a.cuh:8 (PTX line 8)");
  EXPECT_EQ(uses[1].instruction, "ex2.approx.f32");
  EXPECT_EQ(uses[1].count, 4u);
  EXPECT_EQ(uses[1].at.text(), "k.cu:6 (PTX line 20)");
  EXPECT_EQ(unspecified_note("test", uses),
            "test: PTX leaves the bits of rcp.approx.ftz.f32 at a.cuh:8 (PTX line 8), "
            "ex2.approx.f32 at k.cu:6 (PTX line 20) open; a GPU may give others");
  EXPECT_EQ(to_json(uses[1]), nlohmann::json({{"instruction", "ex2.approx.f32"},
                                              {"count", 4},
                                              {"ptx_line", 20},
                                              {"file", "k.cu"},
                                              {"line", 6}}));
}
INSTANTIATE_TEST_SUITE_P(HostThreads, Unspecified, testing::Values(1, 2));

TEST(UnspecifiedNote, NamesEightPlacesAndCountsTheOthers) {
  EXPECT_EQ(unspecified_note("k", {}), "");
  const std::vector<UnspecifiedUse> uses(10, {"sin.approx.f32", {}, 1});
  const std::string note = unspecified_note("k", uses);
  EXPECT_NE(note.find(" and 2 more open;"), std::string::npos) << note;
}

TEST(UnspecifiedNote, ExactOperationsAreNone) {
  TestKernel kernel("rcp.rn.f32 %f1, %f2; sqrt.rn.f32 %f1, %f2;");
  kernel.launch({1, 1, 1}, {32, 1, 1}, {0, 0});
  EXPECT_TRUE(kernel.unspecified.empty());
}

}  // namespace
}  // namespace assay::emulator
