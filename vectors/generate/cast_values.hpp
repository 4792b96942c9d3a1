// SPDX-License-Identifier: Apache-2.0
// Bit patterns to cast (docs/vectors.md, "Casts"). Where a cast decides is derived from the two
// formats alone, with exact arithmetic: no cast takes part in choosing what casts are tested with.
#pragma once

#include <cstdint>
#include <vector>

#include "vectors/generate/suite.hpp"

namespace assay {

// Every place where some rounding may change its mind, from both sides and of both signs: the
// midpoint of each two neighbouring magnitudes of `to` with the patterns 1 and 2 below and above
// and those 2^-9 and 2^-12 (relative) away; each magnitude with its neighbours; the step beyond the
// largest likewise; for all of these the places where a passage through binary32, bfloat16 or
// binary16 begins to move values onto them; zeros, ends of the subnormals, the largest value, Inf,
// quiet and signalling NaNs. Formats of more than 512 magnitudes are sampled: ends of each binade,
// and others by `seed`.
std::vector<std::uint64_t> boundary_sources(Format from, Format to, std::uint64_t seed);

// The sources of a case. Distributions: "boundaries", "all" (every pattern of a 16-bit format),
// "random_bits".
std::vector<std::uint64_t> cast_sources(const CastRecipe& recipe, std::uint64_t seed);

}  // namespace assay
