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

  Format accumulator() const { return model->accumulator; }
};

struct DotOptions {
  std::string model, a, b, policy = "model";

  void add_to(CLI::App& verb);
  // Errors (usage): unknown names; a format that the model's operands are not.
  Result<DotChoice> parse() const;
};

struct DotResult {
  std::uint32_t code = 0;
  MmaDoubt doubt = MmaDoubt::none;  // only under DotPolicy::certified
};

// Products that fill up an instruction are -0, which changes no sum. The trace, if there is one, is
// filled under DotPolicy::model. Errors (usage): not as many codes; under the other rules, more
// than one instruction takes.
Result<DotResult> compute_dot(const DotChoice& choice, std::vector<std::uint32_t> a,
                              std::vector<std::uint32_t> b, std::uint32_t c,
                              TensorCoreTrace* trace = nullptr);

}  // namespace assay::cli
