// SPDX-License-Identifier: Apache-2.0
// Each rule with PTX that breaks it and PTX that does not. Sources: PTX ISA 9.0 on each
// instruction; the text with .loc is shaped as nvcc 13.0 -lineinfo emits it.
#include "cuda/audit/ptx_lint.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/lint_rules.hpp"
#include "cuda/audit/test_ptxas.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::audit {
namespace {

Result<LintReport> lint_text(const std::string& ptx, const LintOptions& options = {}) {
  ASSAY_ASSIGN(const ptx::Module module, ptx::parse(ptx, "k.ptx"));
  return lint(module, options);
}

Result<LintReport> lint_body(const std::string& body, const LintOptions& options = {},
                             const std::string& target = "sm_110a") {
  return lint_text(probe_module(target, body), options);
}

// "approx ftz": the names of the rules that a body breaks, in order.
std::string rules(const std::string& body, const std::string& target = "sm_110a",
                  const LintOptions& options = {}) {
  const auto report = lint_body(body, options, target);
  if (!report) return report.error().message;
  std::string names;
  for (const LintFinding& finding : report->findings)
    names += (names.empty() ? "" : " ") + std::string(lint_rule_name(finding.rule));
  return names;
}

TEST(PtxLint, IeeeOperationsAreClean) {
  EXPECT_EQ(rules("mul.rn.f32 f0,f1,f2; add.rn.f32 f0,f0,f3; fma.rn.f32 f0,f1,f2,f3;"
                  "div.rn.f32 f0,f1,f2; rcp.rn.f32 f0,f1; sqrt.rn.f32 f0,f1; rcp.rz.f64 g0,g1;"
                  "cvt.rn.satfinite.e2m1x2.f32 c0,f0,f1; mul.lo.s32 r0,r1,r2; add.s32 r0,r0,r3;"
                  "atom.shared.add.f32 f0,[r0],f1; red.global.add.f64 [d0],g1; min.f32 f0,f1,f2;"),
            "");
}

TEST(PtxLint, ApproximationsAreFound) {
  for (const char* body :
       {"ex2.approx.f32 f0,f1;", "lg2.approx.f32 f0,f1;", "sin.approx.f32 f0,f1;",
        "cos.approx.f32 f0,f1;", "rsqrt.approx.f32 f0,f1;", "tanh.approx.f16x2 r0,r1;",
        "ex2.approx.f16 h0,h1;", "rsqrt.approx.f64 g0,g1;"})
    EXPECT_EQ(rules(body), "approx") << body;
  EXPECT_EQ(rules("ex2.approx.ftz.f32 f0,f1;"), "approx ftz");
}

TEST(PtxLint, InexactDivisionAndSquareRootAreFound) {
  EXPECT_EQ(rules("div.full.f32 f0,f1,f2;"), "division");
  EXPECT_EQ(rules("div.approx.f32 f0,f1,f2;"), "division");
  EXPECT_EQ(rules("div.full.ftz.f32 f0,f1,f2;"), "division ftz");
  EXPECT_EQ(rules("rcp.approx.f32 f0,f1;"), "division");
  EXPECT_EQ(rules("rcp.approx.ftz.f64 g0,g1;"), "division ftz");
  EXPECT_EQ(rules("sqrt.approx.f32 f0,f1;"), "sqrt");
}

TEST(PtxLint, FlushingIsFound) {
  for (const char* body :
       {"add.rn.ftz.f32 f0,f1,f2;", "setp.lt.ftz.f32 p0,f0,f1;", "cvt.rni.ftz.s32.f32 r0,f0;",
        "atom.global.add.f32 f0,[d0],f1;", "red.add.f32 [d0],f1;"})
    EXPECT_EQ(rules(body), "ftz") << body;
}

TEST(PtxLint, ContractionNamesBothLines) {
  const auto report = lint_body("mul.f32 f0,f1,f2;\nadd.f32 f3,f0,f4;");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->findings.size(), 1U);
  const LintFinding& finding = report->findings[0];
  EXPECT_EQ(finding.rule, LintRule::contraction);
  EXPECT_EQ(finding.kernel, "k");
  EXPECT_EQ(finding.place.instruction, "add.f32");
  EXPECT_EQ(finding.place.ptx_line, 9);
  EXPECT_EQ(finding.other->instruction, "mul.f32");
  EXPECT_EQ(finding.other->ptx_line, 8);
  EXPECT_EQ(finding.text("k.ptx"),
            "k.ptx:9: contraction: add.f32 and mul.f32 on line 8 may become one fma, which rounds "
            "once\n  in k\n  write mul.rn and add.rn (nvcc -fmad=false; __fmul_rn, __hmul2_rn, "
            "__hadd2_rn in place of operators of header types), or fma.rn\n");
}

