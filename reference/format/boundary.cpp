// SPDX-License-Identifier: Apache-2.0
// Boundary certificates by bisection. Nothing here knows the layout of the source: its Inf and NaN
// are found through `decode`, so every format that can be a source is served by the same lines.
#include "reference/format/boundary.hpp"

#include <cmath>

namespace assay {
namespace {

// The smallest magnitude in first..last for which `holds`, else last + 1. Precondition: once it
// holds, it holds for all larger ones.
template <typename Predicate>
std::uint64_t first_where(std::uint64_t first, std::uint64_t last, Predicate holds) {
  std::uint64_t end = last + 1;
  while (first < end) {
    const std::uint64_t middle = first + (end - first) / 2;
    if (holds(middle))
      end = middle;
    else
      first = middle + 1;
  }
  return end;
}

// One sign of the source: patterns sign | magnitude, magnitude from 0 to last.
struct HalfLine {
  Cast cast;
  std::uint64_t sign;
  std::uint64_t last;

  std::uint32_t code(std::uint64_t magnitude) const { return cast_code(cast, sign | magnitude); }
  double value(std::uint64_t magnitude) const { return std::fabs(decode(cast.from, magnitude)); }
};

void append_run(const CodeRun& run, std::vector<CodeRun>& runs) {
  const bool continues = !runs.empty() && runs.back().code == run.code;
  if (continues)
    runs.back().last = run.last;
  else
    runs.push_back(run);
}

// Splits first..last, on which the codes are monotone, into runs.
void append_runs(const HalfLine& line, std::uint64_t first, std::uint64_t last,
                 std::vector<CodeRun>& runs) {
  while (first <= last) {
    const std::uint32_t code = line.code(first);
    const std::uint64_t next =
        first_where(first, last, [&](std::uint64_t m) { return line.code(m) != code; });
    append_run({line.sign | first, line.sign | (next - 1), code}, runs);
    first = next;
  }
}

void append_all(const std::vector<CodeRun>& more, std::vector<CodeRun>& runs) {
  runs.insert(runs.end(), more.begin(), more.end());
}

// Zero may have a code of its own (an exponent-only format has none for it), so the monotone part
// starts above it. NaNs have no place in the order of values: they get runs of their own even where
// they share the code of Inf. Where a cast keeps a NaN's payload, its codes rise within the
// signalling and within the quiet NaNs.
std::vector<CodeRun> runs_of(const HalfLine& line) {
  const std::uint64_t first_nan =
      first_where(0, line.last, [&](std::uint64_t m) { return std::isnan(line.value(m)); });
  const std::uint64_t infinity = first_nan - 1;
  const std::uint64_t first_quiet_nan = infinity + (line.last - infinity + 1) / 2;
  std::vector<CodeRun> runs;
  append_runs(line, 0, 0, runs);
  append_runs(line, 1, infinity, runs);
  std::vector<CodeRun> nan_runs;
  append_runs(line, first_nan, first_quiet_nan - 1, nan_runs);
  append_runs(line, first_quiet_nan, line.last, nan_runs);
  append_all(nan_runs, runs);
  return runs;
}

bool are_neighbours(std::uint32_t a, std::uint32_t b) {
  return a + 1 == b || b + 1 == a;
}

bool rounds_to_nearest(const Cast& cast) {
  return cast.rounding == Rounding::rn || cast.rounding == Rounding::rna;
}

void append_ties(const HalfLine& line, const std::vector<CodeRun>& runs,
                 std::vector<TiePoint>& ties) {
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const CodeRun& below = runs[i - 1];
    const CodeRun& above = runs[i];
    const double sum =
        std::fabs(decode(line.cast.to, below.code)) + std::fabs(decode(line.cast.to, above.code));
    if (!are_neighbours(below.code, above.code) || !std::isfinite(sum)) continue;
    const double midpoint = sum / 2;
    const std::uint64_t magnitude =
        first_where(below.first & ~line.sign, above.last & ~line.sign,
                    [&](std::uint64_t m) { return line.value(m) >= midpoint; });
    if (line.value(magnitude) == midpoint)
      ties.push_back({line.sign | magnitude, line.code(magnitude)});
  }
}

}  // namespace

BoundaryCertificate make_boundary_certificate(const Cast& cast) {
  const std::uint64_t sign_bit = std::uint64_t{1} << (8 * format_bytes(cast.from) - 1);
  BoundaryCertificate certificate{cast, {}, {}};
  for (const std::uint64_t sign : {std::uint64_t{0}, sign_bit}) {
    const HalfLine line{cast, sign, sign_bit - 1};
    const std::vector<CodeRun> runs = runs_of(line);
    if (rounds_to_nearest(cast)) append_ties(line, runs, certificate.ties);
    append_all(runs, certificate.runs);
  }
  return certificate;
}

}  // namespace assay
