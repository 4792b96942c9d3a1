// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/case_file.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

CaseDescription some_description() {
  return {.id = "core/ties/t1#0",
          .op = "moe",
          .profile = find_profile("tensorrt_block_fma").value(),
          .bit_class = "B",
          .seed = std::numeric_limits<std::uint64_t>::max(),
          .notes = "ties of E4M3",
          .degenerate = ""};
}

Tensors some_tensors() {
  Tensors tensors;
  for (const char* name : {"hidden_states", "output", "stage.gate", "stage_like"})
    tensors[name] = Tensor(Dtype::f32, {2});
  return tensors;
}

// The error of reading a case whose description is `description`.
std::string description_error(const nlohmann::json& description) {
  const TemporaryFolder folder = test_folder();
  const std::string path = folder / "c";
  EXPECT_TRUE(write_safetensors(path, {}, {{kCaseMetadataKey, description.dump()}}));
  const std::string message = error_of(read_case(path));
  const std::string prefix = "invalid: " + path + ": ";
  EXPECT_TRUE(message.starts_with(prefix)) << message;
  return message.substr(std::min(prefix.size(), message.size()));
}

nlohmann::json description_with(const std::string& field, const nlohmann::json& value) {
  nlohmann::json description = nlohmann::json::parse(case_description_text(some_description()));
  description[field] = value;
  return description;
}

TEST(CaseFile, DescriptionIsTheDocumentedObject) {
  EXPECT_EQ(case_description_text(some_description()),
            R"({"class":"B","degenerate":"","generator":"1","id":"core/ties/t1#0",)"
            R"("notes":"ties of E4M3","operator":"moe","profile":{"accumulation":"block_fma",)"
            R"("combine":"fma_slot_order","dataflow":"factored",)"
            R"("fp8_quantize":"true_division_rne_satfinite","name":"tensorrt_block_fma",)"
            R"("nan":"one_class","weights_recipe":"modelopt"},"schema":"assay.case/1",)"
            R"("seed":18446744073709551615})");
}

TEST(CaseFile, RoundTrips) {
  const TemporaryFolder folder = test_folder();
  const Tensors tensors = some_tensors();
  const CaseDescription written = some_description();
  ASSERT_EQ(error_of(write_case(folder / "c", written, views_of(tensors))), "no error");
  const CaseFile read = read_case(folder / "c").value();
  EXPECT_EQ(case_description_text(read.description), case_description_text(written));
  EXPECT_EQ(read.description.profile.accumulation, Accumulation::block_fma);
  EXPECT_EQ(read.path, folder / "c");
  EXPECT_EQ(read.file.tensors().size(), 4u);
}

TEST(CaseFile, SeparatesInputsFromExpectedTensors) {
  const TemporaryFolder folder = test_folder();
  const Tensors tensors = some_tensors();
  ASSERT_TRUE(write_case(folder / "c", some_description(), views_of(tensors)));
  const CaseFile read = read_case(folder / "c").value();
  std::vector<std::string> inputs, expected;
  for (const auto& [name, tensor] : read.inputs())
    inputs.push_back(name);
  for (const auto& [name, tensor] : read.expected())
    expected.push_back(name);
  EXPECT_EQ(inputs, (std::vector<std::string>{"hidden_states", "stage_like"}));
  EXPECT_EQ(expected, (std::vector<std::string>{"output", "stage.gate"}));
}

TEST(CaseFile, WritingMakesTheFoldersOfTheId) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_case(folder / "core/ties/t1#0.safetensors", some_description(), {}));
  EXPECT_TRUE(read_case(folder / "core/ties/t1#0.safetensors"));
}

TEST(CaseFile, SafetensorsFileWithoutDescriptionIsNamed) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_safetensors(folder / "c", {}, {}));
  EXPECT_EQ(
      error_of(read_case(folder / "c")),
      "invalid: " + (folder / "c").string() + ": not a case: __metadata__ has no \"assay_case\"");
}

TEST(CaseFile, LaterMajorVersionIsRefused) {
  EXPECT_EQ(description_error({{"schema", "assay.case/2"}, {"everything", "else"}}),
            "assay_case: /schema: \"assay.case/2\" cannot be read, only \"assay.case/1\"");
}

TEST(CaseFile, UnknownFieldIsNamed) {
  EXPECT_EQ(description_error(description_with("note", "x")),
            "assay_case: /: unknown field \"note\" (did you mean \"notes\"?)");
}

TEST(CaseFile, UnknownClassIsRefused) {
  EXPECT_EQ(description_error(description_with("class", "C")),
            "assay_case: /class: \"C\" is not one of the allowed values (did you mean \"A\"?)");
}

TEST(CaseFile, NegativeSeedIsRefused) {
  EXPECT_EQ(description_error(description_with("seed", -1)),
            "/seed: -1 is not an integer from 0 to 2^64-1");
}

