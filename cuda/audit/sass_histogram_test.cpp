// SPDX-License-Identifier: Apache-2.0
// Oracle: words taken from machine code that ptxas 13.0 wrote for PTX of known meaning
// (sass_opcodes_test.cpp compiles such PTX again).
#include "cuda/audit/sass_histogram.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/sass_opcodes.hpp"
#include "cuda/audit/test_cubin.hpp"
#include "vectors/io/test_support.hpp"

namespace assay::audit {
namespace {

constexpr std::uint64_t kFfma = 0x0000000502057223, kFfmaConstant = 0x4000000002057823,
                        kExit = 0x000000000000794d, kLoadLocal = 0x0000000001007983,
                        kStoreLocal = 0x0000000501007387;

Result<SassHistogram> histogram(const std::vector<std::uint8_t>& file) {
  return sass_histogram(std::as_bytes(std::span(file)), "k.cubin");
}

TEST(SassHistogram, CountsByNameWhateverTheOperandForm) {
  TestCubin cubin;
  cubin.add_kernel("b", 2, {kFfma, kFfmaConstant, kExit});
  cubin.add_kernel("a", 1, {kLoadLocal, kStoreLocal, kStoreLocal, 0x7ffe});
  const auto result = histogram(cubin.bytes());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->capability, 110);
  ASSERT_EQ(result->kernels.size(), 2U);
  const KernelSass &a = result->kernels[0], &b = result->kernels[1];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.local_accesses(), 3U);
  EXPECT_EQ(a.count("0xffe"), 1U);
  EXPECT_EQ(b.name, "b");
  EXPECT_EQ(b.counts, (std::map<std::string, std::uint64_t>{{"EXIT", 1}, {"FFMA", 2}}));
  EXPECT_EQ(b.instructions, 3U);
  EXPECT_EQ(b.local_accesses(), 0U);
}

TEST(SassHistogram, FindsRegistersAndFrameOfTheKernelsOwnSymbol) {
  TestCubin cubin;
  cubin.add(".nv.info", 0x70000000, 0,
            {3, 0x1b, 0xff, 0,                             // a value of 16 bits
             4, 0x2f, 8,    0, 2, 0, 0, 0, 40, 0, 0, 0,    // registers of symbol 2
             4, 0x2f, 8,    0, 1, 0, 0, 0, 24, 0, 0, 0,    // registers of symbol 1
             4, 0x11, 8,    0, 1, 0, 0, 0, 16, 1, 0, 0});  // frame of symbol 1
  cubin.add_kernel("a", 0x08000001, {kExit});
  cubin.add_kernel("b", 2, {kExit});
  const auto result = histogram(cubin.bytes());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->kernels[0].registers, 24U);
  EXPECT_EQ(result->kernels[0].stack_bytes, 272U);
  EXPECT_EQ(result->kernels[1].registers, 40U);
  EXPECT_EQ(result->kernels[1].stack_bytes, std::nullopt);
}

TEST(SassHistogram, FindsSharedMemoryAndCompiler) {
  TestCubin cubin;
  cubin.add(".nv.shared.b", 8, 0, std::vector<std::uint8_t>(1088));
  const std::string note("\0Cuda compilation tools, release 13.0, V13.0.88\0Build", 53);
  cubin.add(".note.nv.tkinfo", 7, 0, {note.begin(), note.end()});
  cubin.add_kernel("a", 1, {kExit});
  cubin.add_kernel("b", 2, {kExit});
  const auto result = histogram(cubin.bytes());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->kernels[0].shared_bytes, 0U);
  EXPECT_EQ(result->kernels[1].shared_bytes, 1088U);
  EXPECT_EQ(result->compiler, "13.0.88");
}

TEST(SassHistogram, ToleratesAnInfoSectionThatIsCutOff) {
  for (const std::vector<std::uint8_t>& info :
       {std::vector<std::uint8_t>{4, 0x2f, 8, 0, 1, 0, 0}, {4, 0x2f, 8}, {4, 0x2f, 0xff, 0xff}}) {
    TestCubin cubin;
    cubin.add(".nv.info", 0x70000000, 0, info);
    cubin.add_kernel("a", 1, {kExit});
    const auto result = histogram(cubin.bytes());
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->kernels[0].registers, std::nullopt);
  }
}

TEST(SassHistogram, RefusesWhatHasNoMachineCode) {
  EXPECT_EQ(error_of(histogram(TestCubin().bytes())),
            "usage: k.cubin: no .text section: no kernel in it");
  TestCubin odd;
  odd.add(".text.a", 1, 0, {1, 2, 3});
  EXPECT_EQ(error_of(histogram(odd.bytes())),
            "usage: k.cubin: .text.a is 3 bytes long, no multiple of 16");
  TestCubin old(61);
  old.add_kernel("a", 1, {kExit});
  EXPECT_EQ(error_of(histogram(old.bytes())),
            "usage: k.cubin: machine code of sm_61; known are sm_75 and later");
}

TEST(SassNames, MovesInDisguiseAreNoArithmetic) {
  EXPECT_EQ(sass_name({0x00000001ff057431, 0}, 110), "HFMA2.MOV");
  EXPECT_EQ(sass_name({0x0000000102057431, 0}, 110), "HFMA2");
  EXPECT_EQ(sass_name({0x00000005ff057424, 0}, 100), "IMAD.MOV");
  EXPECT_EQ(sass_name({0x0000000502057424, 0}, 100), "IMAD");
  EXPECT_EQ(sass_name({0x0000000102057235, 0}, 90), "HFMA2.MMA");
  EXPECT_EQ(sass_name({0x0000000102057235, 0}, 120), "IADD");
}

}  // namespace
}  // namespace assay::audit
