// SPDX-License-Identifier: Apache-2.0
// Renderings of one run. Oracles: the exit codes of docs/cli.md, nlohmann::json's parser, a
// shell (quoting of the repro command).
#include "conformance/report/report.hpp"

#include <cstdio>

#include <gtest/gtest.h>

#include "conformance/report/json_text.hpp"

namespace assay {
namespace {

CaseVerdict verdict(const std::string& id, CaseStatus status, const std::string& reason = "why") {
  CaseVerdict result;
  result.id = id;
  result.status = status;
  if (status != CaseStatus::pass) result.reason = reason;
  result.seconds = 0.25;
  return result;
}

CaseVerdict failed(const std::string& id) {
  CaseVerdict result = verdict(id, CaseStatus::fail, "stage.gate_dot differs first at [0, 1]");
  result.notes = "aims at ties";
  result.tensors.push_back({"stage.hidden_q", 64, 0, 0, 0, {}, {}});
  result.tensors.push_back(
      {"stage.gate_dot",
       128,
       3,
       0,
       2,
       Divergence{"stage.gate_dot", Dtype::f32, {0, 1}, 0x3F800000, 0x3F800001},
       {}});
  result.tensors.push_back({"output",
                            64,
                            1,
                            1,
                            0,
                            Divergence{"output", Dtype::f32, {0, 0}, 0x7FC00000, 0x80000000},
                            {}});
  return result;
}

RunReport report_of(std::vector<CaseVerdict> cases) {
  return {"exec:run me", "build/vectors", {}, 1, false, {}, std::move(cases)};
}

int exit_code_of(const std::vector<CaseStatus>& statuses) {
  RunReport report;
  for (const CaseStatus status : statuses)
    report.cases.push_back(verdict("s/g/v", status));
  return exit_code(report);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ExitCode, FollowsTheWorstVerdict) {
  using enum CaseStatus;
  EXPECT_EQ(exit_code_of({pass}), 0);
  EXPECT_EQ(exit_code_of({pass, weak, unsupported}), 0);
  for (const CaseStatus status : {fail, rejected, missing})
    EXPECT_EQ(exit_code_of({pass, status}), 1);
  for (const CaseStatus status : {crash, timeout}) {
    EXPECT_EQ(exit_code_of({pass, status}), 7);
    EXPECT_EQ(exit_code_of({fail, status, missing}), 7);
  }
}

TEST(ExitCode, ARunThatCheckedNothingIsNotGreen) {
  EXPECT_EQ(exit_code_of({}), 5);
  EXPECT_EQ(exit_code_of({CaseStatus::unsupported}), 5);
}

TEST(ExitCode, AnInterruptedRunIs130) {
  RunReport report = report_of({verdict("s/g/v", CaseStatus::crash)});
  report.interrupted = true;
  EXPECT_EQ(exit_code(report), 130);
  EXPECT_EQ(run_result(report), "FAIL");
}

TEST(ExitCode, UnsupportedCasesDoNotCountForMinCases) {
  RunReport report = report_of(
      {verdict("s/g/v#0", CaseStatus::pass), verdict("s/g/v#1", CaseStatus::unsupported)});
  report.min_cases = 1;
  EXPECT_EQ(exit_code(report), 0);
  report.min_cases = 2;
  EXPECT_EQ(exit_code(report), 5);
  EXPECT_EQ(render_json(report)["exit_code"], 5);
  EXPECT_EQ(render_json(report)["result"], "FAIL");
  EXPECT_TRUE(
      contains(render_terminal(report, {}), "1 PASS, 1 UNSUPPORTED, 1 ran, at least 2 should\n"))
      << render_terminal(report, {});
}

TEST(ExitCode, AnErrorThatEndedTheRunDecides) {
  RunReport report = report_of({verdict("s/g/v#0", CaseStatus::crash)});
  report.error = Error{ErrorCode::invalid_vectors, "bad case"};
  EXPECT_EQ(exit_code(report), 3);
  report.error = Error{ErrorCode::target_unavailable, "no program"};
  EXPECT_EQ(exit_code(report), 4);
  EXPECT_EQ(render_json(report)["error"], "no program");
  EXPECT_TRUE(contains(render_terminal(report, {}),
                       "1 CRASH, ended by an error, this report is partial\n"));
}

TEST(ReproCommand, IsQuotedForAShell) {
  const RunReport report{"exec:sh -c 'it'", "my vectors", {"--data", "a b"}, 1, false, {}, {}};
  const CaseVerdict odd = verdict("s/g/$x [1] 'y'#0", CaseStatus::fail);
  const std::string command = report.repro_command(odd);
  FILE* shell = popen(("assay() { printf '%s\\n' \"$@\"; }; " + command).c_str(), "r");
  std::string words;
  for (int c; (c = std::fgetc(shell)) != EOF;)
    words += static_cast<char>(c);
  pclose(shell);
  EXPECT_EQ(
      words,
      "check\nmy vectors\n--target\nexec:sh -c 'it'\n--data\na b\n--filter\ns/g/$x \\[1] 'y'#0\n");
}

TEST(ReproCommand, LeavesPlainWordsPlain) {
  const RunReport report{"reference", "build/vectors/smoke", {}, 1, false, {}, {}};
  EXPECT_EQ(report.repro_command(verdict("s/g/v#0", CaseStatus::fail)),
            "assay check build/vectors/smoke --target reference --filter 's/g/v#0'");
}

TEST(Terminal, ShowsAFailureInFull) {
  const std::string text = render_terminal(report_of({failed("s/g/v#0")}), {});
  EXPECT_TRUE(contains(text, R"(FAIL s/g/v#0
  reason    stage.gate_dot differs first at [0, 1]
  first     stage.gate_dot [0, 1]
  expected  0x3F800000 = 0|01111111|00000000000000000000000 = 1
  actual    0x3F800001 = 0|01111111|00000000000000000000001 = 1.0000001
  equal     stage.hidden_q
  differs   stage.gate_dot: 3 of 128 elements, at most 2 ulp apart
  differs   output: 1 of 64 elements, 1 NaN against a number
  notes     aims at ties
  repro     assay check build/vectors --target 'exec:run me' --filter 's/g/v#0'
)")) << text;
  EXPECT_TRUE(contains(text, "FAIL: exec:run me on build/vectors: 1 FAIL\n")) << text;
}

TEST(Terminal, CountsPerGroup) {
  using enum CaseStatus;
  const std::string text =
      render_terminal(report_of({verdict("s/a/v#0", pass), verdict("s/a/v#1", weak),
                                 verdict("s/b/v#0", pass), verdict("s/b/v#1", unsupported)}),
                      {});
  EXPECT_EQ(text, R"(WEAK s/a/v#1: why
UNSUPPORTED s/b/v#1: why
group    cases   PASS   WEAK   FAIL  UNSUPPORTED
s/a          2      1      1      0            0
s/b          2      1      0      0            1
total        4      2      1      0            1
PASS: exec:run me on build/vectors: 2 PASS, 1 WEAK, 1 UNSUPPORTED
)");
}

TEST(Terminal, CutsAfterMaxFailuresAndCountsTheRest) {
  std::vector<CaseVerdict> cases;
  for (int i = 0; i < 5; ++i)
    cases.push_back(failed("s/g/v#" + std::to_string(i)));
  const std::string text = render_terminal(report_of(cases), {false, 2});
  EXPECT_TRUE(contains(text, "FAIL s/g/v#1\n"));
  EXPECT_FALSE(contains(text, "FAIL s/g/v#2\n"));
  EXPECT_TRUE(contains(text, "and 3 more failures\n")) << text;
}

TEST(Terminal, ShowsWhatTheTargetSaysOfItself) {
  RunReport report = report_of({verdict("s/g/v#0", CaseStatus::pass)});
  report.evidence = {{"device", "a\nb"}, {"launches", "k 3"}};
  EXPECT_TRUE(contains(render_terminal(report, {}),
                       "total        1      1      0      0\n"
                       "evidence\n"
                       "  device    a?b\n"
                       "  launches  k 3\n"
                       "PASS: "))
      << render_terminal(report, {});
  report.evidence.clear();
  EXPECT_FALSE(contains(render_terminal(report, {}), "evidence"));
}

TEST(Terminal, ColourOnlyAdds) {
  const RunReport report = report_of({failed("s/g/v#0"), verdict("s/g/v#1", CaseStatus::weak)});
  const std::string plain = render_terminal(report, {});
  std::string colored = render_terminal(report, {true, 20});
  EXPECT_FALSE(contains(plain, "\033"));
  EXPECT_TRUE(contains(colored, "\033[31mFAIL\033[0m"));
  for (const std::string code : {"\033[31m", "\033[32m", "\033[33m", "\033[0m"}) {
    for (std::size_t at; (at = colored.find(code)) != std::string::npos;)
      colored.erase(at, code.size());
  }
  EXPECT_EQ(colored, plain);
}

TEST(Terminal, SaysWhenNothingRanOrTheRunWasInterrupted) {
  EXPECT_TRUE(contains(render_terminal(report_of({}), {}),
                       "FAIL: exec:run me on build/vectors: no case ran\n"));
  RunReport report = report_of({verdict("s/g/v", CaseStatus::pass)});
  report.interrupted = true;
  EXPECT_TRUE(contains(
      render_terminal(report, {}),
      "FAIL: exec:run me on build/vectors: 1 PASS, interrupted, this report is partial\n"));
}

TEST(Json, HoldsTheWholeRun) {
  const auto text =
      render_json(report_of({failed("s/g/v#0"), verdict("s/g/v#1", CaseStatus::pass)})).dump();
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["schema"], "assay.report/1");
  EXPECT_EQ(json["target"], "exec:run me");
  EXPECT_EQ(json["result"], "FAIL");
  EXPECT_EQ(json["exit_code"], 1);
  EXPECT_EQ(json["summary"]["cases"], 2);
  EXPECT_EQ(json["summary"]["pass"], 1);
  EXPECT_EQ(json["summary"]["fail"], 1);
  EXPECT_EQ(json["summary"]["unsupported"], 0);
  const auto& first = json["cases"][0];
  EXPECT_EQ(first["status"], "FAIL");
  EXPECT_EQ(first["first_divergence"], "stage.gate_dot");
  EXPECT_EQ(first["tensors"][1]["differing"], 3);
  EXPECT_EQ(first["tensors"][1]["max_ulp"], 2);
  EXPECT_EQ(first["tensors"][1]["nan_against_number"], 0);
  EXPECT_TRUE(first["tensors"][2]["max_ulp"].is_null());
  EXPECT_EQ(first["tensors"][2]["nan_against_number"], 1);
  EXPECT_EQ(first["tensors"][1]["first"]["index"], (std::vector<int>{0, 1}));
  EXPECT_EQ(first["tensors"][2]["first"]["expected"], "0x7FC00000");
  EXPECT_EQ(first["tensors"][2]["first"]["actual"], "0x80000000");
  EXPECT_FALSE(first["tensors"][0].contains("first"));
  EXPECT_TRUE(first.contains("repro"));
  EXPECT_FALSE(json["cases"][1].contains("first_divergence"));
}

TEST(Json, HoldsTheTargetsEvidenceByName) {
  RunReport report = report_of({});
  EXPECT_EQ(render_json(report)["evidence"], nlohmann::json::object());
  report.evidence = {{"device", "d"}, {"cvt.rn.f16x2.e2m1x2", "k 2"}};
  EXPECT_EQ(render_json(report)["evidence"],
            nlohmann::json::parse(R"({"device": "d", "cvt.rn.f16x2.e2m1x2": "k 2"})"));
}

TEST(JsonText, BytesThatAreNoUtf8AreReplaced) {
  const std::string text = json_text({{"path", "a\xff"}});
  EXPECT_EQ(text, "{\n  \"path\": \"a\xEF\xBF\xBD\"\n}\n");
}

TEST(DistanceText, KeepsNansOutOfTheDistance) {
  TensorComparison comparison;
  comparison.differing = 5;
  comparison.max_ulp = 7;
  EXPECT_EQ(distance_text(comparison), "at most 7 ulp apart");
  comparison.nan_against_number = 2;
  EXPECT_EQ(distance_text(comparison), "at most 7 ulp apart, 2 NaN against a number");
}

}  // namespace
}  // namespace assay
