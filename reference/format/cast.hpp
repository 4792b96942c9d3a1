// SPDX-License-Identifier: Apache-2.0
// Casts by name: from one of four source formats to any format, under the rules of a named library
// (docs/formats.md tells how each rounds, saturates and treats NaN, zero and negative values). A
// value is rounded once, from the source itself; binary64 passes through binary32 only under the
// policies of libraries that do so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "reference/format/cast_rules.hpp"
#include "reference/format/format.hpp"

namespace assay {

std::span<const std::string_view> cast_policy_names();  // in the order of the enumeration
std::string_view cast_policy_name(CastPolicy policy);
std::string_view rounding_name(Rounding rounding);
// Errors (usage): unknown, with the nearest name and all of them.
Result<CastPolicy> parse_cast_policy(std::string_view name);
Result<Rounding> parse_rounding(std::string_view name);

struct Cast {
  Format from = Format::f32;
  Format to = Format::e4m3;
  CastPolicy policy = CastPolicy::cuda_satfinite;
  Rounding rounding = Rounding::rn;

  bool operator==(const Cast&) const = default;
};

// Without a rounding: the policy's default for the destination. Errors (usage): a source other than
// f32, f16, bf16, f64; a policy that has no such destination or rounding, with those it has.
Result<Cast> make_cast(Format from, Format to, CastPolicy policy,
                       std::optional<Rounding> rounding = {});

// Every cast between the two formats, policies in order, each one's default rounding first.
std::vector<Cast> casts_between(Format from, Format to);

// The policies (with roundings) whose results equal this cast's for every input share one set of
// rules; the first of casts_between with those rules stands for all of them.
Cast canonical_cast(const Cast& cast);

// The rules of a cast, as far as they tell sources apart: what cannot happen from its source is
// left at its default. Precondition: the cast comes from make_cast or casts_between.
CastRules cast_rules(const Cast& cast);

// One value. Precondition: the cast comes from make_cast or casts_between.
std::uint32_t cast_code(const Cast& cast, std::uint64_t source_bits);

// Arrays: format_bytes(from) and format_bytes(to) bytes an element, little endian, equal counts.
void cast_array(const Cast& cast, std::span<const std::byte> source, std::span<std::byte> codes);

}  // namespace assay
