// SPDX-License-Identifier: Apache-2.0
// A failed case in full, and how far its tensors are off.
#include "conformance/report/details.hpp"

#include <fmt/ranges.h>

#include "conformance/target/printable.hpp"

namespace assay {
std::string distance_text(const TensorComparison& comparison) {
  std::vector<std::string> parts;
  if (comparison.max_ulp > 0)
    parts.push_back(fmt::format("at most {} ulp apart", comparison.max_ulp));
  if (comparison.nan_against_number > 0)
    parts.push_back(fmt::format("{} NaN against a number", comparison.nan_against_number));
  return fmt::format("{}", fmt::join(parts, ", "));
}

nlohmann::json max_ulp_json(const TensorComparison& comparison) {
  if (comparison.nan_against_number > 0) return nullptr;
  return comparison.max_ulp;
}

std::string failure_details(const RunReport& report, const CaseVerdict& verdict) {
  std::string text = fmt::format("reason    {}\n", printable(verdict.reason));
  if (const TensorComparison* divergence = verdict.first_divergence(); divergence != nullptr) {
    const Divergence& first = *divergence->first;
    text += fmt::format("first     {} {}\n", first.tensor, shape_text(first.index));
    text += fmt::format("expected  {}\n", describe_bits(first.dtype, first.expected_bits));
    text += fmt::format("actual    {}\n", describe_bits(first.dtype, first.actual_bits));
  }
  for (const TensorComparison& comparison : verdict.tensors) {
    if (comparison.differing == 0) {
      text += fmt::format("equal     {}\n", comparison.tensor);
    } else {
      text += fmt::format("differs   {}: {} of {} elements, {}\n", comparison.tensor,
                          comparison.differing, comparison.elements, distance_text(comparison));
    }
  }
  if (!verdict.notes.empty()) text += fmt::format("notes     {}\n", printable(verdict.notes));
  return text + fmt::format("repro     {}\n", printable(report.repro_command(verdict)));
}

}  // namespace assay
