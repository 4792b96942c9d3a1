// SPDX-License-Identifier: Apache-2.0
// Oracle: ptxas: the machine code of each form, at one, two and three places, is what the account
// says, neither more nor less where the account is exact.
#include <gtest/gtest.h>

#include "cuda/audit/machine_account.hpp"
#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/test_ptxas.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

// "{0}": the number of the place, from 0 to 2; "{1}", "{2}": numbers of other inputs.
struct Form {
  const char* body;
  bool is_exact = true;
};

constexpr Form kForms[] = {
    {"fma.rn.f32 f1{0},f{0},f{1},f{2}; st.global.f32 [d0+{3}],f1{0};"},
    {"mul.rn.f32 f1{0},f{0},f{1}; st.global.f32 [d0+{3}],f1{0};"},
    {"add.rn.f32 f1{0},f{0},f{1}; st.global.f32 [d0+{3}],f1{0};"},
    {"sub.rn.f32 f1{0},f{0},f{1}; st.global.f32 [d0+{3}],f1{0};"},
    {"mul.rn.f32 f1{0},f{0},f{1}; add.rn.f32 f2{0},f1{0},f{2}; st.global.f32 [d0+{3}],f2{0};"},
    {"fma.rn.f64 g1{0},g1,g2,0d400000000000000{0}; st.global.f64 [d0+{3}],g1{0};"},
    {"mul.rn.f64 g1{0},g1,0d400800000000000{0}; st.global.f64 [d0+{3}],g1{0};"},
    {"add.rn.f64 g1{0},g1,0d400800000000000{0}; st.global.f64 [d0+{3}],g1{0};"},
    {"sub.rn.f64 g1{0},g1,0d400800000000000{0}; st.global.f64 [d0+{3}],g1{0};"},
    {"div.rn.f32 f1{0},f{0},f{1}; st.global.f32 [d0+{3}],f1{0};"},
    {"div.rn.f32 f1{0},f{0},0f4049000{0}; st.global.f32 [d0+{3}],f1{0};"},
    {"div.rn.f32 f1{0},0f3f800000,f{0}; st.global.f32 [d0+{3}],f1{0};"},
    {"rcp.rn.f32 f1{0},f{0}; st.global.f32 [d0+{3}],f1{0};"},
    {"sqrt.rn.f32 f1{0},f{0}; st.global.f32 [d0+{3}],f1{0};"},
    {"add.rn.f64 g1{0},g1,0d400000000000000{0}; div.rn.f64 g3,g1{0},g2; "
     "st.global.f64 [d0+{3}],g3;"},
    {"add.rn.f64 g1{0},g1,0d400000000000000{0}; rcp.rn.f64 g3,g1{0}; st.global.f64 [d0+{3}],g3;"},
    {"add.rn.f64 g1{0},g1,0d400000000000000{0}; sqrt.rn.f64 g3,g1{0}; st.global.f64 [d0+{3}],g3;"},
    {"neg.f32 f1{0},f{0}; st.global.f32 [d0+{3}],f1{0};", false},
    {"neg.f32 f1{0},f{0}; mul.rn.f32 f1{0},f1{0},f{1}; st.global.f32 [d0+{3}],f1{0};", false},
    {"abs.f64 g1{0},g1; st.global.f64 [d0+{3}],g1{0};", false},
    {"cvt.rn.f16.f32 h1{0},f{0}; st.global.b16 [d0+{3}],h1{0};", false},
    {"cvt.rn.f16x2.e4m3x2 r1{0},h{0}; st.global.u32 [d0+{3}],r1{0};"},
    {"cvt.rn.satfinite.e4m3x2.f32 h1{0},f{0},f{1}; st.global.b16 [d0+{3}],h1{0};"},
    {"cvt.rn.satfinite.e4m3x2.f16x2 h1{0},r{0}; st.global.b16 [d0+{3}],h1{0};"},
    {"cvt.u8.u32 c0,r{0}; cvt.rn.f16x2.e2m1x2 r1{0},c0; st.global.u32 [d0+{3}],r1{0};"},
    {"cvt.rn.satfinite.e2m1x2.f32 c{0},f{0},f{1}; cvt.u32.u8 r1{0},c{0}; "
     "st.global.u32 [d0+{3}],r1{0};"},
    {"cvt.rn.bf16x2.ue8m0x2 r1{0},h{0}; st.global.u32 [d0+{3}],r1{0};"},
    {"cvt.rp.satfinite.ue8m0x2.f32 h1{0},f{0},f{1}; st.global.b16 [d0+{3}],h1{0};"},
    {"cvt.rn.f16x2.f32 r1{0},f{0},f{1}; st.global.u32 [d0+{3}],r1{0};"},
    {"cvt.rn.bf16x2.f32 r1{0},f{0},f{1}; st.global.u32 [d0+{3}],r1{0};"},
    {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {{f1{0},f2{0},f3{0},f3{1}}},"
     "{{r{0},r{1},r{2},r3}},{{r{0},r{1}}},{{f0,f1,f2,f3}}; "
     "st.global.v4.f32 [d0+{3}],{{f1{0},f2{0},f3{0},f3{1}}};"},
};

