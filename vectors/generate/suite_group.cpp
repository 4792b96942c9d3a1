// SPDX-License-Identifier: Apache-2.0
// What every operator's groups have in common: repetitions, ids and seeds. Case n of a repeated
// group draws from seed + n - 1.
#include "vectors/generate/suite_group.hpp"

#include <algorithm>
#include <array>

#include "vectors/generate/case_kind.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {

const CaseKind& find_case_kind(std::string_view op) {
  static const std::array kinds{moe_case_kind(),          cast_case_kind(),
                                quantize_case_kind(),     dequantize_case_kind(),
                                quantize_fp8_case_kind(), dequantize_fp8_case_kind()};
  return *std::ranges::find(kinds, op, &CaseKind::op);
}

Result<std::vector<CaseRecipe>> expand_group(const nlohmann::json& group, const std::string& prefix,
                                             const std::string& where) {
  ASSAY_TRY(check_seed(group["seed"], where + ": seed"));
  const std::string op = group["operator"];
  ASSAY_ASSIGN(const auto variants, find_case_kind(op).expand(group, where));
  std::vector<CaseRecipe> cases;
  for (const auto& [variant, recipe] : variants) {
    const std::string name = variant.empty() ? "case" : variant;
    for (std::uint64_t n = 1; n <= group.value("repeat", std::uint64_t{1}); ++n) {
      CaseRecipe& each = cases.emplace_back(recipe);
      each.id = fmt::format("{}/{}#{}", prefix, name, n);
      each.op = op;
      each.notes = group["notes"];
      each.degenerate = group.value("degenerate", "");
      each.seed = group["seed"].get<std::uint64_t>() + n - 1;
    }
  }
  return cases;
}

}  // namespace assay
