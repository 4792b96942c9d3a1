// SPDX-License-Identifier: Apache-2.0
// Real PTX is read right: a module that is parsed and printed again, with other names and without
// scopes, compiles to the same machine code. Outside oracle: ptxas of the CUDA toolkit. The texts
// are what nvcc makes of language_features.cu and of the corpus, optimized and with -G.
#include "cuda/emulator/ptx/reprint.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <elf.h>
#include <sys/wait.h>

#include "cuda/emulator/ptx/parse_test.hpp"

namespace assay::ptx {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Machine code and constants of a cubin, by section.
std::map<std::string, std::string> sections(const std::string& cubin) {
  const auto at = [&]<typename T>(T, std::size_t offset) {
    T value{};
    if (offset + sizeof value <= cubin.size())
      std::memcpy(&value, cubin.data() + offset, sizeof value);
    return value;
  };
  const auto header = at(Elf64_Ehdr{}, 0);
  const auto section = [&](std::size_t index) {
    return at(Elf64_Shdr{}, header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const std::string name =
        cubin.c_str() + section(header.e_shstrndx).sh_offset + section(i).sh_name;
    if (name.starts_with(".text") || name.starts_with(".nv.constant") || name == ".nv.global.init")
      found[name] = cubin.substr(section(i).sh_offset, section(i).sh_size);
  }
  return found;
}

std::map<std::string, std::string> assembled(const std::string& text, const std::string& target) {
  const fs::path base = fs::temp_directory_path() / fmt::format("assay_reprint_{}", ::getpid());
  const std::string ptx = base.string() + ".ptx", cubin = base.string() + ".cubin";
  std::ofstream(ptx) << text;
  const int status = std::system(
      fmt::format("{} -c -w -arch={} {} -o {}", ASSAY_PTXAS, target, ptx, cubin).c_str());
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const auto result = sections(contents(cubin));
  fs::remove(ptx);
  fs::remove(cubin);
  return result;
}

// What the parser drops on purpose: hints to ptxas, and debug information, which changes its work.
std::string without_hints(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(".pragma") != line.npos) continue;
    if (line.starts_with(".target")) line = line.substr(0, line.find(','));
    kept += line + "\n";
  }
  return kept;
}

void expect_same_code(const fs::path& path) {
  SCOPED_TRACE(path.string());
  const std::string text = contents(path);
  const auto module = parse(text, path.filename().string());
  ASSERT_TRUE(module) << module.error().message;
  const auto expected = assembled(without_hints(text), module->target);
  const auto actual = assembled(reprinted(*module), module->target);
  EXPECT_FALSE(expected.empty());
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, code] : expected)
    EXPECT_TRUE(actual.contains(name) && actual.at(name) == code) << name;
}

void expect_same_code_of_all(const fs::path& folder) {
  if (std::string_view(ASSAY_PTXAS).ends_with("NOTFOUND")) GTEST_SKIP() << "there is no ptxas";
  if (!fs::exists(folder)) GTEST_SKIP() << "there is no " << folder;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".ptx") continue;
    expect_same_code(entry.path());
    ++files;
  }
  if (files == 0) GTEST_SKIP() << "there is no PTX in " << folder;
}

TEST(Reprinted, LanguageFeaturesOfAllTargetsCompileToTheSameCode) {
  expect_same_code_of_all(ASSAY_PTX_FOLDER "/language");
}

TEST(Reprinted, TheCorpusCompilesToTheSameCode) {
  expect_same_code_of_all(ASSAY_PTX_FOLDER "/corpus/sm_110a");
}

}  // namespace
}  // namespace assay::ptx
