// SPDX-License-Identifier: Apache-2.0
// The suite format of docs/vectors.md: what expands to what, and one test for each way to get it
// wrong.
#include "vectors/generate/suite.hpp"

#include <gtest/gtest.h>

#include "vectors/generate/test_recipe.hpp"
#include "vectors/io/atomic_file.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

std::vector<std::string> ids_of(const std::string& changes) {
  std::vector<std::string> ids;
  const auto cases = expand_group(test_group(changes), "s/g", "w");
  EXPECT_TRUE(cases) << error_of(cases);
  for (const CaseRecipe& recipe : *cases)
    ids.push_back(recipe.id);
  return ids;
}

std::string group_error(const std::string& changes) {
  return error_of(expand_group(test_group(changes), "s/g", "file: group g"));
}

// The error of a suite file with these groups; the file's own path is cut off.
std::string file_error(const std::vector<nlohmann::json>& groups) {
  const TemporaryFolder folder = test_folder();
  const std::string path = folder / "suite.json";
  const nlohmann::json suite = {
      {"schema", "assay.suite/1"}, {"name", "s"}, {"description", "d"}, {"groups", groups}};
  EXPECT_TRUE(write_file(path, suite.dump()));
  const std::string text = error_of(load_suite(path));
  const std::string start = "invalid: " + path + ": ";
  return text.starts_with(start) ? text.substr(start.size()) : text;
}

TEST(Suite, NamesInIdsOnlyWhatVaries) {
  EXPECT_EQ(ids_of("{}"), std::vector<std::string>{"s/g/case#1"});
  EXPECT_EQ(ids_of(R"({"sequence_length": [17], "repeat": 2})"),
            (std::vector<std::string>{"s/g/case#1", "s/g/case#2"}));
  EXPECT_EQ(ids_of(R"({"profile": ["tensorrt_exact", "tensorrt_block_fma"],
                       "sequence_length": [1, 17]})"),
            (std::vector<std::string>{"s/g/exact_t1#1", "s/g/exact_t17#1", "s/g/block_fma_t1#1",
                                      "s/g/block_fma_t17#1"}));
  EXPECT_EQ(ids_of(R"({"routing": ["uniform", "duplicates"], "scores": ["ones", "signed"]})")[3],
            "s/g/duplicates_signed#1");
  EXPECT_EQ(ids_of(R"({"batch": [1, 2], "hidden_size": [16, 32], "intermediate_size": [16, 48],
                       "num_experts": [4, 5], "top_k": [1, 2]})")[31],
            "s/g/b2_h32_i48_e5_k2#1");
}

TEST(Suite, ReadsEveryFieldOfAGroup) {
  const CaseRecipe common = test_recipe(R"({
      "degenerate": "why", "class": "A", "biases": true, "profile": "tensorrt_block_fma",
      "batch": 2, "weights": {"distribution": "constant_codes", "code": "0xB",
      "block_scale": "0x3A", "tensor_scale_decode": 0.5, "scale": null},
      "hidden_states": {"distribution": "ties", "scale": 0.3, "as_codes": true},
      "hidden_states_scale": 0.3, "routing": "skewed", "scores": "signed",
      "fc_down_activation_scale": {"shape": "per_expert", "value": 0.1}})");
  EXPECT_EQ(common.op, "moe");
  EXPECT_EQ(common.notes, "a test");
  EXPECT_EQ(common.degenerate, "why");
  EXPECT_EQ(common.profile.accumulation, Accumulation::block_fma);
  EXPECT_TRUE(common.attributes.empty());
  const auto& recipe = std::get<MoeRecipe>(common.inputs);
  EXPECT_EQ(recipe.required_class, "A");
  EXPECT_TRUE(recipe.biases && recipe.hidden_states_as_codes && recipe.per_expert_down_scale);
  EXPECT_EQ(recipe.shape.tokens(), 6);
  EXPECT_EQ(recipe.shape.top_k, 2);
  EXPECT_EQ(recipe.weights.code, 0xB);
  EXPECT_EQ(recipe.weights.block_scale, 0x3A);
  EXPECT_EQ(recipe.weights.tensor_scale_decode, 0.5f);
  EXPECT_EQ(recipe.hidden_states.scale, 0.3f);
  EXPECT_FALSE(recipe.hidden_states_scale.from_amax || recipe.down_activation_scale.from_amax);
  EXPECT_EQ(recipe.hidden_states_scale.value, 0.3f);
  EXPECT_EQ(recipe.down_activation_scale.value, 0.1f);
  EXPECT_EQ(recipe.routing + recipe.scores, "skewedsigned");
}

