// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/boundary_file.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "vectors/io/json_file.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kFolder = ASSAY_BOUNDARIES;

BoundaryCertificate e2m1() {
  const Cast cast =
      make_cast(Format::f16, Format::e2m1, CastPolicy::cuda_satfinite, Rounding::rn).value();
  return make_boundary_certificate(cast);
}

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string error_after(void (*change)(json&)) {
  json document = boundary_to_json(e2m1());
  change(document);
  return error_of(boundary_from_json(document, "file"));
}

TEST(BoundaryFile, FolderHoldsWhatTheCastsGive) {
  std::set<fs::path> expected;
  for (const Cast& cast : boundary_casts()) {
    expected.insert(boundary_path(cast));
    EXPECT_TRUE(text_of(kFolder / boundary_path(cast)) ==
                boundary_text(make_boundary_certificate(cast)))
        << boundary_path(cast) << " is not what scripts/boundaries.sh writes";
  }
  std::set<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(kFolder))
    if (entry.is_regular_file()) found.insert(fs::relative(entry.path(), kFolder));
  EXPECT_EQ(found, expected);
}

TEST(BoundaryFile, NoTwoFilesHoldTheSameRuns) {
  std::set<std::string> contents;
  for (const Cast& cast : boundary_casts()) {
    json document = boundary_to_json(make_boundary_certificate(cast));
    document.erase("policies");
    document.erase("rounding");
    document.erase("ties");
    EXPECT_TRUE(contents.insert(document.dump()).second) << boundary_path(cast);
  }
}

TEST(BoundaryFile, RoundTripsThroughTextAndJson) {
  for (const Cast& cast : boundary_casts()) {
    const BoundaryCertificate certificate = make_boundary_certificate(cast);
    const json document = parse_json(boundary_text(certificate), "text").value();
    EXPECT_TRUE(document == boundary_to_json(certificate)) << boundary_path(cast);
    EXPECT_TRUE(boundary_from_json(document, "text").value() == certificate) << boundary_path(cast);
  }
}

TEST(BoundaryFile, NamesEveryPolicyThatSharesTheRules) {
  const json document = boundary_to_json(e2m1());
  EXPECT_EQ(document["policies"], json({"cuda_satfinite", "ocp_saturate"}));
  EXPECT_EQ(document["runs"][1], json({{"first", "0x3401"}, {"last", "0x39ff"}, {"code", "0x01"}}));
  EXPECT_EQ(document["ties"][1], json({{"source", "0x3a00"}, {"code", "0x02"}}));
}

TEST(BoundaryFile, UnknownNamesAreErrors) {
  EXPECT_TRUE(error_after([](json& file) {
                file["to"] = "e2m";
              }).starts_with("invalid: file: /to: unknown format \"e2m\""));
  EXPECT_TRUE(error_after([](json& file) {
                file["policies"][0] = "cuda";
              }).starts_with("invalid: file: /policies/0: unknown policy \"cuda\""));
  EXPECT_TRUE(
      error_after([](json& file) {
        file["rounding"] = "rp";
      }).starts_with("invalid: file: /policies/0: policy cuda_satfinite has no rounding rp"));
}

TEST(BoundaryFile, PoliciesMustBeThoseThatShareTheRules) {
  EXPECT_EQ(error_after([](json& file) { file["policies"].erase(1); }),
            "invalid: file: /policies: the policies that share these rules are cuda_satfinite, "
            "ocp_saturate");
}

TEST(BoundaryFile, RunsMustCoverEveryPattern) {
  const std::string gap =
      "invalid: file: /runs/1: runs must follow each other from 0 on, without gaps";
  EXPECT_EQ(error_after([](json& file) { file["runs"][1]["first"] = "0x3402"; }), gap);
  EXPECT_EQ(error_after([](json& file) { file["runs"].erase(1); }), gap);
  EXPECT_EQ(error_after([](json& file) { file["runs"][1]["last"] = "0x3400"; }), gap);
  EXPECT_EQ(error_after([](json& file) { file["runs"].erase(file["runs"].size() - 1); }),
            "invalid: file: /runs: end at 0xfc00, not at 0xffff");
  EXPECT_TRUE(error_after([](json& file) {
                file["runs"].push_back(file["runs"][0]);
              }).ends_with("runs must follow each other from 0 on, without gaps"));
}

TEST(BoundaryFile, TiesMustIncrease) {
  EXPECT_EQ(error_after([](json& file) { file["ties"][1] = file["ties"][0]; }),
            "invalid: file: /ties/1: ties must increase");
}

TEST(BoundaryFile, BitsHaveAllDigitsOfTheirFormat) {
  EXPECT_EQ(error_after([](json& file) { file["runs"][0]["last"] = "0x00003400"; }),
            "invalid: file: /runs/0/last: \"0x00003400\" has not the digits of f16, 4");
  EXPECT_EQ(error_after([](json& file) { file["ties"][0]["code"] = "0x0000"; }),
            "invalid: file: /ties/0/code: \"0x0000\" has not the digits of e2m1, 2");
}

TEST(BoundaryFile, OtherFieldsAreErrors) {
  EXPECT_EQ(error_after([](json& file) { file["tie"] = 0; }),
            "invalid: file: /: unknown field \"tie\" (did you mean \"ties\"?)");
}

}  // namespace
}  // namespace assay
