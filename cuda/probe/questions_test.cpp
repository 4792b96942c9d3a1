// SPDX-License-Identifier: Apache-2.0
// Oracles: what models with other parameters return; the open probes of tensor_core_cases.json,
// where that file is.
#include <fstream>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "cuda/probe/probe_case.hpp"

namespace assay::probe {
namespace {

using nlohmann::json;

// The question of that id, and its row at full length.
std::pair<Question, Row> ask(std::string_view name, std::string_view id) {
  const Rows rows = make_rows(instruction(name), 0);
  for (std::size_t i = 0; i < rows.questions.size(); ++i)
    if (rows.questions[i].id == id) return {rows.questions[i], rows.all[i]};
  ADD_FAILURE() << name << " " << id;
  return {};
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

}  // namespace
}  // namespace assay::probe