TEST(CaseFile, FractionalSeedIsRefused) {
  EXPECT_TRUE(description_error(description_with("seed", 1.5)).starts_with("assay_case: /seed: "));
  EXPECT_TRUE(description_error(description_with("seed", 1e30)).starts_with("assay_case: /seed: "));
}

TEST(CaseFile, ProfileThatIsNotBuiltInIsRefused) {
  nlohmann::json profile = profile_to_json(some_description().profile);
  profile["accumulation"] = "exact";
  EXPECT_EQ(description_error(description_with("profile", profile)),
            "profile tensorrt_block_fma: accumulation is \"exact\", the profile of this name has "
            "\"block_fma\"");
}

TEST(CaseFile, IdThatLeavesTheFolderIsRefused) {
  for (const char* id :
       {"", "/etc/x", "../x", "a/../../x", "a//../x", "a/", "./a", "a/..", "a//b"}) {
    SCOPED_TRACE(id);
    EXPECT_TRUE(description_error(description_with("id", id)).starts_with("/id: "));
  }
}

TEST(CaseFile, IdThatSteersTheTerminalIsRefused) {
  EXPECT_EQ(description_error(description_with("id", "a/\x1b[2J\n")),
            "/id: \"a/\\u001b[2J\\n\" is not of the form suite/group/variant#n, parts of A-Z a-z "
            "0-9 _ . # -");
  for (const char* id : {"a b", "a/b\xc3\xa9", "a\\b", "a:b", "a/b\x7f", "$(a)"}) {
    SCOPED_TRACE(id);
    EXPECT_TRUE(description_error(description_with("id", id)).starts_with("/id: "));
  }
}

TEST(CaseFile, WritingAnIdThatReadingRefusesIsABug) {
  const TemporaryFolder folder = test_folder();
  CaseDescription description = some_description();
  description.id = "a/b\nc";
  EXPECT_TRUE(error_of(write_case(folder / "c", description, {})).starts_with("internal: "));
  EXPECT_TRUE(names_in(folder).empty());
}

TEST(CaseFile, DescriptionIsReadWithoutTheTensors) {
  const TemporaryFolder folder = test_folder();
  const Tensors tensors = some_tensors();
  ASSERT_TRUE(write_case(folder / "c", some_description(), views_of(tensors)));
  std::filesystem::resize_file(folder / "c", std::filesystem::file_size(folder / "c") - 1);
  EXPECT_NE(error_of(read_case(folder / "c")), "no error");
  const auto description = read_case_description(folder / "c");
  ASSERT_TRUE(description) << error_of(description);
  EXPECT_EQ(case_description_text(*description), case_description_text(some_description()));
}

TEST(CaseFile, DescriptionErrorsStartWithTheGivenName) {
  EXPECT_EQ(error_of(parse_case_description({}, "f")),
            "invalid: f: not a case: __metadata__ has no \"assay_case\"");
  EXPECT_TRUE(error_of(parse_case_description({{kCaseMetadataKey, "{"}}, "f"))
                  .starts_with("invalid: f: assay_case: not JSON"));
}

CaseDescription cast_description() {
  CaseDescription description = some_description();
  description.op = "cast";
  description.profile = {};
  description.attributes = {{"from", "f32"}, {"to", "e4m3"}};
  return description;
}

TEST(CaseFile, OperatorsWithoutProfileHaveAttributes) {
  const TemporaryFolder folder = test_folder();
  ASSERT_EQ(error_of(write_case(folder / "c", cast_description(), {})), "no error");
  const CaseDescription read = read_case_description(folder / "c").value();
  EXPECT_EQ(read.attributes, cast_description().attributes);
  EXPECT_EQ(read.profile.name, "");
  const std::string text = case_description_text(read);
  EXPECT_NE(text.find(R"({"attributes":{"from":"f32","to":"e4m3"},"class")"), std::string::npos);
  EXPECT_NE(text.find(R"("profile":null)"), std::string::npos);
}

TEST(CaseFile, AttributesAndProfilesAreNotMixed) {
  const TemporaryFolder folder = test_folder();
  CaseDescription both = cast_description();
  both.profile = some_description().profile;
  EXPECT_TRUE(error_of(write_case(folder / "c", both, {})).starts_with("internal: "));
  both.op = "moe";
  EXPECT_TRUE(error_of(write_case(folder / "c", both, {})).starts_with("internal: "));
  CaseDescription neither = cast_description();
  neither.attributes.clear();
  EXPECT_TRUE(error_of(write_case(folder / "c", neither, {})).starts_with("internal: "));
}

TEST(CaseFile, WritingWhatReadingRefusesIsABug) {
  const TemporaryFolder folder = test_folder();
  CaseDescription description = some_description();
  description.profile = {};
  EXPECT_TRUE(error_of(write_case(folder / "c", description, {})).starts_with("internal: "));
  EXPECT_TRUE(names_in(folder).empty());
}

}  // namespace
}  // namespace assay
