// SPDX-License-Identifier: Apache-2.0
// What a tensor core computes for one element of D = A * B + C, by instruction and target, and how
// well each parameter is known. Nothing here was measured by this project: the evidence of a model
// names who did (docs/tensor_cores.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reference/arithmetic/fused_dot.hpp"
#include "reference/format/format.hpp"
#include "reference/result.hpp"

namespace assay {

enum class MmaInstruction : std::uint8_t { mma, wgmma, tcgen05 };

// fused: the instruction is fused_dot. two_f16_mmas: ptxas expands it into conversions to binary16,
// two f16 MMAs over the products with k mod 4 in {0, 1} and {2, 3}, and an ordinary addition of C.
enum class MmaLowering : std::uint8_t { fused, two_f16_mmas };

// hardware: outputs of that GPU, published by others, agree bit for bit. simulator: MMA-Sim's
// parameters, which its authors tested on hardware. assumed: from another target, by analogy.
enum class Evidence : std::uint8_t { hardware, simulator, assumed };

std::string_view mma_instruction_name(MmaInstruction instruction);

struct TensorCoreModel {
  std::string name;         // "sm_100/mma.f16": target, instruction, operands; with accumulator
                            // binary16 "sm_100/mma.f16.f16"
  std::string_view target;  // "sm_100"
  MmaInstruction instruction = MmaInstruction::mma;
  std::string_view operands;         // "f16", "bf16", "tf32", "fp8" (e4m3 and e5m2, in any mix)
  Format accumulator = Format::f32;  // of C and D: f32 or f16
  MmaLowering lowering = MmaLowering::fused;
  FusedStep step;
  Evidence products, fraction_bits, zero_exponent, rounding;
  std::string_view source;  // whose data or model, and what it leaves open
};

std::span<const TensorCoreModel> tensor_core_models();  // by target, instruction, operands

// Errors (usage): unknown, with the nearest name.
Result<const TensorCoreModel*> find_tensor_core_model(std::string_view name);

// The model of an instruction as PTX spells it on a target ("sm_100a"; the letter says nothing
// about arithmetic). Errors (usage): a target without such an instruction, with what it has.
Result<const TensorCoreModel*> resolve_tensor_core(std::string_view target,
                                                   MmaInstruction instruction, Format a, Format b,
                                                   Format accumulator);

// The dot of a row and a column of any length; codes as in MmaOperand, c and the result as bits of
// the accumulator's format. Error (usage): a format that the model's operands are not, a length
// that its lowering cannot group.
Result<std::uint32_t> tensor_core_dot(const TensorCoreModel& model, Format a_format,
                                      std::span<const std::uint32_t> a, Format b_format,
                                      std::span<const std::uint32_t> b, std::uint32_t c);

}  // namespace assay
