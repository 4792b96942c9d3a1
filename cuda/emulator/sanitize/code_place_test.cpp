// SPDX-License-Identifier: Apache-2.0
// Which line a finding names of code that was inlined, several functions deep: what nvcc -lineinfo
// writes of such calls (PTX ISA 11.5.4).
#include <nlohmann/json.hpp>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

// A kernel of k.cu that traps behind the directives; a.cuh and b.cuh are a library's, own.cuh is
// beside it.
Finding trap_behind(const std::string& directives) {
  TestKernel kernel(TestKernel::Whole{}, fmt::format(R"(.version 9.0
.target sm_110a
.address_size 64
.visible .entry test(.param .u64 in, .param .u64 out) {{
  .loc 1 5 0
  .reg .b32 %r<2>;
  mov.u32 %r1, 0;
  {}
  trap;
}}
.file 1 "k.cu"
.file 2 "library/a.cuh"
.file 3 "library/b.cuh"
.file 4 "own.cuh"
)",
                                                     directives));
  kernel.launch({1, 1, 1}, {1, 1, 1}, {0, 0});
  return kernel.findings.at(0);
}

std::string inlined(int file, int line, int at_file, int at_line) {
  return fmt::format(".loc {} {} 3, function_name $L__info, inlined_at {} {} 3\n", file, line,
                     at_file, at_line);
}

TEST(CodePlace, OfCodeThatIsNotInlinedIsItsOwn) {
  const CodePlace at = trap_behind(".loc 1 9 3").at;
  EXPECT_EQ(at.text(), "k.cu:9 (PTX line 9)");
  EXPECT_FALSE(to_json(at).contains("inlined"));
}

TEST(CodePlace, OfALibrarysInlinedFunctionIsItsCaller) {
  EXPECT_EQ(trap_behind(".loc 1 9 3\n" + inlined(2, 40, 1, 9)).at.text(),
            "k.cu:9 (PTX line 11, inlined: library/a.cuh:40 from k.cu:9)");
}

TEST(CodePlace, OfALibrarysFunctionInAnotherIsTheInnermostLineBesideTheKernel) {
  const Finding finding = trap_behind(".loc 1 9 3\n" + inlined(1, 3, 1, 9) + inlined(2, 40, 1, 3) +
                                      inlined(3, 70, 2, 40));
  EXPECT_EQ(finding.at.text(),
            "k.cu:3 (PTX line 13, inlined: library/b.cuh:70 from library/a.cuh:40 from k.cu:3 from "
            "k.cu:9)");
  const nlohmann::json at = to_json(finding)["at"];
  EXPECT_EQ(at["file"], "k.cu");
  EXPECT_EQ(at["line"], 3);
  EXPECT_EQ(at["inlined"][0], nlohmann::json({{"file", "library/b.cuh"}, {"line", 70}}));
  EXPECT_EQ(at["inlined"][3], nlohmann::json({{"file", "k.cu"}, {"line", 9}}));
  EXPECT_EQ(at["inlined"].size(), 4u);
}

TEST(CodePlace, OfTheKernelsOwnInlinedFunctionIsThatFunctionsLine) {
  EXPECT_EQ(trap_behind(".loc 1 9 3\n" + inlined(1, 3, 1, 9)).at.text(),
            "k.cu:3 (PTX line 11, inlined: k.cu:3 from k.cu:9)");
}

TEST(CodePlace, OfAFunctionInAHeaderBesideTheKernelIsThatHeadersLine) {
  EXPECT_EQ(trap_behind(inlined(4, 8, 1, 9) + inlined(2, 40, 4, 8)).at.text(),
            "own.cuh:8 (PTX line 11, inlined: library/a.cuh:40 from own.cuh:8 from k.cu:9)");
}

TEST(CodePlace, OfHeadersThatLeadNowhereIsTheirOwn) {
  EXPECT_EQ(trap_behind(inlined(3, 70, 2, 40)).at.text(),
            "library/b.cuh:70 (PTX line 10, inlined: library/b.cuh:70 from library/a.cuh:40)");
}

}  // namespace
}  // namespace assay::emulator