TEST(PtxLint, PackedBinary32IsContractedDespiteItsModifiers) {
  const auto report = lint_body("mul.rn.f32x2 d0,d1,d2; add.rn.f32x2 d3,d0,d4;");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_NE(report->findings[0].advice.find("despite .rn and -fmad=false"), std::string::npos);
}

TEST(PtxLint, FormsThatTheTargetLacksAreFound) {
  const std::string fp4 = "cvt.rn.satfinite.e2m1x2.f32 c0,f0,f1;";
  EXPECT_EQ(rules(fp4, "sm_110f"), "");
  EXPECT_EQ(rules(fp4, "sm_110"), "target");
  EXPECT_EQ(rules("redux.sync.max.f32 f0,f1,-1;", "sm_100a"), "");
  EXPECT_EQ(rules("redux.sync.max.f32 f0,f1,-1;", "sm_110a"), "target");
  const auto report = lint_body(fp4, {}, "sm_90a");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->findings.at(0).message, "sm_90a does not have \"cvt e2m1x2\"");
  EXPECT_EQ(report->findings.at(0).advice,
            "compile for sm_100a, sm_100f, sm_103a, sm_103f, sm_110a, sm_110f, sm_120a, sm_120f, "
            "sm_121a, sm_121f");
}

TEST(PtxLint, OtherTargetsMayBeAskedFor) {
  LintOptions options;
  options.targets = {"sm_100a", "sm_103a", "sm_110a"};
  const auto report = lint_body("cvt.rs.satfinite.e2m1x4.f32 h0,{f0,f1,f2,f3},r0;", options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->targets, options.targets);
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_EQ(report->findings[0].message, "sm_110a does not have \"cvt rs\"");
  options.targets = {"sm_110b"};
  EXPECT_EQ(error_of(lint_body("ret;", options)).substr(0, 29), "usage: unknown target sm_110b");
}

TEST(PtxLint, ExpandedMatrixProductsAreFound) {
  const std::string fp8 =
      "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 "
      "{f0,f1,f2,f3},{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};";
  EXPECT_EQ(rules(fp8, "sm_110a"), "expansion");
  EXPECT_EQ(rules(fp8, "sm_103a"), "expansion");
  EXPECT_EQ(rules(fp8, "sm_120a"), "");
  EXPECT_EQ(rules(fp8, "sm_80"), "target");
  EXPECT_EQ(rules("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
                  "{r0,r1,r2,r3},{r0,r1,r2,r3},{r4,r5},{r0,r1,r2,r3};"),
            "");
}

constexpr const char* kLines = R"(.version 9.0
.target sm_110
.address_size 64
.visible .entry k()
{
.reg .f64 g<4>; .reg .f32 f<4>; .reg .b32 r<4>;
.loc 1 5 0
cvt.f64.f32 g0,f0;
.loc 2 240 9, function_name $L__info_string1, inlined_at 1 7 30
cvt.f64.f32 g1,f1;
mov.f32 f2,f1;
.loc 3 612 3, function_name $L__info_string1, inlined_at 1 8 1
{mul.f16x2 r0,r1,r2;
}
.loc 3 613 3, function_name $L__info_string1, inlined_at 1 9 1
{add.f16x2 r0,r0,r2;
}
ret;
}
.file 1 "k.cu"
.file 2 "/usr/local/cuda/include/cuda_fp4.hpp"
.file 3 "/usr/local/cuda/include/cuda_fp16.hpp"
.section .debug_str
{
$L__info_string1:
.b8 95,0
}
)";

