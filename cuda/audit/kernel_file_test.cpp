// SPDX-License-Identifier: Apache-2.0
// Oracle for fat binaries: nvcc and ptxas, where they are installed: the parts of a fat binary are
// what the compiler writes as separate files.
#include "cuda/audit/kernel_file.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/sass_histogram.hpp"
#include "cuda/audit/test_cubin.hpp"
#include "cuda/audit/test_ptxas.hpp"

namespace assay::audit {
namespace {

std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(KernelFile, TellsPtxFromCubinByContents) {
  const auto ptx = split_kernel_file(".version 9.0", "k.cubin");
  ASSERT_TRUE(ptx);
  ASSERT_EQ(ptx->size(), 1U);
  EXPECT_EQ(ptx->at(0).kind, KernelPart::Kind::ptx);
  EXPECT_EQ(ptx->at(0).name, "k.cubin");
  EXPECT_EQ(ptx->at(0).contents, ".version 9.0");
  const auto cubin = split_kernel_file(text_of(TestCubin().bytes()), "k.ptx");
  ASSERT_TRUE(cubin);
  EXPECT_EQ(cubin->at(0).kind, KernelPart::Kind::cubin);
  EXPECT_EQ(cubin->at(0).bytes().size(), TestCubin().bytes().size());
}

TEST(KernelFile, ADamagedFatBinaryIsAnError) {
  const std::string container("\x50\xed\x55\xba\x01\x00\x10\x00\xff\x00\x00\x00\x00\x00\x00\x00",
                              16);
  EXPECT_EQ(error_of(split_kernel_file(container, "k.fatbin")),
            "usage: k.fatbin: fat binary: cut off");
  std::string empty = container;
  empty[8] = 0;
  EXPECT_EQ(error_of(split_kernel_file(empty, "k.fatbin")),
            "usage: k.fatbin: neither PTX nor machine code in it");
}

TEST(KernelFile, PartsAreWholeAndOthersAreLeftOut) {
  const auto entry = [](char kind, std::string payload) {
    std::string header(64, '\0');
    header[0] = kind;
    header[4] = 64;
    header[8] = static_cast<char>(payload.size());
    header[28] = 110;
    return header + payload;
  };
  std::string container("\x50\xed\x55\xba\x01\x00\x10\x00", 8);
  const std::string entries = entry(16, "whatever") + entry(1, ".version 9.0") +
                              entry(2, std::string("\x7f"
                                                   "ELF\0\0\0\0",
                                                   8));
  container += static_cast<char>(entries.size());
  container += std::string(7, '\0') + entries;
  const auto parts = split_kernel_file(container, "k.fatbin");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ(parts->at(1).name, "k.fatbin (cubin for sm_110)");
  EXPECT_EQ(parts->at(1).contents.size(), 8U);  // zero bytes at the end, too
  EXPECT_EQ(parts->at(0).name, "k.fatbin (PTX for sm_110)");
  EXPECT_EQ(parts->at(0).contents, ".version 9.0");
}

TEST(KernelFile, AFatBinaryHasTheCompilersPtxAndMachineCode) {
  if (!has_ptxas() || std::system("nvcc --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "nvcc is not installed";
  const TemporaryFolder folder = test_folder();
  const std::string source = folder / "k.cu", output = folder / "k.fatbin";
  std::ofstream(source) << "__global__ void k(float* o, float a) { o[0] = a * o[1] + o[2]; }\n";
  for (const char* options : {"", " -no-compress", " -Xfatbin -compress-all"}) {
    const std::string command = fmt::format(
        "nvcc -fatbin -gencode arch=compute_110a,code=[sm_110a,compute_110a]{} '{}' -o '{}'",
        options, source, output);
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream file(output, std::ios::binary);
    const auto parts = split_kernel_file({std::istreambuf_iterator<char>(file), {}}, "k.fatbin");
    ASSERT_TRUE(parts) << parts.error().message;
    ASSERT_EQ(parts->size(), 2U) << options;
    for (const KernelPart& part : *parts) {
      if (part.kind == KernelPart::Kind::ptx) {
        EXPECT_EQ(part.name, "k.fatbin (PTX for sm_110a)");
        EXPECT_NE(part.contents.find(".target sm_110a"), std::string::npos);
        continue;
      }
      EXPECT_EQ(part.name, "k.fatbin (cubin for sm_110a)");
      const auto histogram = sass_histogram(part.bytes(), part.name);
      ASSERT_TRUE(histogram) << histogram.error().message;
      EXPECT_EQ(histogram->kernels.at(0).count("FFMA"), 1U);
    }
  }
}

}  // namespace
}  // namespace assay::audit