TEST(Suite, GivesEveryRepetitionItsSeedAndEveryVariantTheSame) {
  const auto cases = expand_group(
      test_group(R"({"repeat": 3, "profile": ["tensorrt_exact", "tensorrt_block_fma"]})"), "s/g",
      "w");
  EXPECT_EQ(cases->at(0).seed, 7u);
  EXPECT_EQ(cases->at(2).seed, 9u);
  EXPECT_EQ(cases->at(3).seed, 7u);
}

TEST(Suite, PointsAtUnknownNames) {
  EXPECT_EQ(
      group_error(R"({"weights": {"distribution": "heavytail"}})"),
      "invalid: file: group g: weights: distribution \"heavytail\" is unknown (did you mean "
      "\"heavy_tail\"?); known: normal, normal_bf16, heavy_tail, zero_blocks, constant, "
      "lattice, ties, saturating, cancellation, codes, constant_codes, beyond_binary64, file");
  EXPECT_NE(group_error(R"({"hidden_states": {"distribution": "constant_codes"}})")
                .find("distribution \"constant_codes\" is unknown"),
            std::string::npos);
  EXPECT_NE(group_error(R"({"weights": {"distribution": "special"}})").find("is unknown"),
            std::string::npos);
  EXPECT_EQ(group_error(R"({"routing": "unifrom"})"),
            "invalid: file: group g: routing \"unifrom\" is unknown (did you mean \"uniform\"?); "
            "known: uniform, skewed, one_expert, empty_experts, duplicates");
  EXPECT_EQ(
      group_error(R"({"scores": "softmax"})"),
      "invalid: file: group g: scores \"softmax\" is unknown; known: normalized, ones, signed");
  EXPECT_NE(group_error(R"({"profile": "tensorrt_exactly"})").find("tensorrt_exact"),
            std::string::npos);
}

TEST(Suite, RefusesFieldsThatADistributionDoesNotUse) {
  EXPECT_EQ(group_error(R"({"weights": {"distribution": "codes", "scale": 2}})"),
            "invalid: file: group g: weights: field \"scale\" has no meaning for distribution "
            "\"codes\"");
  EXPECT_EQ(group_error(R"({"weights": {"distribution": "file", "file": "x", "scale": null}})"),
            "invalid: file: group g: weights: distribution \"file\" needs field \"sha256\"");
}

TEST(Suite, RefusesScalesThatMissTheirGrid) {
  EXPECT_NE(group_error(R"({"weights": {"distribution": "ties", "scale": 0.3}})")
                .find("needs a power of two as scale, got 0.3"),
            std::string::npos);
  const std::string hidden = R"({"hidden_states": {"distribution": "ties", "scale": 0.3})";
  EXPECT_NE(group_error(hidden + "}").find("hidden_states_scale must be the same number, 0.3"),
            std::string::npos);
  EXPECT_NE(
      group_error(R"({"hidden_states": {"distribution": "ties"}})").find("the same number, 1"),
      std::string::npos);
  EXPECT_NE(group_error(hidden + R"(, "hidden_states_scale": 0.4})").find("the same number"),
            std::string::npos);
  EXPECT_EQ(group_error(hidden + R"(, "hidden_states_scale": 0.3})"), "no error");
}

TEST(Suite, RefusesScalesThatAreNotPositiveInBinary32) {
  EXPECT_NE(group_error(R"({"weights": {"scale": 0}})").find("weights: scale: 0 is not positive"),
            std::string::npos);
  EXPECT_NE(group_error(R"({"hidden_states_scale": 1e-60})").find("hidden_states_scale: 1e-60"),
            std::string::npos);
  EXPECT_NE(
      group_error(R"({"weights": {"distribution": "constant", "scale": 1e60}})").find("1e+60"),
      std::string::npos);
  EXPECT_EQ(group_error(R"({"weights": {"distribution": "constant", "scale": -2}})"), "no error");
}

TEST(Suite, RefusesMoreSlotsThanDistinctExperts) {
  EXPECT_NE(group_error(R"({"top_k": 5})").find("top_k 5 exceeds the 4"), std::string::npos);
  EXPECT_EQ(group_error(R"({"top_k": 5, "routing": "duplicates"})"), "no error");
}

TEST(Suite, RefusesCasesOfAbsurdSize) {
  EXPECT_EQ(group_error(R"({"hidden_size": 1048576, "intermediate_size": 1048576})"),
            "invalid: file: group g: num_experts 4, hidden_size 1048576, intermediate_size "
            "1048576: 1.32e+13 weights exceed the limit of 2^36");
  EXPECT_EQ(group_error(R"({"sequence_length": 1048576, "batch": 1048576})"),
            "invalid: file: group g: batch 1048576, sequence_length 1048576, top_k 2: 2.2e+12 "
            "slots exceed the limit of 2^24");
  EXPECT_EQ(group_error(R"({"sequence_length": 1048576, "batch": 8, "hidden_size": 8192})"),
            "invalid: file: group g: hidden_size 8192, intermediate_size 48: 1.37e+11 values of "
            "one stage exceed the limit of 2^36");
}

