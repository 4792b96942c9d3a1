// SPDX-License-Identifier: Apache-2.0
// Tensor-core models against worked cases that MMA-Sim (arXiv 2511.10909) or a GPU computed, each
// aimed at one parameter. Skipped where the data is absent.
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

Format format_of(const json& c, const char* key) {
  const std::string name = c.at(key).get<std::string>();
  return name == "ue8m0" ? Format::e8m0 : parse_format(name).value();
}

Result<std::uint32_t> dot_of(const json& c, const TensorCoreModel& model) {
  return tensor_core_dot(model, format_of(c, "a_fmt"), codes_of(c.at("A")), format_of(c, "b_fmt"),
                         codes_of(c.at("B")), code_of(c.at("C")));
}

Result<std::uint32_t> scaled_dot_of(const json& c, const TensorCoreModel& model) {
  const Codes a = codes_of(c.at("scale_A")), b = codes_of(c.at("scale_B"));
  return scaled_tensor_core_dot(
      model, format_of(c, "a_fmt"), codes_of(c.at("A")), format_of(c, "b_fmt"), codes_of(c.at("B")),
      {format_of(c, "scale_fmt"), c.at("block").get<int>(), a, b}, code_of(c.at("C")));
}

// The kind of a block-scaled instruction: mxf4nvf4 has all of mxf4's.
const TensorCoreModel& scaled_model_of(const json& c) {
  const bool is_fp4 = c.at("K") == 64;
  return *find_tensor_core_model(is_fp4 ? "sm_100/tcgen05.mxf4nvf4" : "sm_100/tcgen05.mxf8f6f4")
              .value();
}

json read_cases() {
  std::ifstream file(std::string(ASSAY_TEST_DATA) + "/tensor_core_cases.json");
  return file ? json::parse(file) : json();
}

TEST(TensorCoreCases, EveryCaseHasTheExpectedBits) {
  const json document = read_cases();
  if (document.is_null()) GTEST_SKIP() << "no tensor_core_cases.json in " << ASSAY_TEST_DATA;
  int unscaled = 0, scaled = 0;
  for (const json& c : document.at("cases")) {
    SCOPED_TRACE(c.at("name").get<std::string>());
    const bool is_scaled = c.at("instruction") == "block_scale";
    const TensorCoreModel& model = is_scaled ? scaled_model_of(c) : model_of(c);
    const auto result = is_scaled ? scaled_dot_of(c, model) : dot_of(c, model);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result, code_of(c.at("expected"))) << model.name;
    ++(is_scaled ? scaled : unscaled);
  }
  EXPECT_EQ(unscaled, 33);
  EXPECT_EQ(scaled, 11);
}

}  // namespace
}  // namespace assay
