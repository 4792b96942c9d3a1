// SPDX-License-Identifier: Apache-2.0
// The judge of the images on trial: kernels made wrong on purpose, compiled like those that are
// shipped, must not pass.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "cuda/kernels/test_budget.hpp"
#include "vectors/io/test_support.hpp"

namespace assay::cuda {
namespace {

struct Mutant {
  const char* what;
  const char* family;
  const char* file;       // of cuda/kernels, in which
  const char *from, *to;  // every `from` becomes `to`
  const char* options;    // of nvcc, more than the shipped image's
  const char* finding;    // one of the findings contains this
};

constexpr const char* kBarePair =
    "[](float a, float b, float c) { float d; asm(\"{.reg .f32 t; mul.f32 t, %1, %2; "
    "add.f32 %0, t, %3;}\" : \"=f\"(d) : \"f\"(a), \"f\"(b), \"f\"(c)); return d; }";
constexpr const char* kPackedPair =
    "[](float a, float b, float c) { return __fadd2_rn(__fmul2_rn({a, a}, {b, b}), {c, c}).x; }";

const Mutant kMutants[] = {
    {"a product and a sum that ptxas may fuse", "moe_combine", "moe_combine.cu", "__fmaf_rn",
     kBarePair, "", "contraction: moe_combine: and mul.f32 on line"},
    {"a packed product and sum, which ptxas fuses despite .rn", "moe_combine", "moe_combine.cu",
     "__fmaf_rn", kPackedPair, "", "contraction: moe_combine: and mul.rn.f32x2 on line"},
    {"two roundings in place of one", "moe_combine", "moe_combine.cu", "__fmaf_rn",
     "[](float a, float b, float c) { return __fadd_rn(__fmul_rn(a, b), c); }", "",
     "budget: moe_combine: FFMA: 0, expected"},
    {"an approximate division", "moe_hidden", "convert.cuh", "__fdiv_rn", "__fdividef", "",
     "division: moe_quantize_hidden: its error is bounded"},
    {"subnormals become zero", "moe_hidden", "convert.cuh", "", "", "-ftz=true",
     "ftz: moe_quantize_hidden: subnormal"},
    {"a conversion in software", "moe_hidden", "convert.cuh", "__nv_cvt_float_to_fp8(",
     "__nv_cvt_double_to_fp8(", "",
     "software_conversion: moe_quantize_hidden: the header converts in software"},
    {"a conversion that does not saturate", "moe_hidden", "convert.cuh", "__NV_SATFINITE",
     "__NV_NOSAT", "", "require: moe_quantize_hidden: no instruction contains cvt.rn.satfinite"},
    {"registers that spill", "moe_combine", "moe_combine.cu", "", "", "-maxrregcount=16",
     "budget: moe_combine: LDL:"},
    {"an array in local memory", "moe_combine", "moe_combine.cu", "const float score = ",
     "volatile float scores[64] = {}; scores[j % 64] = call.scores[slot]; const float score = "
     "scores[call.experts[slot] % 64] + ",
     "", "budget: moe_combine: stack_bytes: 256, expected 0"},
    {"a kernel without a budget", "moe_combine", "moe_combine.cu", "void moe_combine(",
     "void moe_merge(", "", "budget: moe_merge: has no budget"},
};

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; !from.empty() && (at = text.find(from, at)) != text.npos;
       at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// The image for sm_110a of a family whose files are those of the repository, but for one.
std::string compile(const Mutant& mutant) {
  const TemporaryFolder folder = test_folder();
  const std::filesystem::path kernels = folder.path() / "cuda/kernels", output = folder / "image";
  std::filesystem::create_directories(kernels);
  const std::string source = std::string(ASSAY_SOURCES "/cuda/kernels/");
  for (const std::string& file : {mutant.family + std::string(".cu"), std::string(mutant.file)})
    std::ofstream(kernels / file) << replace_all(read_file(source + file), mutant.from, mutant.to);
  const std::string command = fmt::format(
      "'{}' -fatbin {} {} -gencode arch=compute_110a,code=[sm_110a,compute_110a] -I '{}' -I '{}' "
      "'{}/{}.cu' -o '{}' 2>/dev/null",
      ASSAY_NVCC, ASSAY_KERNEL_CODE_FLAGS, mutant.options, folder.path().string(), ASSAY_SOURCES,
      kernels.string(), mutant.family, output.string());
  if (std::system(command.c_str()) != 0) return {};
  return read_file(output);
}

TEST(KernelMutants, WhatIsShippedPassesWhenItIsCompiledHere) {
  for (const char* family : {"moe_combine", "moe_hidden"}) {
    const std::string image = compile({"", family, "convert.cuh", "", "", "", ""});
    ASSERT_FALSE(image.empty()) << family;
    EXPECT_EQ(findings_in(image, family), std::vector<std::string>{}) << family;
  }
}

TEST(KernelMutants, EachIsFoundByTheRuleThatIsMeantForIt) {
  for (const Mutant& mutant : kMutants) {
    const std::string image = compile(mutant);
    ASSERT_FALSE(image.empty()) << mutant.what;
    const auto findings = findings_in(image, mutant.family);
    const auto names_it = [&](const std::string& text) {
      return text.find(mutant.finding) != text.npos;
    };
    EXPECT_TRUE(std::ranges::any_of(findings, names_it))
        << mutant.what << ": " << fmt::format("{}", fmt::join(findings, "\n"));
  }
}

}  // namespace
}  // namespace assay::cuda
