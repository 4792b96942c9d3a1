// SPDX-License-Identifier: Apache-2.0
// The judge: compares a target's tensors with the expected ones of a case, bit by bit. It never
// computes expected bits. In binary32 tensors every NaN equals every NaN (payloads are not
// specified); everything else, -0 included, is compared as a bit pattern (docs/numerics.md, section
// 7).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/target/target.hpp"
#include "vectors/io/case_file.hpp"

namespace assay {

enum class CaseStatus { pass, weak, fail, rejected, unsupported, crash, timeout, missing };

// All of them, in the order of the enumeration and of reports.
inline constexpr std::array kCaseStatuses{
    CaseStatus::pass,        CaseStatus::weak,  CaseStatus::fail,    CaseStatus::rejected,
    CaseStatus::unsupported, CaseStatus::crash, CaseStatus::timeout, CaseStatus::missing};

std::string_view status_name(CaseStatus status);  // "PASS", "WEAK", ...

// The target did not deliver the case's bits: everything but pass, weak and unsupported.
bool is_failure(CaseStatus status);

// The first element of a tensor that differs.
struct Divergence {
  std::string tensor;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> index;
  std::uint64_t expected_bits = 0;
  std::uint64_t actual_bits = 0;
};

struct TensorComparison {
  std::string tensor;
  std::int64_t elements = 0;
  std::int64_t differing = 0;
  // Elements that are NaN on one side only: they have no distance.
  std::int64_t nan_against_number = 0;
  // Of the others: largest distance in codes of the ordered format (... -2^-149, -0, +0, 2^-149
  // ...), so 1 from -0 to +0; in integers the difference.
  std::int64_t max_ulp = 0;
  std::optional<Divergence> first;
  // Those that differ by a distance in (2^(b-1), 2^b], so 1, 2, 3..4, 5..8, ...; farther ones
  // are in the last bucket.
  std::array<std::int64_t, 33> ulp_histogram{};
};

struct CaseVerdict {
  std::string id;
  CaseStatus status = CaseStatus::pass;
  std::string reason;                     // one line, for every status but pass
  std::string notes;                      // the case's own: what it aims at
  std::vector<TensorComparison> tensors;  // compared ones, in dataflow order, output last
  double seconds = 0;                     // set by whoever ran the case

  // The comparison of the first stage in dataflow order that differs; null if none does.
  const TensorComparison* first_divergence() const;
};

// Compares one pair; shapes and dtypes must agree (a difference there is the caller's FAIL).
TensorComparison compare_tensors(const std::string& name, const TensorView& expected,
                                 const TensorView& actual);

// PASS: every compared tensor equal. WEAK: equal, but the operator finds that nearly all expected
// bits are zero, NaN or saturated (Operator::weakness), and the case does not declare that as its
// aim. FAIL: a bit differs, a tensor has the wrong dtype or shape or a name that the case does not
// have, or the result file cannot be read. MISSING: no result, or no output in it. Stages are
// compared where the target returns them.
CaseVerdict judge(const CaseFile& test_case, const TargetResult& result);

}  // namespace assay
