// SPDX-License-Identifier: Apache-2.0
#include "conformance/mutants/mutant.hpp"

#include <algorithm>
#include <array>

#include "reference/suggest.hpp"

namespace assay {

std::span<const Mutant> mutants() {
  static const std::vector<Mutant> catalogue = [] {
    std::vector<Mutant> all = cast_mutants();
    for (std::vector<Mutant>& more : std::array{recipe_mutants(), static_fp8_mutants()})
      std::ranges::move(more, std::back_inserter(all));
    return all;
  }();
  return catalogue;
}

Result<const Mutant*> find_mutant(std::string_view name) {
  std::vector<std::string> known;
  for (const Mutant& mutant : mutants()) {
    if (mutant.name == name) return &mutant;
    known.push_back(mutant.name);
  }
  return fail(ErrorCode::usage, "mutant \"{}\" is unknown{}; assay mutate lists all", name,
              did_you_mean(name, known));
}

}  // namespace assay