TEST(PtxLint, SoftwareConversionsAreFoundByTheHeaderTheyComeFrom) {
  const auto report = lint_text(kLines);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->findings.size(), 2U);
  EXPECT_EQ(report->findings[0].rule, LintRule::software_conversion);
  EXPECT_EQ(report->findings[0].place.line, 240);
  EXPECT_TRUE(report->unchecked.empty());
  const auto without_lines = lint_body("cvt.f64.f32 g1,f1;");
  ASSERT_TRUE(without_lines);
  EXPECT_TRUE(without_lines->findings.empty());
  ASSERT_EQ(without_lines->unchecked.size(), 1U);
  EXPECT_TRUE(without_lines->unchecked[0].starts_with("software_conversion"));
}

TEST(PtxLint, SourceLinesOfInlinedHeadersNameTheCaller) {
  const auto report = lint_text(kLines);
  ASSERT_TRUE(report) << report.error().message;
  const LintFinding& finding = report->findings.at(1);
  EXPECT_EQ(finding.rule, LintRule::contraction);
  EXPECT_EQ(finding.place.inlined_at_file, "k.cu");
  EXPECT_EQ(finding.place.inlined_at_line, 9);
  EXPECT_EQ(finding.other->inlined_at_line, 8);
  EXPECT_NE(finding.text("k.ptx").find(
                "  at /usr/local/cuda/include/cuda_fp16.hpp:613, inlined at k.cu:9\n"
                "  and /usr/local/cuda/include/cuda_fp16.hpp:612, inlined at k.cu:8\n"),
            std::string::npos)
      << finding.text("k.ptx");
}

TEST(PtxLint, RequiredFormsMustOccur) {
  LintOptions options;
  options.required = {"e2m1x2", "cvt.satfinite.e2m1x2", "fma.rn.f32"};
  const std::string fp4 = "cvt.rn.satfinite.e2m1x2.f32 c0,f0,f1;";
  EXPECT_EQ(rules(fp4 + "fma.rn.f32 f0,f1,f2,f3;", "sm_110a", options), "");
  const auto report = lint_body(fp4, options);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_EQ(report->findings[0].message, "no instruction contains fma.rn.f32");
  EXPECT_EQ(report->findings[0].text("k.ptx").substr(0, 17), "k.ptx: require: n");
  options.required = {"satfinite.rn"};  // another order
  EXPECT_EQ(rules(fp4, "sm_110a", options), "require");
  options.required = {"2m1x2"};  // no whole word
  EXPECT_EQ(rules(fp4, "sm_110a", options), "require");
  options.required = {""};
  EXPECT_EQ(error_of(lint_body(fp4, options)), "usage: an empty form is required");
}

TEST(PtxLint, AllowedRulesAreNotApplied) {
  const std::string body =
      "ex2.approx.ftz.f32 f0,f1; div.full.f32 f0,f1,f2; mul.f32 f3,f0,f1; add.f32 f3,f3,f0;";
  LintOptions options;
  options.allowed = {LintRule::ftz};
  EXPECT_EQ(rules(body, "sm_110a", options), "approx division contraction");
  options.allowed = {LintRule::approx, LintRule::division, LintRule::contraction};
  EXPECT_EQ(rules(body, "sm_110a", options), "ftz");
}

TEST(PtxLint, RulesHaveNamesThatParse) {
  for (const std::string& name : lint_rule_names()) {
    const auto rule = parse_lint_rule(name);
    ASSERT_TRUE(rule) << name;
    EXPECT_EQ(lint_rule_name(*rule), name);
  }
  EXPECT_EQ(error_of(parse_lint_rule("contractions")),
            "usage: unknown rule contractions (did you mean \"contraction\"?)");
}

TEST(PtxLint, AnUnknownInstructionIsAnError) {
  EXPECT_EQ(error_of(lint_body("mull.f32 f0,f1,f2;")),
            "usage: k.ptx:8: mull.f32: PTX has no such instruction (did you mean \"mul\"?)");
}

}  // namespace
}  // namespace assay::audit
