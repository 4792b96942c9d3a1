// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/cast_value.hpp"

#include <algorithm>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "conformance/cli/value_text.hpp"
#include "reference/format/convert.hpp"

namespace assay::cli {
namespace {

// The whole text as a number, rounded as the floating-point environment says.
std::optional<double> to_double(const std::string& text, int rounding) {
  const int before = std::fegetround();
  std::fesetround(rounding);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  std::fesetround(before);
  const bool is_number = end == text.c_str() + text.size() && !text.empty();
  return is_number ? std::optional(value) : std::nullopt;
}

// The two binary64 numbers around what was typed: equal where it is one.
struct Bracket {
  double below = 0, above = 0;

  // Rounding this one to a format of at most 51 bits rounds what was typed, as if once.
  double rounded_to_odd() const {
    return (std::bit_cast<std::uint64_t>(below) & 1) != 0 ? below : above;
  }
  bool is_exact() const { return std::isnan(below) || below == above; }
};

constexpr CastRules kTf32Rules{.overflow = kTf32.infinity_code(),
                               .infinity = kTf32.infinity_code(),
                               .positive_nan = kTf32.quiet_nan_code(),
                               .negative_nan = kTf32.quiet_nan_code()};

// The code of the nearest value. No cast rounds to tf32 with ties to even.
Result<std::uint64_t> round_to(Format from, const Bracket& typed, const std::string& text) {
  if (from == Format::f64)
    return std::bit_cast<std::uint64_t>(to_double(text, FE_TONEAREST).value());
  const double odd = typed.is_exact() ? typed.below : typed.rounded_to_odd();
  if (from == Format::f32) return std::bit_cast<std::uint32_t>(static_cast<float>(odd));
  if (!format_info(from).layout.has_sign && std::signbit(odd))
    return fail(ErrorCode::usage, "{}: {} has no sign", text, format_info(from).name);
  if (from == Format::tf32)
    return convert<kF64, kTf32>(std::bit_cast<std::uint64_t>(odd), kTf32Rules);
  ASSAY_ASSIGN(const Cast cast, nearest_cast(Format::f64, from));
  const std::uint64_t code = cast_code(cast, std::bit_cast<std::uint64_t>(odd));
  if (from == Format::e8m0 && std::isfinite(odd) && decode(from, code) != odd)
    return fail(ErrorCode::usage, "{}: is no power of two that e8m0 has", text);
  return code;
}

bool is_pattern(const std::string& text) {
  return (text.starts_with("0x") || text.starts_with("0X")) &&
         text.find_first_of(".pP") == std::string::npos;
}

double magnitude(Format format, std::uint64_t code) {
  return decode(format, code << format_info(format).layout.padding_bits);
}

// The largest magnitude code whose value is at most `value`; nothing below the smallest.
std::optional<std::uint64_t> floor_code(Format format, double value) {
  if (value < magnitude(format, 0)) return std::nullopt;
  std::uint64_t low = 0, high = format_info(format).layout.max_code();
  while (low < high) {
    const std::uint64_t middle = high - (high - low) / 2;
    if (magnitude(format, middle) <= value)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

// Of the magnitude: lower towards zero.
Neighbours magnitude_neighbours(Format to, double value) {
  const std::uint64_t max = format_info(to).layout.max_code();
  Neighbours result;
  result.lower = floor_code(to, value);
  const std::uint64_t base = std::min(result.lower.value_or(0), max - 1);
  result.ulp = magnitude(to, base + 1) - magnitude(to, base);
  if (!result.lower) {
    result.upper = 0;
  } else if (magnitude(to, *result.lower) == value) {
    result.upper = result.lower;
  } else {
    if (*result.lower < max) result.upper = *result.lower + 1;
    result.midpoint = magnitude(to, *result.lower) + result.ulp / 2;
    result.is_tie = value == *result.midpoint;
  }
  return result;
}

// Exact: a decimal or hexadecimal number, or where no long double holds it, a difference of two.
std::string distance_text(double value, double result, double ulp) {
  const auto text = [](long double x) {
    const auto narrow = static_cast<double>(x);
    if (static_cast<long double>(narrow) == x) return value_text(narrow);
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%La", x);
    return std::string(buffer);
  };
  const long double a = std::max(value, result), b = std::min(value, result);
  const long double difference = a - b;
  const long double b_back = a - difference;
  const long double error = (a - (difference + b_back)) + (b_back - b);
  if (error == 0) return text(difference / ulp);
  return text(a / ulp) + " - " + text(b / ulp);
}

CastResult apply(const Cast& cast, const SourceValue& source,
                 const std::optional<Neighbours>& neighbours) {
  CastResult result;
  result.code = cast_code(cast, source.bits);
  result.value = decode(cast.to, result.code);
  result.casts.push_back(cast);
  const double max = magnitude(cast.to, format_info(cast.to).layout.max_code());
  result.is_saturated = std::isfinite(result.value) && std::fabs(source.value) > max;
  if (neighbours && std::isfinite(result.value))
    result.distance_ulp = distance_text(source.value, result.value, neighbours->ulp);
  return result;
}

}  // namespace

Result<Cast> nearest_cast(Format from, Format to) {
  if (to == Format::ue4m3) to = Format::e4m3;
  const bool has_nan = format_info(to).layout.has_nan();
  return make_cast(from, to, has_nan ? CastPolicy::cuda_nosat : CastPolicy::cuda_satfinite);
}

Result<std::uint64_t> parse_code(Format format, const std::string& text) {
  const FloatFormat& layout = format_info(format).layout;
  const int bits = layout.bits() + layout.padding_bits;
  char* end = nullptr;
  errno = 0;
  const std::uint64_t code = std::strtoull(text.c_str(), &end, is_pattern(text) ? 16 : 10);
  const bool is_number = !text.empty() && std::isxdigit(static_cast<unsigned char>(text[0])) != 0 &&
                         end == text.c_str() + text.size();
  if (!is_number)
    return fail(ErrorCode::usage, "{}: is no code of {}, such as {}", text,
                format_info(format).name, code_hex(format, 1));
  if (errno == 0 && (bits == 64 || code >> bits == 0)) return code;
  return fail(ErrorCode::usage, "{}: has more than the {} bits of {}", text, bits,
              format_info(format).name);
}

Result<SourceValue> parse_source(Format from, const std::string& text) {
  SourceValue source;
  source.text = text;
  if (is_pattern(text)) {
    ASSAY_ASSIGN(source.bits, parse_code(from, text));
  } else {
    const auto below = to_double(text, FE_DOWNWARD), above = to_double(text, FE_UPWARD);
    if (!below || !above)
      return fail(ErrorCode::usage,
                  "{}: is neither a number nor a bit pattern (1.5, 0x1.8p0, inf, {})", text,
                  code_hex(from, 1));
    const Bracket typed{*below, *above};
    ASSAY_ASSIGN(source.bits, round_to(from, typed, text));
    const double value = decode(from, source.bits);
    source.is_rounded = !typed.is_exact() || (!std::isnan(value) && value != typed.below);
  }
  source.value = decode(from, source.bits);
  return source;
}

std::optional<Neighbours> find_neighbours(Format to, double value) {
  if (!std::isfinite(value)) return std::nullopt;
  const FloatFormat& layout = format_info(to).layout;
  const auto code = [&](std::optional<std::uint64_t> magnitude_code, bool negative) {
    if (!magnitude_code) return magnitude_code;
    const std::uint64_t sign = negative ? std::uint64_t{1} << layout.sign_shift() : 0;
    return std::optional((*magnitude_code | sign) << layout.padding_bits);
  };
  if (value < 0 && !layout.has_sign) {  // below all values
    Neighbours result = magnitude_neighbours(to, magnitude(to, 0));
    result.lower = std::nullopt;
    return result;
  }
  const bool negative = std::signbit(value) && layout.has_sign;
  Neighbours result = magnitude_neighbours(to, std::fabs(value));
  result.lower = code(result.lower, negative);
  result.upper = code(result.upper, negative);
  if (!negative) return result;
  std::swap(result.lower, result.upper);
  if (result.midpoint) result.midpoint = -*result.midpoint;
  return result;
}

CastReport report_casts(const SourceValue& source, const std::vector<Cast>& casts) {
  CastReport report{casts.front().to, source, find_neighbours(casts.front().to, source.value), {}};
  for (const Cast& cast : casts) {
    CastResult result = apply(cast, source, report.neighbours);
    const auto same = std::ranges::find(report.results, result.code, &CastResult::code);
    if (same == report.results.end())
      report.results.push_back(std::move(result));
    else
      same->casts.push_back(cast);
  }
  return report;
}

}  // namespace assay::cli
