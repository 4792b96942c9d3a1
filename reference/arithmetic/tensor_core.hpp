// SPDX-License-Identifier: Apache-2.0
// What a tensor core computes for one element of D = A * B + C, by instruction and target, and how
// well each parameter is known. Nothing here was measured by this project: the evidence of a model
// names who did (docs/tensor_cores.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/arithmetic/fused_sum.hpp"
#include "reference/format/format.hpp"
#include "reference/result.hpp"

namespace assay {

// mma_m8n8k4 is PTX's mma of that shape, which Volta has; later targets run it otherwise than mma.
enum class MmaInstruction : std::uint8_t { mma, mma_m8n8k4, wgmma, tcgen05 };

// fused: the instruction is fused_dot. block_scaled: it is scaled_dot. two_f16_mmas: ptxas expands
// it into conversions to binary16, two f16 MMAs over the products with k mod 4 in {0, 1} and {2,
// 3}, and an ordinary addition of C. fma_chain: ptxas expands it into ordinary binary32 operations,
// all rounded to nearest even. Of four products p, C + fma(p3, fma(p2, fma(p1, fma(p0, +0)))); with
// C in binary16, which is rounded to last, (C + fma(p1, p0)) + fma(p3, p2).
enum class MmaLowering : std::uint8_t { fused, block_scaled, two_f16_mmas, fma_chain };

// hardware: outputs of that GPU, published by others, agree bit for bit. simulator: MMA-Sim's
// parameters, which its authors tested on hardware. compiler: the machine code that ptxas 13.0
// makes of it consists of IEEE 754's operations. assumed: from another target, by analogy.
enum class Evidence : std::uint8_t { hardware, simulator, compiler, assumed };

std::string_view evidence_name(Evidence evidence);

std::string_view mma_instruction_name(MmaInstruction instruction);  // "mma", "mma.m8n8k4", ...
std::string_view mma_lowering_name(MmaLowering lowering);           // "fused", "two_f16_mmas", ...
std::string_view sum_rounding_name(SumRounding rounding);  // "rz_f32", "rz_e8m13", "rn_f16"

struct TensorCoreModel {
  std::string name;         // "sm_100/mma.f16": target, instruction, operands; with accumulator
                            // binary16 "sm_100/mma.f16.f16"
  std::string_view target;  // "sm_100"
  MmaInstruction instruction = MmaInstruction::mma;
  // "f16", "bf16", "tf32", "fp8" (e4m3 and e5m2, in any mix), "f8f6f4" (those, e2m3, e3m2 and e2m1,
  // in any mix); with block scales "mxf8f6f4" (the same), "mxf4" and "mxf4nvf4" (e2m1).
  std::string_view operands;
  Format accumulator = Format::f32;  // of C and D: f32 or f16
  MmaLowering lowering = MmaLowering::fused;
  FusedStep step;  // of fma_chain, only `products` has a meaning
  Evidence products, fraction_bits, zero_exponent, rounding;
  std::string_view source;  // whose data or model, and what it leaves open
};

std::span<const TensorCoreModel> tensor_core_models();  // by target, instruction, operands

// Errors (usage): unknown, with the nearest name.
Result<const TensorCoreModel*> find_tensor_core_model(std::string_view name);

// What the model's elements may be, the usual one first.
std::span<const Format> operand_formats(const TensorCoreModel& model);

// A format of block scales, and how many elements of a row or a column one of them belongs to.
struct ScaleForm {
  Format format = Format::e8m0;
  int block = 32;

  bool operator==(const ScaleForm&) const = default;
};

// The usual one first; none where the lowering is not block_scaled.
std::span<const ScaleForm> scale_forms(const TensorCoreModel& model);

// The model of an instruction without block scales as PTX spells it on a target ("sm_100a"; the
// letter says nothing about arithmetic). Where a target runs mma_m8n8k4 as a short mma, it is that
// model. Errors (usage): a target without such an instruction, with what it has.
Result<const TensorCoreModel*> resolve_tensor_core(std::string_view target,
                                                   MmaInstruction instruction, Format a, Format b,
                                                   Format accumulator);

// Of the instructions in sequence: each step, with the products it takes (indices into the dot),
// and of an expansion the ordinary addition behind its steps.
struct TensorCoreTrace {
  std::vector<FusedStepTrace> steps;
  std::vector<std::vector<std::size_t>> products;  // of each step; of groups the first
  bool has_addition = false;
  std::uint32_t addend = 0, sum = 0;  // of the last one: C, and the MMAs' result
};

// The dot of a row and a column of any length; codes as in MmaOperand, c and the result as bits of
// the accumulator's format. Error (usage): a format that the model's operands are not, a length
// that its lowering cannot group. A trace is filled if there is one; of fma_chain it stays empty.
Result<std::uint32_t> tensor_core_dot(const TensorCoreModel& model, Format a_format,
                                      std::span<const std::uint32_t> a, Format b_format,
                                      std::span<const std::uint32_t> b, std::uint32_t c,
                                      TensorCoreTrace* trace = nullptr);

// Codes of block scales: a[j] belongs to elements [j * block, (j + 1) * block) of the row.
struct BlockScales {
  Format format = Format::e8m0;
  int block = 32;
  std::span<const std::uint32_t> a, b;
};

// The same of a model with block scales. The sign bit of a ue4m3 code is not read. Errors (usage):
// also scales that the model does not take or that are not as many as there are blocks, a length
// that is no multiple of the instruction's K.
Result<std::uint32_t> scaled_tensor_core_dot(const TensorCoreModel& model, Format a_format,
                                             std::span<const std::uint32_t> a, Format b_format,
                                             std::span<const std::uint32_t> b,
                                             const BlockScales& scales, std::uint32_t c,
                                             TensorCoreTrace* trace = nullptr);

}  // namespace assay
