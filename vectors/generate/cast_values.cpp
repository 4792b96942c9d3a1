// SPDX-License-Identifier: Apache-2.0
#include "vectors/generate/cast_values.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "vectors/generate/philox.hpp"

namespace assay {
namespace {

using Patterns = std::vector<std::uint64_t>;

constexpr std::uint64_t kSampledAbove = 512;  // magnitudes of a destination

// The largest magnitude at or below a value that is not negative. Magnitudes order as their
// patterns do, so bisection finds it.
std::uint64_t at_or_below(Format format, double value) {
  std::uint64_t low = 0, above = format_info(format).layout.infinity_code() + 1;
  while (above - low > 1) {
    const std::uint64_t middle = low + (above - low) / 2;
    (decode(format, middle) <= value ? low : above) = middle;
  }
  return low;
}

// The magnitude after the largest, were there one.
double step_beyond(double largest, const FloatFormat& layout) {
  return largest + std::ldexp(1.0, std::ilogb(largest) - layout.fraction_bits);
}

// Collects magnitudes of the source format. Values are binary64 and exact: at most 24 significant
// bits, and midpoints one more.
class Magnitudes {
 public:
  explicit Magnitudes(Format format) : format_(format), layout_(format_info(format).layout) {}

  // The largest magnitude at or below the value, and `reach` neighbours on each side.
  void add_near(double value, std::uint64_t reach) {
    const std::uint64_t at = at_or_below(format_, value);
    for (std::uint64_t i = at - std::min(at, reach); i <= at + reach; ++i)
      add(i);
  }
  void add(std::uint64_t magnitude) {
    patterns_.push_back(std::min(magnitude, layout_.magnitude_mask()));
  }

  Format format() const { return format_; }
  const FloatFormat& layout() const { return layout_; }

  // Each once, positive ones first.
  Patterns with_both_signs() && {
    std::ranges::sort(patterns_);
    patterns_.erase(std::unique(patterns_.begin(), patterns_.end()), patterns_.end());
    const std::size_t count = patterns_.size();
    for (std::size_t i = 0; i < count; ++i)
      patterns_.push_back(patterns_[i] | (std::uint64_t{1} << layout_.sign_shift()));
    return std::move(patterns_);
  }

