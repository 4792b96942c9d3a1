// SPDX-License-Identifier: Apache-2.0
// The probe's rows without a device. Oracles: PTX ISA's tables of descriptors and packing formats;
// what models with other parameters return; the open probes of tensor_core_cases.json, where that
// file is.
#include "cuda/probe/rows.hpp"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "cuda/probe/record.hpp"
#include "reference/arithmetic/tensor_core.hpp"
#include "vectors/io/mma_rows.hpp"
#include "vectors/io/test_support.hpp"

namespace assay::probe {
namespace {

using nlohmann::json;
using Codes = std::vector<std::uint32_t>;

Instruction instruction(std::string_view name) {
  for (const Instruction& each : instructions())
    if (each.name() == name) return each;
  ADD_FAILURE() << name;
  return {};
}

TensorCoreModel model_of(const Instruction& x) {
  return *find_tensor_core_model(x.model("sm_100")).value();
}

std::uint32_t result_of(const TensorCoreModel& model, const Instruction& x, const Row& row) {
  if (!x.scales) return tensor_core_dot(model, x.a, row.a, x.b, row.b, row.c).value();
  const BlockScales scales{x.scales->format, x.scales->block, row.a_scales, row.b_scales};
  return scaled_tensor_core_dot(model, x.a, row.a, x.b, row.b, scales, row.c).value();
}

std::uint32_t result_of(const Instruction& x, const Row& row) {
  return result_of(model_of(x), x, row);
}

// The question of that id, and its row at full length.
std::pair<Question, Row> ask(std::string_view name, std::string_view id) {
  const Rows rows = make_rows(instruction(name), 0);
  for (std::size_t i = 0; i < rows.questions.size(); ++i)
    if (rows.questions[i].id == id) return {rows.questions[i], rows.all[i]};
  ADD_FAILURE() << name << " " << id;
  return {};
}

// PTX ISA, "Instruction descriptor": tables 42 to 44, with M = 128 and N = 16.
TEST(ProbeInstructions, DescriptorsHaveTheFieldsOfTheTables) {
  const auto descriptor = [](std::string_view name) {
    return instruction_descriptor(instruction(name));
  };
  EXPECT_EQ(descriptor("tcgen05.f16"), 0x08040010u);
  EXPECT_EQ(descriptor("tcgen05.f16.f16"), 0x08040000u);
  EXPECT_EQ(descriptor("tcgen05.bf16"), 0x08040490u);
  EXPECT_EQ(descriptor("tcgen05.tf32"), 0x08040910u);
  EXPECT_EQ(descriptor("tcgen05.fp8.e4m3"), 0x08040010u);
  EXPECT_EQ(descriptor("tcgen05.fp8.e4m3.f16"), 0x08040000u);
  EXPECT_EQ(descriptor("tcgen05.fp8.e5m2"), 0x08040490u);
  EXPECT_EQ(descriptor("tcgen05.f8f6f4.e2m1"), 0x08040290u);
  EXPECT_EQ(descriptor("tcgen05.mxf8f6f4.e4m3"), 0x08840000u);
  EXPECT_EQ(descriptor("tcgen05.mxf8f6f4.e2m1"), 0x08840280u);
  EXPECT_EQ(descriptor("tcgen05.mxf4"), 0x08840480u);
  EXPECT_EQ(descriptor("tcgen05.mxf4nvf4.e8m0"), 0x08840480u);
  EXPECT_EQ(descriptor("tcgen05.mxf4nvf4.ue4m3"), 0x08040480u);
}

TEST(ProbeInstructions, EachHasAModelAndANameOfItsOwn) {
  std::set<std::string> names;
  for (const Instruction& x : instructions()) {
    SCOPED_TRACE(x.name());
    EXPECT_TRUE(names.insert(x.name()).second);
    for (const char* target : {"sm_100", "sm_103", "sm_110"})
      EXPECT_TRUE(find_tensor_core_model(x.model(target)));
  }
  EXPECT_EQ(instruction("tcgen05.mxf4nvf4.ue4m3").options("sm_110"),
            "--model sm_110/tcgen05.mxf4nvf4 --scale-format ue4m3");
  EXPECT_EQ(instruction("mma.fp8.e5m2.f16").options("sm_100"),
            "--model sm_100/mma.fp8.f16 --a-format e5m2 --b-format e5m2");
}

TEST(ProbeInstructions, RowsArePackedAsSharedMemoryWantsThem) {
  const auto counted = [](std::uint32_t count) {
    Codes codes(count);
    for (std::uint32_t k = 0; k < count; ++k)
      codes[k] = k;
    return codes;
  };
  EXPECT_EQ(pack_row(Format::tf32, counted(8)), counted(8));
  EXPECT_EQ(pack_row(Format::f16, counted(16))[7], 0x000F000Eu);
  EXPECT_EQ(pack_row(Format::e4m3, counted(32))[4], 0x13121110u);
  Codes nibbles = counted(64);
  for (std::uint32_t& code : nibbles)
    code %= 16;
  EXPECT_EQ(pack_row(Format::e2m1, nibbles),
            (Codes{0x76543210, 0xFEDCBA98, 0x76543210, 0xFEDCBA98, 0x76543210, 0xFEDCBA98,
                   0x76543210, 0xFEDCBA98}));
  nibbles.resize(32);
  EXPECT_EQ(pack_row(Format::e2m1, nibbles),
            (Codes{0x76543210, 0xFEDCBA98, 0, 0, 0x76543210, 0xFEDCBA98, 0, 0}));
  EXPECT_EQ(pack_scales(Codes{1, 2, 3, 4}), 0x04030201u);
}

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

TEST(ProbeQuestions, TheModelsAnswerIsAmongTheAnswers) {
  int count = 0;
  for (const Instruction& x : instructions()) {
    const Rows rows = make_rows(x, 0);
    for (std::size_t i = 0; i < rows.questions.size(); ++i) {
      SCOPED_TRACE(x.name() + " " + rows.questions[i].id);
      EXPECT_EQ(rows.questions[i].meaning_of(result_of(x, rows.all[i])).find("none"),
                std::string::npos);
      EXPECT_EQ(rows.questions[i].meaning_of(0x12345678),
                "none of the answers that were thought of");
      ++count;
    }
  }
  EXPECT_EQ(count, 32);
}

// What a model with that parameter answers.
std::string answer(std::string_view name, std::string_view id, int FusedStep::*parameter,
                   int value) {
  const Instruction x = instruction(name);
  const auto [question, row] = ask(name, id);
  TensorCoreModel model = model_of(x);
  model.step.*parameter = value;
  return question.meaning_of(result_of(model, x, row));
}

TEST(ProbeQuestions, AnswersSayWhatTheirParameterIs) {
  constexpr auto kZero = &FusedStep::zero_exponent, kBits = &FusedStep::fraction_bits;
  for (const char* name : {"mma.f16.f16", "tcgen05.f16.f16"}) {
    EXPECT_EQ(answer(name, "P1", kZero, -21), "-21 or more");
    EXPECT_EQ(answer(name, "P1", kZero, -22), "-22 or less");
    EXPECT_EQ(answer(name, "P2", kZero, -22), "-22 or more");
    EXPECT_EQ(answer(name, "P2", kZero, -23), "-23 or less");
  }
  EXPECT_EQ(answer("tcgen05.f16", "case 2", kBits, 25), "25 or more are kept");
  EXPECT_EQ(answer("mma.f16", "case 2", kBits, 24), "24 or fewer are kept");
  const char* nvfp4 = "tcgen05.mxf4nvf4.ue4m3";
  EXPECT_EQ(answer(nvfp4, "case 35", kBits, 34), "34 bits or fewer are kept");
  EXPECT_EQ(answer(nvfp4, "case 35 b", kBits, 35), "35 bits or fewer are kept");
  EXPECT_EQ(answer(nvfp4, "case 35 b", kBits, 36), "36 bits or more are kept");
  for (const char* name : {"tcgen05.mxf4", "tcgen05.mxf4nvf4.e8m0"})
    EXPECT_EQ(answer(name, "P7", kBits, 25), "c is added in a step that keeps fewer bits");
}

TEST(ProbeQuestions, WidenedElementsGiveTheOtherAnswerToP3) {
  auto [question, row] = ask("tcgen05.f8f6f4.e2m1", "P3");
  const Instruction fp8 = instruction("tcgen05.fp8.e4m3");
  row.a[0] = 0x30;  // 0.5 in E4M3
  row.a[1] = 0xB0;
  EXPECT_EQ(question.meaning_of(result_of(fp8, row)), "-1, as if widened to E4M3");
}

std::set<std::uint32_t> results_of(const Question& question) {
  std::set<std::uint32_t> results;
  for (const Answer& each : question.answers)
    results.insert(each.result);
  return results;
}

std::uint32_t code(const json& text) {
  return static_cast<std::uint32_t>(std::stoul(text.get<std::string>(), nullptr, 16));
}

// Under which instruction each open probe of the file is asked here.
TEST(ProbeQuestions, TheOpenProbesAreTheFilesOwn) {
  std::ifstream file(std::string(ASSAY_TEST_DATA) + "/tensor_core_cases.json");
  if (!file) GTEST_SKIP() << "no tensor_core_cases.json in " << ASSAY_TEST_DATA;
  const std::map<std::string, std::string> asked_of{{"P1", "mma.f16.f16"},
                                                    {"P2", "mma.f16.f16"},
                                                    {"P3", "tcgen05.f8f6f4.e2m1"},
                                                    {"P4", "tcgen05.mxf4nvf4.ue4m3"},
                                                    {"P5", "mma.f16"},
                                                    {"P6", "tcgen05.bf16"},
                                                    {"P7", "tcgen05.mxf4nvf4.e8m0"}};
  const json probes = json::parse(file).at("open_probes");
  ASSERT_EQ(probes.size(), asked_of.size());
  for (const json& probe : probes) {
    const std::string id = probe.at("id");
    SCOPED_TRACE(id);
    const auto [question, row] = ask(asked_of.at(id), id);
    std::set<std::uint32_t> expected;
    for (const auto& [hypothesis, result] : probe.at("hypotheses").items())
      expected.insert(code(result));
    EXPECT_EQ(results_of(question), expected);
    if (!probe.contains("A")) continue;
    Codes a, b;
    for (const json& text : probe.at("A"))
      a.push_back(code(text));
    for (const json& text : probe.at("B"))
      b.push_back(code(text));
    a.resize(row.a.size());
    b.resize(row.b.size());
    EXPECT_EQ(a, row.a);
    EXPECT_EQ(b, row.b);
    EXPECT_EQ(code(probe.at("C")), row.c);
  }
}

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
