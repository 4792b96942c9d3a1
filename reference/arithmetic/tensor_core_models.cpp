// SPDX-License-Identifier: Apache-2.0
// The table of models. Parameters: docs/tensor_cores.md, which names the two studies they come from
// and the published GPU outputs that they reproduce.
#include <algorithm>
#include <tuple>
#include <vector>

#include "reference/arithmetic/tensor_core.hpp"
#include "reference/suggest.hpp"

namespace assay {
namespace {

using Targets = std::vector<std::string_view>;

// How well a family's parameters are known on the targets where they are known best, and from whom.
// The exponent of zero is MMA-Sim's everywhere: no published row depends on it.
struct Basis {
  Evidence products, fraction_bits, rounding;
  std::string_view source;
};

constexpr Evidence kHardware = Evidence::hardware;
constexpr Evidence kSimulator = Evidence::simulator;
constexpr Basis kRows{kHardware, kHardware, kHardware, "GPU rows published with arXiv 2512.07004"};
constexpr Basis kF16Rows{kHardware, kSimulator, kHardware,
                         "GPU rows published with arXiv 2512.07004, which hardly see the fraction "
                         "bits; those from MMA-Sim (arXiv 2511.10909)"};
constexpr Basis kShortRows{kSimulator, kHardware, kHardware,
                           "GPU rows published with arXiv 2512.07004, no longer than a step; the "
                           "products of a step from MMA-Sim (arXiv 2511.10909)"};
constexpr Basis kShortF16Rows{kSimulator, kSimulator, kHardware,
                              "GPU rows published with arXiv 2512.07004, no longer than a step, "
                              "which hardly see the fraction bits; those and the products of a "
                              "step from MMA-Sim (arXiv 2511.10909)"};
constexpr Basis kZeroCRows{kHardware, kHardware, kHardware,
                           "GPU rows published with arXiv 2512.07004, with c = 0"};
constexpr Basis kExpansion{kHardware, kHardware, kHardware,
                           "ptxas 13.0's expansion, which GPU rows published with arXiv 2512.07004 "
                           "confirm; the step is that of mma.f16"};
constexpr Basis kF16Expansion{kHardware, kSimulator, kHardware,
                              "ptxas 13.0's expansion, which GPU rows published with arXiv "
                              "2512.07004 confirm; the step is that of mma.f16.f16"};
constexpr Basis kFmas{Evidence::compiler, Evidence::compiler, Evidence::compiler,
                      "ptxas 13.0's expansion into binary32 FFMA and FADD, read from its output"};
constexpr Basis kMmaSim{kSimulator, kSimulator, kSimulator,
                        "MMA-Sim (arXiv 2511.10909), tested on hardware by its authors; no "
                        "published outputs"};
constexpr Evidence kAssumed = Evidence::assumed;
constexpr Basis kFp8Rules{kAssumed, kAssumed, kAssumed,
                          "FP8's by analogy: nobody has published FP6 or FP4 operands, and how "
                          "their subnormals are aligned is open"};
constexpr Basis kScaledFp8{kSimulator, kSimulator, kSimulator,
                           "MMA-Sim (arXiv 2511.10909) for FP8; FP6 and FP4 operands by analogy"};
constexpr Basis kNvfp4Rules{kAssumed, kAssumed, kAssumed,
                            "mxf4nvf4's by analogy: the same machine instruction"};

// One set of parameters, and the targets that have it: `known` as its basis says, `simulated` by
// MMA-Sim, `assumed` by analogy.
struct Family {
  MmaInstruction instruction;
  std::string_view operands;
  Format accumulator;
  FusedStep step;
  Basis basis;
  Targets known, simulated, assumed;
  MmaLowering lowering = MmaLowering::fused;
};

std::vector<Family> families() {
  using enum MmaInstruction;
  using enum SumRounding;
  constexpr auto f32 = Format::f32, f16 = Format::f16;
  constexpr auto kTwo = MmaLowering::two_f16_mmas;
  constexpr auto kFmaChain = MmaLowering::fma_chain, kScaled = MmaLowering::block_scaled;
  const Targets ampere{"sm_80", "sm_86", "sm_89"}, like_ampere{"sm_87", "sm_88"};
  const Targets blackwell{"sm_90", "sm_100"}, likewise{"sm_103", "sm_110", "sm_121"};
  const Targets since_ampere{"sm_80",  "sm_86",  "sm_87",  "sm_88",  "sm_89", "sm_90",
                             "sm_100", "sm_103", "sm_110", "sm_120", "sm_121"};
  // clang-format off
  return {
      {mma, "f16", f32, {4, 23, -131, rz_f32}, kRows, {"sm_70"}, {}, {}},
      {mma, "f16", f16, {4, 23, -20, rn_f16}, kF16Rows, {"sm_70"}, {}, {}},
      {mma, "f16", f32, {8, 24, -132, rz_f32}, kShortRows, ampere, {"sm_75"}, like_ampere},
      {mma, "f16", f16, {8, 24, -21, rn_f16}, kShortF16Rows, ampere, {"sm_75"}, like_ampere},
      {mma, "bf16", f32, {8, 24, -132, rz_f32}, kShortRows, ampere, {}, like_ampere},
      {mma, "tf32", f32, {4, 24, -132, rz_f32}, kShortRows, ampere, {}, like_ampere},
      {mma, "fp8", f32, {16, 13, -132, rz_e8m13}, kRows, {"sm_89"}, {}, {}},
      {mma, "fp8", f16, {16, 13, -21, rn_f16}, kF16Rows, {"sm_89"}, {}, {}},

      {mma, "f16", f32, {16, 25, -133, rz_f32}, kRows, blackwell, {"sm_120"}, likewise},
      {mma, "f16", f16, {16, 25, -22, rn_f16}, kF16Rows, blackwell, {"sm_120"}, likewise},
      {mma, "bf16", f32, {16, 25, -133, rz_f32}, kRows, blackwell, {"sm_120"}, likewise},
      {mma, "tf32", f32, {8, 25, -133, rz_f32}, kShortRows, blackwell, {"sm_120"}, likewise},
      {mma, "fp8", f32, {16, 25, -133, rz_f32}, kExpansion, {"sm_100"}, {}, {"sm_90", "sm_103", "sm_110"}, kTwo},
      {mma, "fp8", f16, {16, 25, -22, rn_f16}, kF16Expansion, blackwell, {}, {"sm_103", "sm_110"}, kTwo},
      {mma, "fp8", f32, {32, 25, -133, rz_f32}, kMmaSim, {"sm_120"}, {}, {"sm_121"}},
      {mma, "fp8", f16, {32, 25, -22, rn_f16}, kMmaSim, {"sm_120"}, {}, {"sm_121"}},

      {mma_m8n8k4, "f16", f32, {4, 0, 0, rz_f32}, kFmas, since_ampere, {}, {}, kFmaChain},
      {mma_m8n8k4, "f16", f16, {4, 0, 0, rn_f16}, kFmas, since_ampere, {}, {}, kFmaChain},

      {wgmma, "f16", f32, {16, 25, -133, rz_f32}, kMmaSim, {"sm_90"}, {}, {}},
      {wgmma, "f16", f16, {16, 25, -133, rn_f16}, kMmaSim, {"sm_90"}, {}, {}},
      {wgmma, "bf16", f32, {16, 25, -133, rz_f32}, kMmaSim, {"sm_90"}, {}, {}},
      {wgmma, "tf32", f32, {8, 25, -133, rz_f32}, kMmaSim, {"sm_90"}, {}, {}},
      {wgmma, "fp8", f32, {32, 13, -133, rz_e8m13}, kZeroCRows, {"sm_90"}, {}, {}},
      {wgmma, "fp8", f16, {32, 13, -133, rn_f16}, kMmaSim, {"sm_90"}, {}, {}},

      {tcgen05, "f16", f32, {16, 25, -133, rz_f32}, kMmaSim, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "f16", f16, {16, 25, -133, rn_f16}, kMmaSim, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "bf16", f32, {16, 25, -133, rz_f32}, kMmaSim, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "tf32", f32, {8, 25, -133, rz_f32}, kMmaSim, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "f8f6f4", f32, {32, 25, -133, rz_f32}, kFp8Rules, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "f8f6f4", f16, {32, 25, -133, rn_f16}, kFp8Rules, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "fp8", f32, {32, 25, -133, rz_f32}, kMmaSim, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "fp8", f16, {32, 25, -133, rn_f16}, kMmaSim, {"sm_100"}, {}, {"sm_103", "sm_110"}},
      {tcgen05, "mxf8f6f4", f32, {32, 25, -133, rz_f32}, kScaledFp8, {"sm_100"}, {}, {"sm_103", "sm_110"}, kScaled},
      {tcgen05, "mxf4", f32, {64, 35, -139, rz_f32, 16}, kNvfp4Rules, {"sm_100"}, {}, {"sm_103", "sm_110"}, kScaled},
      {tcgen05, "mxf4nvf4", f32, {64, 35, -139, rz_f32, 16}, kMmaSim, {"sm_100"}, {}, {"sm_103", "sm_110"}, kScaled},
  };
  // clang-format on
}

std::string model_name(std::string_view target, const Family& family) {
  return fmt::format("{}/{}.{}{}", target, mma_instruction_name(family.instruction),
                     family.operands, family.accumulator == Format::f16 ? ".f16" : "");
}

void append(std::vector<TensorCoreModel>& models, const Family& family) {
  constexpr Basis kByAnalogy{kAssumed, kAssumed, kAssumed, "assumed equal to another target"};
  // An expansion into ordinary operations has no exponent of zero to know.
  const Evidence known_zero = family.lowering == MmaLowering::fma_chain ? Evidence::compiler
                              : family.basis.products == kAssumed       ? kAssumed
                                                                        : kSimulator;
  for (const auto& [targets, basis, zero_exponent] :
       {std::tuple{family.known, family.basis, known_zero},
        std::tuple{family.simulated, kMmaSim, kSimulator},
        std::tuple{family.assumed, kByAnalogy, kAssumed}}) {
    for (const auto target : targets) {
      models.push_back({model_name(target, family), target, family.instruction, family.operands,
                        family.accumulator, family.lowering, family.step, basis.products,
                        basis.fraction_bits, zero_exponent, basis.rounding, basis.source});
    }
  }
}

// "sm_90" before "sm_100".
bool comes_before(const TensorCoreModel& a, const TensorCoreModel& b) {
  const auto key = [](const TensorCoreModel& model) {
    return std::tuple(model.target.size(), model.target, model.instruction);
  };
  return key(a) < key(b);
}

std::vector<TensorCoreModel> make_models() {
  std::vector<TensorCoreModel> models;
  for (const Family& family : families())
    append(models, family);
  std::ranges::stable_sort(models, comes_before);
  return models;
}

}  // namespace

std::string_view mma_instruction_name(MmaInstruction instruction) {
  switch (instruction) {
    case MmaInstruction::mma:
      return "mma";
    case MmaInstruction::mma_m8n8k4:
      return "mma.m8n8k4";
    case MmaInstruction::wgmma:
      return "wgmma";
    case MmaInstruction::tcgen05:
      return "tcgen05";
  }
  return "";
}

std::string_view mma_lowering_name(MmaLowering lowering) {
  switch (lowering) {
    case MmaLowering::fused:
      return "fused";
    case MmaLowering::block_scaled:
      return "block_scaled";
    case MmaLowering::two_f16_mmas:
      return "two_f16_mmas";
    case MmaLowering::fma_chain:
      return "fma_chain";
  }
  return "";
}

std::string_view sum_rounding_name(SumRounding rounding) {
  switch (rounding) {
    case SumRounding::rz_f32:
      return "rz_f32";
    case SumRounding::rz_e8m13:
      return "rz_e8m13";
    case SumRounding::rn_f16:
      return "rn_f16";
  }
  return "";
}

std::string_view evidence_name(Evidence evidence) {
  switch (evidence) {
    case Evidence::hardware:
      return "hardware";
    case Evidence::simulator:
      return "simulator";
    case Evidence::compiler:
      return "compiler";
    case Evidence::assumed:
      return "assumed";
  }
  return "";
}

std::span<const TensorCoreModel> tensor_core_models() {
  static const std::vector<TensorCoreModel> models = make_models();
  return models;
}

Result<const TensorCoreModel*> find_tensor_core_model(std::string_view name) {
  std::vector<std::string> names;
  for (const TensorCoreModel& model : tensor_core_models()) {
    if (model.name == name) return &model;
    names.push_back(model.name);
  }
  return fail(ErrorCode::usage, "unknown tensor-core model '{}'{}; see assay info models", name,
              did_you_mean(name, names));
}

}  // namespace assay
