// SPDX-License-Identifier: Apache-2.0
// What the probe leaves behind, of results that the models return.
#include "cuda/probe/record.hpp"

#include <fstream>

#include "cuda/probe/probe_case.hpp"
#include "vectors/io/mma_rows.hpp"
#include "vectors/io/test_support.hpp"

namespace assay::probe {
namespace {

using nlohmann::json;

class ProbeRecord : public testing::Test {
 protected:
  Codes results(const Instruction& x, const Rows& rows) const {
    Codes codes;
    for (const Row& row : rows.all)
      codes.push_back(result_of(x, row));
    return codes;
  }

  TemporaryFolder folder_ = test_folder();
};

TEST_F(ProbeRecord, FilesHoldTheRowsAndTheAnswers) {
  for (const char* name : {"tcgen05.mxf4nvf4.ue4m3", "tcgen05.f16.f16"}) {
    const Instruction x = instruction(name);
    const Rows rows = make_rows(x, 64);
    ASSERT_TRUE(write_record(folder_.path(), {"a device", 11, 0}, x, rows, results(x, rows)));
    const auto read = read_mma_rows(folder_.path() / (x.name() + ".safetensors"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->rows, 64);
    EXPECT_EQ(read->columns, x.columns);
    EXPECT_EQ(read->blocks, x.blocks());
    EXPECT_EQ(read->d_f16.empty(), x.result == Format::f32);
  }
  std::ifstream file(folder_.path() / "tcgen05.mxf4nvf4.ue4m3.json");
  const json answers = json::parse(file);
  EXPECT_TRUE(answers.at("wrong_controls").empty());
  EXPECT_EQ(answers.at("questions")[0],
            (json{{"id", "P4"},
                  {"question", "groups of zeros with scales of 1 beside c = 2^-36"},
                  {"result", "0x2d800000"},
                  {"meaning", "a group of zeros does not set the grid"}}));
  std::ifstream options(folder_.path() / "tcgen05.mxf4nvf4.ue4m3.options");
  std::string line;
  std::getline(options, line);
  EXPECT_EQ(line.substr(0, line.find(" --file")),
            "--model sm_110/tcgen05.mxf4nvf4 --scale-format ue4m3");
}

TEST_F(ProbeRecord, AWrongControlMakesTheAnswersWorthless) {
  const Instruction x = instruction("tcgen05.f16");
  const Rows rows = make_rows(x, 64);
  Codes codes = results(x, rows);
  const std::size_t row = rows.questions.size() + 3;
  codes[row] ^= 1;
  const json answers = answers_json({"a device", 10, 0}, x, rows, codes);
  ASSERT_EQ(answers.at("wrong_controls").size(), 1u);
  EXPECT_EQ(answers.at("wrong_controls")[0].at("row"), row);
  EXPECT_NE(answers.at("wrong_controls")[0].at("expected"),
            answers.at("wrong_controls")[0].at("actual"));
  EXPECT_NE(answers_text(answers).find("1 of 16 controls are wrong: what it answers says nothing"),
            std::string::npos);
}

}  // namespace
}  // namespace assay::probe
