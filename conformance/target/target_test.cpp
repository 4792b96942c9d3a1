// SPDX-License-Identifier: Apache-2.0
// Targets that behave: kinds, files, the reference, and the exchange with a process. Oracle: the
// documented protocol (target.hpp); misbehaviour is in exec_target_test.cpp.
#include "conformance/target/target.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "conformance/judge/judge.hpp"
#include "conformance/suite/small_case.hpp"

namespace assay {
namespace {

class TargetTest : public testing::Test {
 protected:
  std::unique_ptr<Target> target(const std::string& spec) const {
    auto made = make_target(spec, {60'000, folder.path()});
    if (!made) ADD_FAILURE() << made.error().message;
    return made ? *std::move(made) : nullptr;
  }
  ErrorCode error_code(const std::string& spec) const {
    const auto made = make_target(spec, {60'000, folder.path()});
    EXPECT_FALSE(made) << spec;
    return made ? ErrorCode::internal : made.error().code;
  }

  TemporaryFolder folder = test_folder();
  CaseFile test_case = small_case();
};

TEST_F(TargetTest, UnknownKindsAreUsageErrorsThatNameTheKnownOnes) {
  for (const std::string spec : {"", "magic", "Reference", "reference:x", "execute:sh", ":"}) {
    EXPECT_EQ(error_code(spec), ErrorCode::usage) << spec;
    const std::string message = make_target(spec, {}).error().message;
    EXPECT_EQ(message,
              "target \"" + spec +
                  "\": unknown kind; known are reference, cuda, "
                  "cuda:emulated[:sm_100a|sm_103a|sm_110a], exec:COMMAND, files:DIR, mutant:NAME");
  }
}

TEST_F(TargetTest, MissingCommandsAndFoldersAreUnavailable) {
  EXPECT_EQ(error_code("exec:no-such-command-here"), ErrorCode::target_unavailable);
  EXPECT_EQ(error_code("exec:/no/such/file"), ErrorCode::target_unavailable);
  EXPECT_EQ(error_code("files:/no/such/folder"), ErrorCode::target_unavailable);
  EXPECT_EQ(error_code("files:"), ErrorCode::target_unavailable);
}

TEST_F(TargetTest, CommandsThatCannotBeUnderstoodAreUsageErrors) {
  EXPECT_EQ(error_code("exec:"), ErrorCode::usage);
  EXPECT_EQ(error_code("exec:sh 'open"), ErrorCode::usage);
  EXPECT_EQ(error_code("exec:sh {case}"), ErrorCode::usage);
  EXPECT_EQ(error_code("exec:sh --out={result}"), ErrorCode::usage);
}

TEST_F(TargetTest, NamesAreTheSpecs) {
  const std::string files = "files:" + folder.path().string();
  for (const std::string& spec :
       {std::string("reference"), std::string("exec:sh -c 'a b'"), files}) {
    EXPECT_EQ(target(spec)->name(), spec);
  }
}

TEST_F(TargetTest, TheReferenceReturnsEveryStage) {
  const TargetResult result = target("reference")->run(test_case).value();
  EXPECT_EQ(result.outcome, TargetOutcome::completed) << result.reason;
  EXPECT_EQ(result.tensors.size(), 11U);
  EXPECT_EQ(judge(test_case, result).status, CaseStatus::pass);
}

TEST_F(TargetTest, TheReferenceRejectsInvalidInputs) {
  Tensors tensors = copy_of(test_case.file.tensors());
  tensors["selected_experts_for_tokens"].as<std::int32_t>()[0] = 2;
  const auto path = folder.path() / "case.safetensors";
  ASSERT_TRUE(write_case(path, test_case.description, views_of(tensors)));
  const TargetResult result = target("reference")->run(*read_case(path)).value();
  EXPECT_EQ(result.outcome, TargetOutcome::rejected);
  EXPECT_NE(result.reason.find("selected_experts_for_tokens"), std::string::npos) << result.reason;
}

TEST_F(TargetTest, FilesAreFoundByTheIdOfTheCase) {
  const auto files = target("files:" + folder.path().string());
  EXPECT_EQ(files->run(test_case).value().outcome, TargetOutcome::missing);
  const auto path = folder.path() / (std::string(kSmallCaseId) + ".safetensors");
  std::filesystem::create_directories(path.parent_path());
  ASSERT_TRUE(write_safetensors(path, test_case.expected(), {}));
  EXPECT_EQ(judge(test_case, files->run(test_case).value()).status, CaseStatus::pass);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  const TargetResult truncated = files->run(test_case).value();
  EXPECT_EQ(truncated.outcome, TargetOutcome::garbage);
  EXPECT_NE(truncated.reason.find("variant#0"), std::string::npos);
}

TEST_F(TargetTest, AProcessIsHandedTheInputsAndNothingElse) {
  const std::string copy = (folder.path() / "seen.safetensors").string();
  const auto exec = target("exec:cp {case} " + copy + " {result}");
  EXPECT_EQ(exec->name(), "exec:cp {case} " + copy + " {result}");
  ASSERT_EQ(target("exec:" + write_script(folder, "see", "cp \"$1\" " + copy))
                ->run(test_case)
                .value()
                .outcome,
            TargetOutcome::missing);
  const auto seen = read_case(copy);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_TRUE(seen->expected().empty());
  EXPECT_EQ(seen->description.id, test_case.description.id);
  const TensorViews inputs = test_case.inputs(), seen_inputs = seen->inputs();
  EXPECT_EQ(seen_inputs.size(), inputs.size());
  for (const auto& [name, view] : inputs) {
    ASSERT_TRUE(seen_inputs.contains(name)) << name;
    const TensorView& other = seen_inputs.at(name);
    EXPECT_EQ(other.shape, view.shape) << name;
    EXPECT_TRUE(
        std::equal(view.bytes.begin(), view.bytes.end(), other.bytes.begin(), other.bytes.end()))
        << name;
  }
}

TEST_F(TargetTest, AProcessReturnsItsResultFile) {
  const std::string right = (folder.path() / "right.safetensors").string();
  ASSERT_TRUE(write_safetensors(right, test_case.expected(), {}));
  const std::string script = write_script(folder, "copy", "cp " + right + " \"$2\"");
  EXPECT_EQ(judge(test_case, target("exec:" + script)->run(test_case).value()).status,
            CaseStatus::pass);
  const std::string swapped = write_script(folder, "swapped", "cp " + right + " \"${1#--out=}\"");
  EXPECT_EQ(
      judge(test_case, target("exec:" + swapped + " --out={result} {case}")->run(test_case).value())
          .status,
      CaseStatus::pass);
}

TEST_F(TargetTest, NothingStaysInTheWorkFolder) {
  const auto count = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
  };
  const auto exec =
      target("exec:" + write_script(folder, "busy", "echo x > \"$2\"; touch \"$1.more\""));
  const auto before = count();
  EXPECT_EQ(exec->run(test_case).value().outcome, TargetOutcome::garbage);
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace assay
