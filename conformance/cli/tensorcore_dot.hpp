// SPDX-License-Identifier: Apache-2.0
// What assay tensorcore computes: which model, of which operands, under which rule.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "reference/arithmetic/mma_tile.hpp"

namespace assay::cli {

// As the emulator has them: the model of the instruction; a chain of fused multiply-adds; the same,
// where every implementation must return it.
enum class DotPolicy : std::uint8_t { model, fma, certified };

std::string_view dot_policy_name(DotPolicy policy);

struct DotChoice {
  const TensorCoreModel* model = nullptr;
  Format a = Format::f16, b = Format::f16;
  DotPolicy policy = DotPolicy::model;
  ScaleForm scales;  // where has_scales()

  Format accumulator() const { return model->accumulator; }
  bool has_scales() const { return model->lowering == MmaLowering::block_scaled; }
};

struct DotOptions {
  std::string model, a, b, policy = "model", scale_format;
  int block = 0;  // 0: the usual one of the scale format

  void add_to(CLI::App& verb);
  // Errors (usage): unknown names; a format or scales that the model does not take; another policy
  // than the model for block scales.
  Result<DotChoice> parse() const;
};

// Codes of a row, a column, and of the scales of their blocks.
struct DotOperands {
  std::vector<std::uint32_t> a, b, a_scales, b_scales;
  std::uint32_t c = 0;
};

struct DotResult {
  std::uint32_t code = 0;
  MmaDoubt doubt = MmaDoubt::none;  // only under DotPolicy::certified
};

// Products that fill up an instruction are -0, which changes no sum, and so are scales, with 1. The
// trace, if there is one, is filled under DotPolicy::model. Errors (usage): not as many codes; more
// scales than blocks; under the other rules, more than one instruction takes.
Result<DotResult> compute_dot(const DotChoice& choice, DotOperands operands,
                              TensorCoreTrace* trace = nullptr);

}  // namespace assay::cli
