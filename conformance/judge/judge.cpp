// SPDX-License-Identifier: Apache-2.0
// From a target's result to the verdict on a case.
#include "conformance/judge/judge.hpp"

#include <algorithm>

#include "vectors/io/operators.hpp"

namespace assay {
namespace {

CaseStatus status_of(TargetOutcome outcome) {
  switch (outcome) {
    case TargetOutcome::completed:
      return CaseStatus::pass;
    case TargetOutcome::unsupported:
      return CaseStatus::unsupported;
    case TargetOutcome::rejected:
      return CaseStatus::rejected;
    case TargetOutcome::crashed:
      return CaseStatus::crash;
    case TargetOutcome::timed_out:
      return CaseStatus::timeout;
    case TargetOutcome::missing:
      return CaseStatus::missing;
    case TargetOutcome::garbage:
      return CaseStatus::fail;
  }
  return CaseStatus::fail;
}

// The first tensor of the result that the case does not have or has in another form; else empty.
std::string broken_form(const TensorViews& expected, const TensorViews& actual,
                        const std::vector<std::string>& names) {
  for (const auto& [name, view] : actual) {
    const auto match = expected.find(name);
    if (match == expected.end() || std::find(names.begin(), names.end(), name) == names.end()) {
      return fmt::format("{}: no such tensor among the case's results", name);
    }
    if (view.dtype != match->second.dtype || view.shape != match->second.shape) {
      return fmt::format("{}: is {} {}, expected {} {}", name, dtype_name(view.dtype),
                         shape_text(view.shape), dtype_name(match->second.dtype),
                         shape_text(match->second.shape));
    }
  }
  return "";
}

std::vector<TensorComparison> compare_all(const TensorViews& expected, const TensorViews& actual,
                                          const std::vector<std::string>& names) {
  std::vector<TensorComparison> comparisons;
  for (const std::string& name : names) {
    const auto a = actual.find(name);
    const auto e = expected.find(name);
    if (a == actual.end() || e == expected.end()) continue;
    if (a->second.dtype != e->second.dtype || a->second.shape != e->second.shape) continue;
    comparisons.push_back(compare_tensors(name, e->second, a->second));
  }
  return comparisons;
}

// The verdict on tensors that were returned, whatever they are.
void judge_tensors(const CaseFile& test_case, const TensorViews& actual, CaseVerdict& verdict) {
  const TensorViews expected = test_case.expected();
  // The schema of case descriptions lets no other operator through.
  const Operator& row = *find_operator(test_case.description.op).value();
  const std::vector<std::string> names = row.results();
  verdict.tensors = compare_all(expected, actual, names);
  verdict.reason = broken_form(expected, actual, names);
  const TensorComparison* divergence = verdict.first_divergence();
  if (verdict.reason.empty() && divergence != nullptr) {
    verdict.reason = fmt::format("{} differs first at {} ({} of {} elements)", divergence->tensor,
                                 shape_text(divergence->first->index), divergence->differing,
                                 divergence->elements);
  }
  if (!verdict.reason.empty()) {
    verdict.status = CaseStatus::fail;
  } else if (!actual.contains(kOutputTensor)) {
    verdict.status = CaseStatus::missing;
    verdict.reason = "the result has no tensor output";
  } else if (test_case.description.degenerate.empty()) {
    verdict.reason = row.weakness(test_case.description, expected);
    if (!verdict.reason.empty()) verdict.status = CaseStatus::weak;
  }
}

}  // namespace

std::string_view status_name(CaseStatus status) {
  constexpr std::array<std::string_view, kCaseStatuses.size()> kNames{
      "PASS", "WEAK", "FAIL", "REJECTED", "UNSUPPORTED", "CRASH", "TIMEOUT", "MISSING"};
  return kNames[static_cast<std::size_t>(status)];
}

bool is_failure(CaseStatus status) {
  return status != CaseStatus::pass && status != CaseStatus::weak &&
         status != CaseStatus::unsupported;
}

const TensorComparison* CaseVerdict::first_divergence() const {
  for (const TensorComparison& comparison : tensors) {
    if (comparison.differing > 0) return &comparison;
  }
  return nullptr;
}

CaseVerdict judge(const CaseFile& test_case, const TargetResult& result) {
  CaseVerdict verdict;
  verdict.id = test_case.description.id;
  verdict.notes = test_case.description.notes;
  verdict.status = status_of(result.outcome);
  verdict.reason = result.reason;
  if (result.outcome == TargetOutcome::completed) judge_tensors(test_case, result.tensors, verdict);
  return verdict;
}

}  // namespace assay
