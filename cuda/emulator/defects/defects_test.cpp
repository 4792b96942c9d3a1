// SPDX-License-Identifier: Apache-2.0
// Every seeded defect is found: the launch fails, and each finding has a kind and a line of the .cu
// that the source marks, for both parties where there are two. Sources: the folder ASSAY_DEFECTS;
// compiled: ASSAY_DEFECTS_PTX; the program that launches one: ASSAY_DEFECT_PROGRAM.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "cuda/emulator/defects/defect_source.hpp"

namespace assay::defects {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string in_quotes(const std::filesystem::path& path) {
  return "'" + path.string() + "'";
}

class Defect : public testing::Test {
 public:
  explicit Defect(std::filesystem::path file) : file_(std::move(file)) {}

  void TestBody() override {
    const DefectSource source = read_defect_source(file_);
    const nlohmann::json findings = run(source);
    if (HasFatalFailure()) return;
    ASSERT_FALSE(findings.empty()) << "no finding";
    for (const nlohmann::json& finding : findings) {
      expect_marked(source, finding.at("kind"), finding.at("at"));
      if (finding.contains("other") && !finding["other"].is_null())
        expect_marked(source, finding["kind"], finding["other"]);
    }
  }

 private:
  nlohmann::json run(const DefectSource& source) {
    const auto findings = std::filesystem::temp_directory_path() /
                          ("assay_" + source.name + "_" + std::to_string(::getpid()) + ".json");
    const std::string command = "ASSAY_EMULATE_FINDINGS=" + in_quotes(findings) + " timeout 60 " +
                                in_quotes(variable("ASSAY_DEFECT_PROGRAM")) + " " +
                                in_quotes(file_) + " " + in_quotes(variable("ASSAY_DEFECTS_PTX"));
    const int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "the driver reported no error; status " << status;
    std::ifstream file(findings);
    nlohmann::json parsed = nlohmann::json::parse(file, nullptr, false);
    std::filesystem::remove(findings);
    EXPECT_TRUE(parsed.is_array()) << "no array of findings in " << findings;
    return parsed.is_array() ? parsed : nlohmann::json::array();
  }

  void expect_marked(const DefectSource& source, const std::string& kind,
                     const nlohmann::json& party) {
    const auto kinds = source.kinds.find(party.value("line", 0));
    EXPECT_TRUE(kinds != source.kinds.end() && kinds->second.count(kind) != 0)
        << kind << " at a line that does not mark it: " << party.dump(1);
    EXPECT_EQ(std::filesystem::path(party.value("file", "")).filename(), file_.filename());
  }

  std::filesystem::path file_;
};

std::vector<std::filesystem::path> sources() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(variable("ASSAY_DEFECTS")))
    if (entry.path().extension() == ".cu") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace
}  // namespace assay::defects

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const std::filesystem::path& file : assay::defects::sources())
    testing::RegisterTest("Defect", file.stem().c_str(), nullptr, nullptr, file.c_str(), 1,
                          [file]() -> testing::Test* { return new assay::defects::Defect(file); });
  return RUN_ALL_TESTS();
}
