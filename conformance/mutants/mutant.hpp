// SPDX-License-Identifier: Apache-2.0
// The catalogue of mutants: plausible wrong implementations of casts, recipes and static FP8. A
// suite that one of them passes is not worth its name (docs/mutants.md).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vectors/io/operators.hpp"

namespace assay {

struct Mutant {
  std::string name;         // "cast.e4m3.ties_away"
  std::string op;           // the operator whose cases it answers
  std::string imitates;     // what people call it: "f32 to e4m3, cuda_satfinite"
  std::string description;  // what it does wrong, in one line
  // Whether a case of the operator asks for what the mutant imitates.
  std::function<bool(const Attributes&)> applies;
  // Like Operator::run, with every stage.
  std::function<Result<Tensors>(const CaseDescription&, const TensorViews& inputs)> run;
};

// In the order of docs/mutants.md; names are unique.
std::span<const Mutant> mutants();
// Error (usage): unknown, with the nearest name.
Result<const Mutant*> find_mutant(std::string_view name);

// Parts of the catalogue.
std::vector<Mutant> cast_mutants();
std::vector<Mutant> recipe_mutants();
std::vector<Mutant> static_fp8_mutants();

}  // namespace assay
