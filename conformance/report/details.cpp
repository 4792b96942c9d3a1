// SPDX-License-Identifier: Apache-2.0
// A failed case in full.
#include "conformance/report/details.hpp"

#include "conformance/target/printable.hpp"

namespace assay {
namespace {

std::string distance_text(std::int64_t max_ulp) {
  if (max_ulp >= kNanDistance) return "NaN against a number";
  return fmt::format("at most {} ulp apart", max_ulp);
}

}  // namespace

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
      text +=
          fmt::format("differs   {}: {} of {} elements, {}\n", comparison.tensor,
                      comparison.differing, comparison.elements, distance_text(comparison.max_ulp));
    }
  }
  if (!verdict.notes.empty()) text += fmt::format("notes     {}\n", printable(verdict.notes));
  return text + fmt::format("repro     {}\n", printable(report.repro_command(verdict)));
}

}  // namespace assay
