// SPDX-License-Identifier: Apache-2.0
// JUnit XML. Oracle: Python's expat-based ElementTree parses it and counts what is inside.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "conformance/report/report.hpp"
#include "conformance/suite/small_case.hpp"

namespace assay {
namespace {

// What the Python expression gives for the root element `r`.
std::string python(const std::string& xml, const std::string& expression) {
  const TemporaryFolder folder = test_folder();
  const std::string file = (folder.path() / "junit.xml").string();
  std::ofstream(file) << xml;
  const std::string command =
      "python3 -c 'import sys, xml.etree.ElementTree as E\nr = E.parse(sys.argv[1]).getroot()\n"
      "print(" +
      expression + ")' " + file + " 2>&1";
  FILE* process = popen(command.c_str(), "r");
  std::string text;
  for (int c; (c = std::fgetc(process)) != EOF;)
    text += static_cast<char>(c);
  pclose(process);
  return text;
}

class Junit : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("python3 -c 'import xml.etree' >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "python3 is not installed";
    }
  }
};

RunReport every_status() {
  RunReport report{"exec:a<b>&\"'", "suite", {}, 1, false, {}, {}};
  for (const CaseStatus status : kCaseStatuses) {
    CaseVerdict verdict;
    verdict.id = "s/" + std::string(status <= CaseStatus::fail ? "a" : "b") + "/v#" +
                 std::string(status_name(status));
    verdict.status = status;
    verdict.reason = "<reason> & \"quote\" \x01\xff ]]>";
    verdict.notes = "n & <n>";
    verdict.seconds = 0.5;
    report.cases.push_back(verdict);
  }
  return report;
}

TEST_F(Junit, IsWellFormedWithOneTestcasePerCase) {
  const std::string xml = render_junit(every_status());
  EXPECT_EQ(python(xml, "r.tag, len(r), len(r.findall(\"testsuite/testcase\"))"),
            "testsuites 2 8\n");
  EXPECT_EQ(python(xml, "r.get(\"name\")"), "assay exec:a<b>&\"'\n");
}

TEST_F(Junit, KindsOfFailureAreToldApart) {
  const std::string xml = render_junit(every_status());
  EXPECT_EQ(python(xml, "[(c.get(\"name\"), [e.tag for e in c]) for c in r.iter(\"testcase\")]"),
            "[('v#PASS', []), ('v#WEAK', ['system-out']), ('v#FAIL', ['failure']), "
            "('v#REJECTED', ['failure']), ('v#UNSUPPORTED', ['skipped']), ('v#CRASH', ['error']), "
            "('v#TIMEOUT', ['error']), ('v#MISSING', ['failure'])]\n");
}

TEST_F(Junit, EveryTestsuiteHasTheTargetsEvidenceAsProperties) {
  RunReport report = every_status();
  report.evidence = {{"device", "<d> & \"e\""}, {"launches", "k 3"}};
  EXPECT_EQ(python(render_junit(report),
                   "[[(p.get(\"name\"), p.get(\"value\")) for p in s[0]] for s in r]"),
            "[[('device', '<d> & \"e\"'), ('launches', 'k 3')], "
            "[('device', '<d> & \"e\"'), ('launches', 'k 3')]]\n");
  EXPECT_EQ(python(render_junit(every_status()), "len(r.findall(\"testsuite/properties\"))"),
            "0\n");
}

TEST_F(Junit, CountsAgreeWithTheTestcases) {
  const std::string xml = render_junit(every_status());
  const std::string counts =
      "[[s.get(k) for k in (\"tests\", \"failures\", \"errors\", \"skipped\", \"time\")]"
      " for s in [r, *r]]";
  EXPECT_EQ(python(xml, counts),
            "[['8', '3', '2', '1', '4.000000'], ['3', '1', '0', '0', '1.500000'], "
            "['5', '2', '2', '1', '2.500000']]\n");
}

TEST_F(Junit, TextsAreEscapedAndCarryTheRepro) {
  const std::string xml = render_junit(every_status());
  EXPECT_EQ(python(xml, "r.find(\".//failure\").get(\"message\")"),
            "<reason> & \"quote\" ?? ]]>\n");
  EXPECT_EQ(python(xml, "\"assay check suite --target\" in r.find(\".//error\").text"), "True\n");
}

TEST_F(Junit, APartialRunIsNotGreen) {
  RunReport report = every_status();
  std::erase_if(report.cases,
                [](const CaseVerdict& each) { return each.status != CaseStatus::pass; });
  EXPECT_EQ(python(render_junit(report), "r.get(\"tests\"), r.get(\"errors\")"), "1 0\n");
  report.error = Error{ErrorCode::invalid_vectors, "case <7> is bad"};
  const std::string xml = render_junit(report);
  EXPECT_EQ(python(xml, "r.get(\"tests\"), r.get(\"errors\")"), "2 1\n");
  EXPECT_EQ(python(xml, "r.find(\".//error\").get(\"message\")"), "case <7> is bad\n");
}

}  // namespace
}  // namespace assay
