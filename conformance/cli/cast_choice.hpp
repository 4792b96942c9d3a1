// SPDX-License-Identifier: Apache-2.0
// Which casts a command means: --from, --to, --policy, --rounding.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "reference/format/cast.hpp"

namespace assay::cli {

struct CastChoice {
  std::optional<Format> from;  // else f32, or what a file holds
  Format to = Format::e4m3;
  std::optional<CastPolicy> policy;  // else all
  std::optional<Rounding> rounding;  // else the policy's default, or all

  Format from_or_f32() const { return from.value_or(Format::f32); }

  // At least one. Error (usage): no such cast.
  Result<std::vector<Cast>> casts() const;
  // Of one policy. Errors (usage): none is chosen, with those there are; no such cast.
  Result<Cast> cast_from(Format source) const;
};

struct CastChoiceOptions {
  std::string from, to, policy, rounding;  // empty: not given

  void add_to(CLI::App& verb);
  // Errors (usage): unknown names.
  Result<CastChoice> parse() const;
};

}  // namespace assay::cli
