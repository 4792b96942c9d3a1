// SPDX-License-Identifier: Apache-2.0
// The boundary certificate of a cast: the complete list of runs of source values that share a code.
// A cast that is monotone on each sign and agrees with the certificate at the two ends of every run
// agrees everywhere, so a few hundred inputs prove what 2^32 would.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reference/format/cast.hpp"

namespace assay {

// Source bit patterns first..last (inclusive, increasing as unsigned integers, hence increasing in
// magnitude) that all give `code`.
struct CodeRun {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint32_t code = 0;

  bool operator==(const CodeRun&) const = default;
};

// Between two neighbouring finite codes: the midpoint, where the source represents it, and the code
// that owns it.
struct TiePoint {
  std::uint64_t source = 0;
  std::uint32_t code = 0;

  bool operator==(const TiePoint&) const = default;
};

struct BoundaryCertificate {
  Cast cast;
  // All source patterns from 0 up: zero, values, Inf, NaNs, then the same with the sign bit. A run
  // never joins numbers with NaNs, nor the two signs.
  std::vector<CodeRun> runs;
  std::vector<TiePoint> ties;  // in the order of the runs; none where rounding is directed

  bool operator==(const BoundaryCertificate&) const = default;
};

// Found by bisection on each sign, never by stepping through all sources; exact because every cast
// here is monotone in the magnitude within a sign, and on each sign's signalling and quiet NaNs.
BoundaryCertificate make_boundary_certificate(const Cast& cast);

}  // namespace assay
