// SPDX-License-Identifier: Apache-2.0
// Runs every case of the corpus on device 0 of the CUDA driver, built at -O0 -G and at -O3, and
// expects the oracle's bits. Modules: <folder>/<target>/<level>/<kernel>.ptx, the folder being the
// environment variable ASSAY_CORPUS; the target is the device's own.
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {

#define CORPUS_CASE(name) void name(const Module& module);
#include "corpus_cases.inc"
#undef CORPUS_CASE

namespace {

struct Case {
  const char* name;
  void (*run)(const Module&);
};

constexpr Case kCases[] = {
#define CORPUS_CASE(name) {#name, name},
#include "corpus_cases.inc"
#undef CORPUS_CASE
};

std::filesystem::path module_file(const Context& context, const char* level, const Case& tested) {
  const char* const folder = std::getenv("ASSAY_CORPUS");
  return std::filesystem::path(folder == nullptr ? "" : folder) / context.target() / level /
         (std::string(tested.name) + ".ptx");
}

class Kernel : public testing::Test {
 public:
  Kernel(const Case& tested, const char* level) : tested_(tested), level_(level) {}

  void TestBody() override {
    try {
      const Context context;
      const std::filesystem::path file = module_file(context, level_, tested_);
      ASSERT_TRUE(std::filesystem::exists(file)) << file << " does not exist: set ASSAY_CORPUS";
      tested_.run(Module(file));
    } catch (const std::exception& error) {
      FAIL() << error.what();
    }
  }

 private:
  const Case& tested_;
  const char* level_;
};

}  // namespace
}  // namespace assay::corpus

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const char* level : {"O0", "O3"})
    for (const auto& tested : assay::corpus::kCases)
      testing::RegisterTest(level, tested.name, nullptr, nullptr, __FILE__, __LINE__,
                            [&tested, level]() -> testing::Test* {
                              return new assay::corpus::Kernel(tested, level);
                            });
  return RUN_ALL_TESTS();
}
