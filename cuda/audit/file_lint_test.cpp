// SPDX-License-Identifier: Apache-2.0
// Oracle: texts and cubins made by hand, of which each breaks one rule.
#include "cuda/audit/file_lint.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/test_cubin.hpp"
#include "vectors/io/test_support.hpp"

namespace assay::audit {
namespace {

constexpr std::uint64_t kFfma = 0x0000000502057223, kExit = 0x000000000000794d;

KernelPart ptx(const std::string& target, const std::string& body) {
  return {
      KernelPart::Kind::ptx, "PTX for " + target, target,
      fmt::format(".version 9.0\n.target {}\n.address_size 64\n.visible .entry k()\n{{\n"
                  ".reg .b8 c<4>; .reg .b32 r<4>; .reg .b64 d<4>; .reg .f32 f<4>;\n{}ret;\n}}\n",
                  target, body)};
}

KernelPart cubin(const std::string& target, const std::vector<std::uint64_t>& words) {
  TestCubin file;
  file.add_kernel("k", 1, words);
  const auto bytes = file.bytes();
  return {KernelPart::Kind::cubin, "cubin for " + target, target, {bytes.begin(), bytes.end()}};
}

std::vector<std::string> findings(const std::vector<KernelPart>& parts, const Budget& budget,
                                  const LintOptions& options = {}) {
  const auto linted = lint_parts(parts, options, &budget);
  EXPECT_TRUE(linted) << linted.error().message;
  std::vector<std::string> texts;
  if (!linted) return texts;
  for (const LintedPart& part : *linted)
    for (const LintFinding& finding : part.report.findings)
      texts.push_back(fmt::format("{}: {}: {}: {}", part.name, lint_rule_name(finding.rule),
                                  finding.kernel, finding.message));
  return texts;
}

using Texts = std::vector<std::string>;
const std::string kFma = "fma.rn.f32 f0,f1,f2,f3;\n";

TEST(FileLint, MachineCodeMayHaveWhatThePtxAccountsFor) {
  Budget budget;
  budget.as_ptx = {"FFMA", "FMUL"};
  const auto code = cubin("sm_110a", {kFfma, kExit});
  EXPECT_EQ(findings({code, ptx("sm_110a", kFma)}, budget), Texts{});
  EXPECT_EQ(findings({code, ptx("sm_110a", kFma + kFma)}, budget),
            Texts{"cubin for sm_110a: budget: k: FFMA: 1, the PTX accounts for 2"});
  EXPECT_EQ(findings({code, ptx("sm_110a", "mul.rn.f32 f0,f1,f2;\n")}, budget),
            (Texts{"cubin for sm_110a: budget: k: FFMA: 1, the PTX accounts for 0",
                   "cubin for sm_110a: budget: k: FMUL: 0, the PTX accounts for 1"}));
  EXPECT_EQ(findings({code, ptx("sm_110a", kFma + kFma)}, budget, {{}, {}, {LintRule::budget}}),
            Texts{});
}

// A body and a function that it calls twice: ptxas makes one copy of that for the kernel.
TEST(FileLint, CalledFunctionsCountOnce) {
  Budget budget;
  budget.as_ptx = {"FFMA"};
  KernelPart text = ptx("sm_110a", kFma + "call.uni f; call.uni f;\n");
  const std::string function = ".func f()\n{\n.reg .f32 f<4>;\n" + kFma + kFma + "ret;\n}\n";
  text.contents.insert(text.contents.find(".visible"), function);
  EXPECT_EQ(findings({cubin("sm_110a", {kFfma, kFfma, kFfma, kExit}), text}, budget), Texts{});
  EXPECT_EQ(findings({cubin("sm_110a", {kFfma, kExit}), text}, budget),
            Texts{"cubin for sm_110a: budget: k: FFMA: 1, the PTX accounts for 3"});
}

TEST(FileLint, WithoutPtxOfItsTargetNothingAccountsForMachineCode) {
  Budget budget;
  budget.as_ptx = {"FFMA"};
  const Texts unaccounted{
      "cubin for sm_110a: budget: k: no PTX of the same target accounts for it"};
  const auto code = cubin("sm_110a", {kFfma, kExit});
  EXPECT_EQ(findings({code}, budget), unaccounted);
  EXPECT_EQ(findings({code, ptx("sm_100a", kFma)}, budget), unaccounted);
  EXPECT_EQ(findings({code, ptx("sm_110a", "mul.rn.f32x2 d0,d1,d2;\n")}, budget), unaccounted);
}

TEST(FileLint, FormsAreRequiredOfEachKernelInEveryText) {
  Budget budget;
  budget.required["k"] = {"cvt.rn.f16x2.e2m1x2"};
  const auto good = ptx("sm_110a", "cvt.rn.f16x2.e2m1x2 r0,c0;\n"), bad = ptx("sm_100a", kFma);
  EXPECT_EQ(findings({good}, budget), Texts{});
  EXPECT_EQ(findings({good, bad}, budget),
            Texts{"PTX for sm_100a: require: k: no instruction contains cvt.rn.f16x2.e2m1x2"});
  budget.required["l"] = {"mma.sync"};
  EXPECT_EQ(findings({good}, budget),
            Texts{"PTX for sm_110a: require: l: is not there, nor is its mma.sync"});
}

TEST(FileLint, IdenticalTextsDifferInTheirTargetAlone) {
  Budget budget;
  budget.is_ptx_identical = true;
  EXPECT_EQ(findings({ptx("sm_100a", kFma), ptx("sm_110a", kFma), ptx("sm_110f", kFma)}, budget),
            Texts{});
  EXPECT_EQ(findings({ptx("sm_100a", kFma), ptx("sm_110a", kFma + kFma)}, budget),
            Texts{"PTX for sm_110a: budget: : differs from PTX for sm_100a on line 8"});
  EXPECT_EQ(findings({ptx("sm_100a", kFma), ptx("sm_110a", "")}, budget).size(), 1U);
}

TEST(FileLint, SaysWhenTheRecordIsAnotherCompilers) {
  Budget budget;
  budget.compiler = "13.0.88";
  budget.targets[110]["k"]["FFMA"] = {7, 7};
  const auto linted = lint_parts({cubin("sm_110a", {kFfma, kExit})}, {}, &budget);
  ASSERT_TRUE(linted);
  EXPECT_TRUE(linted->at(0).report.findings.empty());
  EXPECT_EQ(linted->at(0).report.unchecked,
            Texts{"budget: recorded of ptxas 13.0.88, this is machine code of "});
}

TEST(FileLint, APartThatIsNotUnderstoodIsAnError) {
  EXPECT_NE(error_of(lint_parts({ptx("sm_110a", "mull.f32 f0,f1,f2;\n")}, {}, nullptr)), "");
  const KernelPart noise{KernelPart::Kind::cubin, "noise", {}, "noise"};
  EXPECT_EQ(error_of(lint_parts({noise}, {}, nullptr)), "usage: noise: not an ELF64 file");
}

}  // namespace
}  // namespace assay::audit
