// SPDX-License-Identifier: Apache-2.0
// One value on its way into a format: what was typed, the codes around it, and what each cast makes
// of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reference/format/cast.hpp"

namespace assay::cli {

// A value of the source format.
struct SourceValue {
  std::string text;  // as typed
  std::uint64_t bits = 0;
  double value = 0;
  bool is_rounded = false;  // the number typed is not one of the format's
};

// cuda_nosat's cast, whose rules for the small formats are IEEE 754's; formats without NaN
// saturate. It returns every value of the format itself. For ue4m3 it is that to e4m3: codes with a
// sign are none of ue4m3's.
Result<Cast> nearest_cast(Format from, Format to);

// A bit pattern "0x3f900000", or a number: decimal, hexadecimal ("0x1.2p0"), inf or nan. A number
// is rounded once, to the nearest value of the source format, ties to even. Errors (usage):
// neither; a negative number for a format without a sign, for e8m0 another one than its powers of
// two.
Result<SourceValue> parse_source(Format from, const std::string& text);

// A bit pattern, or a decimal integer; of at most the format's bits. Error (usage).
Result<std::uint64_t> parse_code(Format format, const std::string& text);

// Where a finite value lies among the finite values of a format.
struct Neighbours {
  std::optional<std::uint64_t> lower, upper;  // codes; equal where the value is one of the format's
  // Halfway between the two; above the largest value, halfway to what would be the next one.
  std::optional<double> midpoint;
  double ulp = 0;  // the distance of the two; else of the nearest two
  bool is_tie = false;
};

// Nothing for NaN and Inf.
std::optional<Neighbours> find_neighbours(Format to, double value);

// What some casts agree on.
struct CastResult {
  std::uint64_t code = 0;
  double value = 0;
  bool is_saturated = false;  // a finite result for a larger value
  std::string distance_ulp;   // exact; empty where source or result is not finite
  std::vector<Cast> casts;
};

struct CastReport {
  Format to;
  SourceValue source;
  std::optional<Neighbours> neighbours;
  std::vector<CastResult> results;  // one a code, in the order of the first cast

  void print() const;
  nlohmann::json json() const;
};

CastReport report_casts(const SourceValue& source, const std::vector<Cast>& casts);

}  // namespace assay::cli
