// SPDX-License-Identifier: Apache-2.0
// Tensor-core models against worked cases that MMA-Sim (arXiv 2511.10909) or a GPU computed, each
// aimed at one parameter. Block-scaled kinds have no model and are left out. Skipped where the data
// is absent.
#include <fstream>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reference/arithmetic/tensor_core.hpp"

namespace assay {
namespace {

using nlohmann::json;
using Codes = std::vector<std::uint32_t>;

std::uint32_t code_of(const json& text) {
  return static_cast<std::uint32_t>(std::stoul(text.get<std::string>(), nullptr, 16));
}

Codes codes_of(const json& list) {
  Codes codes;
  for (const json& text : list)
    codes.push_back(code_of(text));
  return codes;
}

// The file names architectures; for each instruction, which target has it.
const TensorCoreModel& model_of(const json& c) {
  static const std::map<std::string, std::string> kTargets{
      {"Blackwell", "sm_100"},   {"B200", "sm_100"},         {"Ampere", "sm_80"},
      {"A100", "sm_80"},         {"Hopper", "sm_90"},        {"H200", "sm_90"},
      {"Ada Lovelace", "sm_89"}, {"RTX Blackwell", "sm_120"}};
  const std::string& name = c.at("instruction").get_ref<const std::string&>();
  MmaInstruction instruction = MmaInstruction::mma;
  if (name == "tcgen05.mma") instruction = MmaInstruction::tcgen05;
  if (name == "wgmma") instruction = MmaInstruction::wgmma;
  const auto format = [&](const char* key) {
    return parse_format(c.at(key).get<std::string>()).value();
  };
  return *resolve_tensor_core(kTargets.at(c.at("arch")), instruction, format("a_fmt"),
                              format("b_fmt"), format("out_fmt"))
              .value();
}

TEST(TensorCoreCases, EveryUnscaledCaseHasTheExpectedBits) {
  std::ifstream file(std::string(ASSAY_TEST_DATA) + "/tensor_core_cases.json");
  if (!file) GTEST_SKIP() << "no " << ASSAY_TEST_DATA << "/tensor_core_cases.json";
  int count = 0;
  const json document = json::parse(file);
  for (const json& c : document.at("cases")) {
    if (c.at("instruction") == "block_scale") continue;
    SCOPED_TRACE(c.at("name").get<std::string>());
    const TensorCoreModel& model = model_of(c);
    const auto result =
        tensor_core_dot(model, parse_format(c.at("a_fmt").get<std::string>()).value(),
                        codes_of(c.at("A")), parse_format(c.at("b_fmt").get<std::string>()).value(),
                        codes_of(c.at("B")), code_of(c.at("C")));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result, code_of(c.at("expected"))) << model.name;
    ++count;
  }
  EXPECT_EQ(count, 33);
}

}  // namespace
}  // namespace assay