TEST(Suite, RefusesGroupsOfAbsurdlyManyCases) {
  nlohmann::json sizes;
  for (int i = 1; i <= 1000; ++i)
    sizes.push_back(i);
  const nlohmann::json lists = {{"batch", sizes}, {"sequence_length", sizes}, {"top_k", sizes}};
  EXPECT_EQ(group_error(lists.dump()),
            "invalid: file: group g: lists and repeat make 1e+09 cases, the limit is 100000");
}

TEST(Suite, TakesEverySeedOf64Bits) {
  EXPECT_EQ(test_recipe(R"({"seed": 18446744073709551615})").seed, ~std::uint64_t{0});
  EXPECT_EQ(group_error(R"({"seed": -1})"),
            "invalid: file: group g: seed: -1 is not an integer from 0 to 2^64-1");
}

TEST(SuiteFile, RefusesWhatTheSchemaForbids) {
  EXPECT_NE(file_error({test_group(R"({"hiden_size": 32})")})
                .find("/groups/0: unknown field \"hiden_size\" (did you mean \"hidden_size\"?)"),
            std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"hidden_size": 40})")}).find("/groups/0/hidden_size"),
            std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"top_k": 0})")}).find("/groups/0/top_k"), std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"seed": "one"})")}).find("/groups/0/seed"),
            std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"notes": null})")}).find("notes"), std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"operator": "qmoe"})")}).find("/groups/0/operator"),
            std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"name": "Upper/case"})")}).find("/groups/0/name"),
            std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"weights": {"block_scale": "0x7F"}})")}).find("block_scale"),
            std::string::npos);
  EXPECT_NE(file_error({}).find("/groups"), std::string::npos);
  EXPECT_NE(file_error({test_group(R"({"name": "a\n"})")}).find("/groups/0/name"),
            std::string::npos);
  for (const char* size : {"0", "1099511627776", "9223372036854775808", "1e30"})
    EXPECT_NE(file_error({test_group(fmt::format(R"({{"num_experts": {}}})", size))})
                  .find("/groups/0/num_experts"),
              std::string::npos)
        << size;
}

TEST(SuiteFile, TakesEverySeedOf64Bits) {
  for (const char* seed : {"0", "9223372036854775808", "18446744073709551615"})
    EXPECT_EQ(file_error({test_group(fmt::format(R"({{"seed": {}}})", seed))}), "no error") << seed;
  EXPECT_EQ(file_error({test_group(R"({"seed": -1})")}),
            "group group: seed: -1 is not an integer from 0 to 2^64-1");
}

TEST(SuiteFile, RefusesDuplicateIds) {
  EXPECT_EQ(file_error({test_group(), test_group()}),
            "group group: duplicate case id s/group/case#1");
  EXPECT_NE(file_error({test_group(R"({"top_k": [1, 1]})")}).find("duplicate case id"),
            std::string::npos);
}

TEST(SuiteFile, NamesTheKnownSuitesForAnUnknownOne) {
  EXPECT_EQ(error_of(load_suite("smok")),
            "usage: suite \"smok\" is unknown (did you mean \"smoke\"?); known: adversarial, "
            "casts, cuda_edges, cuda_quantize, "
            "production_shape, quantize, real_minilm, smoke, tensorrt_sample");
  EXPECT_NE(error_of(load_suite("./absent.json")).find("absent.json"), std::string::npos);
}

TEST(SuiteFile, LoadsEveryShippedSuite) {
  for (const std::string& name : suite_names()) {
    const auto suite = load_suite(name);
    ASSERT_TRUE(suite) << error_of(suite);
    EXPECT_EQ(suite->name, name);
    EXPECT_FALSE(suite->cases.empty());
    EXPECT_EQ(error_of(load_suite((vectors_root() / "suites" / (name + ".json")).string())),
              "no error");
  }
}

TEST(SuiteFile, IsLookedForInAssayVectors) {
  const TemporaryFolder folder = test_folder();
  ::setenv("ASSAY_VECTORS", folder.path().c_str(), 1);
  EXPECT_EQ(vectors_root(), folder.path());
  EXPECT_TRUE(suite_names().empty());
  ::unsetenv("ASSAY_VECTORS");
  EXPECT_FALSE(suite_names().empty());
}

}  // namespace
}  // namespace assay