 private:
  Format format_;
  FloatFormat layout_;
  Patterns patterns_;
};

// Where a detour through a narrower source format begins to move values onto this one: half of the
// way to its neighbours there.
void add_detours(Magnitudes& magnitudes, double value) {
  for (const Format narrow : {Format::f32, Format::bf16, Format::f16}) {
    if (format_bytes(narrow) >= format_bytes(magnitudes.format())) continue;
    const FloatFormat& layout = format_info(narrow).layout;
    const std::uint64_t at = std::min(at_or_below(narrow, value), layout.max_code());
    const double here = decode(narrow, at);
    const double next =
        at == layout.max_code() ? step_beyond(here, layout) : decode(narrow, at + 1);
    magnitudes.add_near(here + (next - here) / 2, 1);
    if (at > 0) magnitudes.add_near(here - (here - decode(narrow, at - 1)) / 2, 1);
  }
}

// Inf, and NaNs whose leading fraction bits, as many as the destination keeps, are each number; of
// many bits, each single bit.
void add_payloads(Magnitudes& magnitudes, const FloatFormat& to) {
  const FloatFormat& from = magnitudes.layout();
  const int kept = std::min(to.fraction_bits, from.fraction_bits);
  const std::uint64_t unit = std::uint64_t{1} << (from.fraction_bits - kept);
  for (std::uint64_t payload = 0; payload >> kept == 0;
       payload = kept <= 3 ? payload + 1 : std::max<std::uint64_t>(1, 2 * payload)) {
    const std::uint64_t first = from.infinity_code() + payload * unit;
    for (const std::uint64_t magnitude : {first - 1, first, first + 1})
      magnitudes.add(magnitude);
  }
}

void add_specials(Magnitudes& magnitudes) {
  const FloatFormat& layout = magnitudes.layout();
  const std::uint64_t quiet = layout.quiet_nan_code();
  for (const std::uint64_t magnitude :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, layout.min_normal_code() - 1,
        layout.min_normal_code(), layout.max_code(), quiet - 1, quiet, quiet + 1,
        layout.magnitude_mask()})
    magnitudes.add(magnitude);
  add_detours(magnitudes, 0);
  add_detours(magnitudes, decode(magnitudes.format(), layout.max_code()));
}

void add_value(Magnitudes& magnitudes, double value) {
  magnitudes.add_near(value, 1);
  add_detours(magnitudes, value);
}

void add_midpoint(Magnitudes& magnitudes, double midpoint) {
  magnitudes.add_near(midpoint, 2);
  add_detours(magnitudes, midpoint);
  for (const double part : {0x1p-9, 0x1p-12}) {
    magnitudes.add_near(midpoint - midpoint * part, 0);
    magnitudes.add_near(midpoint + midpoint * part, 0);
  }
}

// The magnitudes of the destination whose upward neighbourhood is covered.
Patterns chosen_codes(const FloatFormat& layout, const RandomStream& random) {
  Patterns codes;
  if (layout.max_code() <= kSampledAbove) {
    codes.resize(layout.max_code() + 1);
    std::iota(codes.begin(), codes.end(), std::uint64_t{0});
    return codes;
  }
  const std::uint64_t binades = (layout.max_code() >> layout.fraction_bits) + 1;
  const std::uint64_t others = kSampledAbove / binades;
  for (std::uint64_t binade = 0; binade < binades; ++binade) {
    const std::uint64_t first = binade << layout.fraction_bits;
    codes.insert(codes.end(), {first, first + 1, first | layout.fraction_mask()});
    for (std::uint64_t i = 0; i < others; ++i)
      codes.push_back(first | (random.word(binade * others + i) & layout.fraction_mask()));
  }
  return codes;
}

Patterns all_patterns(Format format) {
  Patterns patterns(std::size_t{1} << (8 * format_bytes(format)));
  std::iota(patterns.begin(), patterns.end(), std::uint64_t{0});
  return patterns;
}

Patterns random_patterns(Format format, std::int64_t count, const RandomStream& random) {
  Patterns patterns(static_cast<std::size_t>(count));
  const int unused = 64 - 8 * static_cast<int>(format_bytes(format));
  for (std::size_t i = 0; i < patterns.size(); ++i)
    patterns[i] = ((std::uint64_t{random.word(2 * i)} << 32) | random.word(2 * i + 1)) >> unused;
  return patterns;
}

}  // namespace

std::vector<std::uint64_t> boundary_sources(Format from, Format to, std::uint64_t seed) {
  const FloatFormat& layout = format_info(to).layout;
  Magnitudes magnitudes(from);
  add_specials(magnitudes);
  add_payloads(magnitudes, layout);
  const auto value_of = [&](std::uint64_t code) { return decode(to, code << layout.padding_bits); };
  if (!layout.has_zero) add_midpoint(magnitudes, value_of(0) / 2);
  for (const std::uint64_t code : chosen_codes(layout, RandomStream(seed, "values/codes"))) {
    const double value = value_of(code);
    const double next = code >= layout.max_code() ? step_beyond(value, layout) : value_of(code + 1);
    add_value(magnitudes, value);
    add_value(magnitudes, next);
    add_midpoint(magnitudes, value + (next - value) / 2);
  }
  return std::move(magnitudes).with_both_signs();
}

std::vector<std::uint64_t> cast_sources(const CastRecipe& recipe, std::uint64_t seed) {
  const Format from = recipe.cast.from;
  if (recipe.distribution == "all") return all_patterns(from);
  if (recipe.distribution == "random_bits")
    return random_patterns(from, recipe.count, RandomStream(seed, "values"));
  return boundary_sources(from, recipe.cast.to, seed);
}

}  // namespace assay
