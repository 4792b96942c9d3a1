// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/sanitize/finding.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace assay::emulator {
namespace {

Finding race() {
  Finding finding;
  finding.kind = FindingKind::race;
  finding.kernel = "transpose";
  finding.instruction = "ld.shared.u32";
  finding.at = {{40, "t.cu", 12, {}}, {1, 0, 0}, {3, 2, 0}};
  finding.other = Party{{31, "t.cu", 9, {}}, {1, 0, 0}, {4, 2, 0}};
  finding.address = 0x10000000410;
  finding.allocation = "shared variable tile (4096 bytes), at byte 16";
  finding.message = "reads bytes that another thread writes, and nothing orders the two";
  return finding;
}

TEST(Finding, TextNamesBothPartiesAndTheAllocation) {
  EXPECT_EQ(race().text(),
            "transpose: race at t.cu:12 (PTX line 40), thread (3,2,0) of block (1,0,0): "
            "ld.shared.u32: reads bytes that another thread writes, and nothing orders the two; "
            "address 0x10000000410: shared variable tile (4096 bytes), at byte 16; the other: "
            "t.cu:9 (PTX line 31), thread (4,2,0) of block (1,0,0)");
}

TEST(Finding, TextLeavesOutWhatIsNotKnown) {
  Finding finding;
  finding.kind = FindingKind::trap;
  finding.kernel = "k";
  finding.at.ptx_line = 7;
  finding.message = "executes trap";
  EXPECT_EQ(finding.text(),
            "k: trap at PTX line 7, thread (0,0,0) of block (0,0,0): executes trap");
  EXPECT_FALSE(to_json(finding).contains("other"));
  EXPECT_FALSE(to_json(finding).contains("address"));
  EXPECT_FALSE(to_json(finding)["at"].contains("file"));
}

TEST(Finding, JsonHasTheSameFacts) {
  const nlohmann::json json = to_json(race());
  EXPECT_EQ(json["kind"], "race");
  EXPECT_EQ(json["at"]["line"], 12);
  EXPECT_EQ(json["at"]["ptx_line"], 40);
  EXPECT_EQ(json["at"]["thread"], nlohmann::json({3, 2, 0}));
  EXPECT_EQ(json["other"]["line"], 9);
  EXPECT_EQ(json["address"], "0x10000000410");
}

TEST(Findings, OneOfEachKindAndLineIsKept) {
  Findings findings(10);
  EXPECT_TRUE(findings.add(race()));
  EXPECT_TRUE(findings.add(race()));
  Finding other = race();
  other.kind = FindingKind::misaligned;
  findings.add(other);
  EXPECT_EQ(findings.sorted().size(), 2u);
  EXPECT_EQ(findings.total(), 3u);
}

TEST(Findings, TheLowestThreadIsKeptWhoeverCameFirst) {
  Findings findings(10);
  findings.add(race());
  Finding lower = race();
  lower.at.thread = {31, 1, 0};
  findings.add(lower);
  Finding higher = race();
  higher.at.thread = {0, 3, 0};
  findings.add(higher);
  ASSERT_EQ(findings.sorted().size(), 1u);
  EXPECT_EQ(findings.sorted()[0].at.thread, (std::array<std::uint32_t, 3>{31, 1, 0}));
}

TEST(Findings, TheLimitCountsDifferentFindings) {
  Findings findings(2);
  EXPECT_TRUE(findings.add(race()));
  EXPECT_TRUE(findings.add(race()));
  Finding other = race();
  other.at.ptx_line = 41;
  EXPECT_FALSE(findings.add(other));
}

TEST(Findings, OrderIsByBlockThreadAndLine) {
  Findings findings(10);
  const std::array<std::array<std::uint32_t, 3>, 3> blocks{{{0, 1, 0}, {5, 0, 0}, {2, 0, 0}}};
  int line = 1;
  for (const auto& block : blocks) {
    Finding finding = race();
    finding.at.block = block;
    finding.at.ptx_line = line++;
    findings.add(finding);
  }
  const auto sorted = findings.sorted();
  EXPECT_EQ(sorted[0].at.block[0], 2u);
  EXPECT_EQ(sorted[1].at.block[0], 5u);
  EXPECT_EQ(sorted[2].at.block[1], 1u);
}

TEST(Findings, EveryKindHasItsOwnName) {
  std::vector<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(FindingKind::unsupported); ++kind)
    names.push_back(finding_kind_name(static_cast<FindingKind>(kind)));
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace assay::emulator