std::string body_of(const Form& form, int places) {
  std::string body = kProbeInputs;
  for (int i = 0; i < places; ++i)
    body += fmt::format(fmt::runtime(form.body), i, (i + 1) % 4, (i + 2) % 4, 128 + 16 * i) + '\n';
  return body;
}

TEST(MachineAccount, IsWhatPtxasMakesOfEachForm) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  for (const Form& form : kForms) {
    for (const char* target : {"sm_100a", "sm_103a", "sm_110a"}) {
      for (const int places : {1, 2, 3}) {
        const std::string text = probe_module(target, body_of(form, places));
        const auto module = ptx::parse(text, "k.ptx");
        ASSERT_TRUE(module) << module.error().message;
        const auto cubin = assemble(target, text);
        ASSERT_TRUE(cubin) << text;
        const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
        ASSERT_TRUE(histogram);
        const auto account = machine_account(*module, module->functions.at(0));
        ASSERT_TRUE(account);
        for (const auto& [opcode, range] : *account) {
          EXPECT_TRUE(range.holds(histogram->kernels.at(0).count(opcode)))
              << target << ", " << places << " times " << form.body << "\n"
              << opcode << ": " << histogram->kernels.at(0).count(opcode) << ", account "
              << range.text();
          const bool is_single_division = places == 1 && opcode == "FFMA";
          EXPECT_TRUE(!form.is_exact || is_single_division || range.min == range.max) << form.body;
        }
      }
    }
  }
}

// The account is of use only if it notices: a contraction is one FFMA too many.
TEST(MachineAccount, DoesNotHoldOfContractedCode) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  const std::string text =
      probe_module("sm_110a", std::string(kProbeInputs) +
                                  "mul.f32 f5,f0,f1; add.f32 f6,f5,f2; st.global.f32 [d0+128],f6;");
  const auto module = ptx::parse(text, "k.ptx");
  ASSERT_TRUE(module);
  const auto account = machine_account(*module, module->functions.at(0));
  ASSERT_TRUE(account);
  for (const auto& [options, is_contracted] : {std::pair{"", true}, {" -fmad=false", false}}) {
    const auto cubin = assemble("sm_110a", text, options);
    ASSERT_TRUE(cubin);
    const auto histogram = sass_histogram(std::as_bytes(std::span(*cubin)), "k.cubin");
    ASSERT_TRUE(histogram);
    for (const char* opcode : {"FFMA", "FMUL", "FADD"})
      EXPECT_NE(account->at(opcode).holds(histogram->kernels.at(0).count(opcode)), is_contracted)
          << opcode << options;
  }
}

}  // namespace
}  // namespace assay::audit
