// SPDX-License-Identifier: Apache-2.0
// Block-scaled dots against the rules of docs/tensor_cores.md, "Block scales", read literally in
// binary64: it holds every term, and every sum of integers below 2^53, exactly.
#include <algorithm>
#include <limits>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "reference/arithmetic/scaled_dot_case.hpp"

namespace assay {
namespace {

// A term's value, and the exponent that it is aligned by; nothing where it counts as a zero.
struct LiteralTerm {
  double value = 0;
  std::optional<int> exponent;
};

std::uint32_t literal_sum(const FusedStep& step, std::vector<LiteralTerm> terms, float c) {
  terms.push_back({static_cast<double>(c), {}});
  if (c != 0) terms.back().exponent = std::max(-126, std::ilogb(c));
  int emax = std::numeric_limits<int>::min();
  for (const LiteralTerm& term : terms)
    emax = std::max(emax, term.exponent.value_or(step.zero_exponent));
  double sum = 0;
  for (const LiteralTerm& term : terms)
    sum += std::trunc(std::ldexp(term.value, step.fraction_bits - emax));
  return sum == 0 ? 0 : truncated(std::ldexp(sum, emax - step.fraction_bits));
}

int field_exponent(Format format, std::uint32_t code) {
  const FloatFormat& layout = format_info(format).layout;
  const auto field = static_cast<int>((code & layout.magnitude_mask()) >> layout.fraction_bits);
  return std::max(field, layout.has_zero ? 1 : 0) - layout.bias;
}

std::uint32_t literal(const TensorCoreModel& model, const Dot& x) {
  const std::size_t block = x.a.size() / x.a_scales.size();
  const auto group = static_cast<std::size_t>(model.step.group);
  std::vector<LiteralTerm> terms;
  for (std::size_t begin = 0; begin < x.a.size(); begin += group) {
    const std::uint32_t sa = x.a_scales[begin / block], sb = x.b_scales[begin / block];
    const double scale = decode(x.scale_format, sa) * decode(x.scale_format, sb);
    double sum = 0;
    bool is_zero = true;
    for (std::size_t k = begin; k < begin + group; ++k) {
      const double product = decode(x.format, x.a[k]) * decode(x.format, x.b[k]);
      sum += product;
      is_zero = is_zero && product == 0;
    }
    LiteralTerm term{sum * scale, {}};
    int exponent = field_exponent(x.scale_format, sa) + field_exponent(x.scale_format, sb);
    if (group == 1)
      exponent += field_exponent(x.format, x.a[begin]) + field_exponent(x.format, x.b[begin]);
    if (!is_zero && scale != 0) term.exponent = exponent;
    terms.push_back(term);
  }
  return literal_sum(model.step, terms, std::bit_cast<float>(x.c));
}

enum class Scaling { mxfp8, nvfp4, mxfp4 };

// Rows whose terms lie anywhere in the window: many are cut off, some all of them.
class RowMaker {
 public:
  Dot make(Scaling scaling) {
    const bool is_fp8 = scaling == Scaling::mxfp8, is_ue4m3 = scaling == Scaling::nvfp4;
    Dot x{.format = is_fp8 ? Format::e4m3 : Format::e2m1,
          .scale_format = is_ue4m3 ? Format::ue4m3 : Format::e8m0};
    const std::uint32_t sparsity = 1 + draw(4);
    for (int k = 0; k < (is_fp8 ? 32 : 64); ++k) {
      const bool is_zero = draw(sparsity) != 0;
      for (auto* codes : {&x.a, &x.b})
        codes->push_back(is_zero ? 0 : is_fp8 ? draw(0x7F) | draw(2) << 7 : draw(16));
    }
    for (int j = 0; j < (is_fp8 ? 1 : is_ue4m3 ? 4 : 2); ++j)
      for (auto* scales : {&x.a_scales, &x.b_scales})
        scales->push_back(is_ue4m3 ? draw(0x7F) : 0x60 + draw(0x40));
    x.c = draw(4) == 0 ? 0 : random_c();
    return x;
  }

 private:
  std::uint32_t draw(std::uint32_t values) {
    return static_cast<std::uint32_t>(random_() % values);
  }
  std::uint32_t random_c() {
    const auto integer = static_cast<std::int32_t>(random_());
    const int exponent = static_cast<int>(draw(80)) - 60;
    return std::bit_cast<std::uint32_t>(std::ldexp(static_cast<float>(integer), exponent));
  }

  std::mt19937 random_{7};
};

TEST(ScaledDot, EveryRowIsWhatTheRulesSayLiterally) {
  RowMaker maker;
  int inexact = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto scaling = static_cast<Scaling>(i % 3);
    const Dot x = maker.make(scaling);
    const TensorCoreModel& kind = model(scaling == Scaling::mxfp8 ? "mxf8f6f4" : "mxf4nvf4");
    const std::uint32_t result = compute(kind, x);
    ASSERT_EQ(result, literal(kind, x)) << i;
    TensorCoreModel wider = kind;
    wider.step.fraction_bits += 8;
    inexact += result != compute(wider, x) ? 1 : 0;
  }
  EXPECT_GT(inexact, 100);
}

}  // namespace
}  // namespace assay
