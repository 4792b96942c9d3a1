// SPDX-License-Identifier: Apache-2.0
// setp, set, selp, slct and testp against PTX ISA 9.0, sections 9.7.6, 9.7.7 and 9.7.3.1.
#include <cmath>

#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;

// The meaning of each comparison, where no operand is NaN.
template <typename T>
bool compare(const std::string& name, T a, T b) {
  const std::string base = name.substr(0, 2);
  if (base == "eq") return a == b;
  if (base == "ne") return a != b;
  if (base == "lt" || base == "lo") return a < b;
  if (base == "le" || base == "ls") return a <= b;
  if (base == "gt" || base == "hi") return a > b;
  return a >= b;  // ge, hs
}

// 9.7.6.2: ordered comparisons of NaN are false, unordered ones (..u) true; num and nan ask.
bool compare_floats(const std::string& name, double a, double b) {
  const bool is_unordered = std::isnan(a) || std::isnan(b);
  if (name == "num") return !is_unordered;
  if (name == "nan") return is_unordered;
  if (is_unordered) return name.size() == 3;
  return compare(name, a, b);
}

template <typename T>
void check_integers(const char* type, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    expect_function<u32, T, T>(
        fmt::format("setp.{}.{} %p1, %a, %b; selp.u32 %d, 1, 0, %p1;", name, type),
        sample_inputs<T, T>(500), [name](T a, T b) { return compare(name, a, b) ? 1u : 0u; });
}

TEST(Comparison, SetpOfIntegers) {
  const std::vector<std::string> all{"eq", "ne", "lt", "le", "gt", "ge"};
  const std::vector<std::string> also_unsigned{"eq", "ne", "lt", "le", "gt",
                                               "ge", "lo", "ls", "hi", "hs"};
  check_integers<u16>("u16", also_unsigned);
  check_integers<u32>("u32", also_unsigned);
  check_integers<u64>("u64", also_unsigned);
  check_integers<s16>("s16", all);
  check_integers<s32>("s32", all);
  check_integers<s64>("s64", all);
  check_integers<u16>("b16", {"eq", "ne"});
  check_integers<u32>("b32", {"eq", "ne"});
  check_integers<u64>("b64", {"eq", "ne"});
}

const std::vector<std::string> kFloatComparisons{"eq",  "ne",  "lt",  "le",  "gt",  "ge",  "equ",
                                                 "neu", "ltu", "leu", "gtu", "geu", "num", "nan"};

double value_of(float x) {
  return x;
}
double value_of(double x) {
  return x;
}
double value_of(HalfBits x) {  // IEEE 754-2019, 3.4
  const auto bits = static_cast<u16>(x);
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 0x3FF;
  double magnitude = std::ldexp(fraction + (exponent > 0 ? 1024 : 0), std::max(exponent, 1) - 25);
  if (exponent == 31) magnitude = fraction == 0 ? INFINITY : NAN;
  return bits >> 15 != 0 ? -magnitude : magnitude;
}
double value_of(Bfloat16Bits x) {
  return std::bit_cast<float>(u32{static_cast<u16>(x)} << 16);
}

template <typename T>
void check_floats(const std::string& type) {
  for (const std::string& name : kFloatComparisons)
    expect_function<u32, T, T>(
        fmt::format("setp.{}.{} %p1, %a, %b; selp.u32 %d, 1, 0, %p1;", name, type),
        sample_inputs<T, T>(500),
        [name](T a, T b) { return compare_floats(name, value_of(a), value_of(b)) ? 1u : 0u; });
}

TEST(Comparison, SetpOfFloats) {
  check_floats<float>("f32");
  check_floats<double>("f64");
  check_floats<HalfBits>("f16");
  check_floats<Bfloat16Bits>("bf16");
}

TEST(Comparison, FtzComparesZeros) {  // 9.7.6.2: subnormal inputs are flushed
  const auto flushed = [](float x) { return std::fabs(x) < 0x1p-126f ? 0 : x; };
  for (const std::string name : {"eq", "lt", "geu"})
    expect_function<u32, float, float>(
        fmt::format("setp.{}.ftz.f32 %p1, %a, %b; selp.u32 %d, 1, 0, %p1;", name),
        sample_inputs<float, float>(),
        [=](float a, float b) { return compare_floats(name, flushed(a), flushed(b)) ? 1u : 0u; });
  expect_function<u32, HalfBits, HalfBits>(
      "setp.lt.ftz.f16 %p1, %a, %b; selp.u32 %d, 1, 0, %p1;", sample_inputs<HalfBits, HalfBits>(),
      [](HalfBits a, HalfBits b) {
        const auto flush = [](double x) { return std::fabs(x) < 0x1p-14 ? 0 : x; };
        return flush(value_of(a)) < flush(value_of(b)) ? 1u : 0u;
      });
}

// p = BoolOp(t, c), q = BoolOp(!t, c).
TEST(Comparison, SetpCombinesWithAPredicate) {
  const auto check = [](const std::string& modifiers, const std::string& c,
                        bool (*combine)(bool, bool)) {
    expect_function<u32, s32, s32, s32>(
        fmt::format("setp.eq.s32 %p3, %c, 0; setp.lt.{}.s32 %p1|%p2, %a, %b, {};"
                    "selp.u32 %r1, 1, 0, %p1; selp.u32 %r2, 2, 0, %p2; add.u32 %d, %r1, %r2;",
                    modifiers, c),
        sample_inputs<s32, s32, s32>(500), [=](s32 a, s32 b, s32 third) {
          const bool t = a < b, q = c == "%p3" ? third == 0 : third != 0;
          return (combine(t, q) ? 1u : 0u) + (combine(!t, q) ? 2u : 0u);
        });
  };
  for (const char* c : {"%p3", "!%p3"}) {
    check("and", c, [](bool t, bool q) { return t && q; });
    check("or", c, [](bool t, bool q) { return t || q; });
    check("xor", c, [](bool t, bool q) { return t != q; });
  }
}

TEST(Comparison, PairsAndSinks) {
  const std::string both =
      "selp.u32 %r1, 1, 0, %p1; selp.u32 %r2, 2, 0, %p2; add.u32 %d, %r1, %r2;";
  expect_function<u32, u32, u32>("setp.lt.u32 %p1|%p2, %a, %b; " + both, sample_inputs<u32, u32>(),
                                 [](u32 a, u32 b) { return a < b ? 1u : 2u; });
  expect_function<u32, u32, u32>("setp.ne.u32 %p1, 0, 0; setp.lt.u32 _|%p2, %a, %b; " + both,
                                 sample_inputs<u32, u32>(),
                                 [](u32 a, u32 b) { return a < b ? 0u : 2u; });
  // 9.7.7.2: of packed halves p is of the low ones, q of the high ones.
  const auto half = [](u32 word, int index) {
    return value_of(HalfBits{static_cast<u16>(word >> (16 * index))});
  };
  expect_function<u32, u32, u32>(
      "setp.le.f16x2 %p1|%p2, %a, %b; " + both, sample_inputs<u32, u32>(), [half](u32 a, u32 b) {
        return (half(a, 0) <= half(b, 0) ? 1u : 0u) + (half(a, 1) <= half(b, 1) ? 2u : 0u);
      });
  expect_function<u32, u32, u32>(
      "setp.gt.s32 %p3, %a, 0; setp.neu.and.bf16x2 %p1|%p2, %a, %b, %p3; " + both,
      sample_inputs<u32, u32>(), [](u32 a, u32 b) {
        const auto unequal = [=](int shift) {
          return !(value_of(Bfloat16Bits{static_cast<u16>(a >> shift)}) ==
                   value_of(Bfloat16Bits{static_cast<u16>(b >> shift)}));
        };
        const bool c = static_cast<s32>(a) > 0;
        return (c && unequal(0) ? 1u : 0u) + (c && unequal(16) ? 2u : 0u);
      });
}

// 9.7.6.1, 9.7.7.1: all ones or 1.0 where it holds, else 0.
TEST(Comparison, Set) {
  const auto rows = sample_inputs<s32, s32>();
  expect_function<u32, s32, s32>("set.lt.u32.s32 %d, %a, %b;", rows,
                                 [](s32 a, s32 b) { return a < b ? 0xFFFFFFFF : 0; });
  expect_function<float, s32, s32>("set.ge.f32.s32 %d, %a, %b;", rows,
                                   [](s32 a, s32 b) { return a >= b ? 1.0f : 0.0f; });
  expect_function<u32, s32, s32>("setp.eq.s32 %p1, %b, 0; set.lt.or.s32.s32 %d, %a, %b, %p1;", rows,
                                 [](s32 a, s32 b) { return a < b || b == 0 ? 0xFFFFFFFF : 0; });
  expect_function<u16, float, float>("set.leu.f16.f32 %d, %a, %b;", sample_inputs<float, float>(),
                                     [](float a, float b) { return u16(a > b ? 0 : 0x3C00); });
  expect_function<u16, float, float>("set.leu.bf16.f32 %d, %a, %b;", sample_inputs<float, float>(),
                                     [](float a, float b) { return u16(a > b ? 0 : 0x3F80); });
  expect_function<u16, HalfBits, HalfBits>(
      "set.lt.u16.f16 %d, %a, %b;", sample_inputs<HalfBits, HalfBits>(),
      [](HalfBits a, HalfBits b) { return u16(value_of(a) < value_of(b) ? 0xFFFF : 0); });
  expect_function<u32, Bfloat16Bits, Bfloat16Bits>(
      "set.num.s32.bf16 %d, %a, %b;", sample_inputs<Bfloat16Bits, Bfloat16Bits>(),
      [](Bfloat16Bits a, Bfloat16Bits b) {
        return compare_floats("num", value_of(a), value_of(b)) ? 0xFFFFFFFF : 0;
      });
}

TEST(Comparison, SetOfPackedHalves) {  // 9.7.7.1: 1.0, or 16 ones, in each half
  const auto halves = [](u32 a, u32 b, u32 value) {
    const auto holds = [=](int shift) {
      return value_of(HalfBits{static_cast<u16>(a >> shift)}) <
             value_of(HalfBits{static_cast<u16>(b >> shift)});
    };
    return (holds(0) ? value : 0) | (holds(16) ? value << 16 : 0);
  };
  const auto rows = sample_inputs<u32, u32>();
  expect_function<u32, u32, u32>("set.lt.f16x2.f16x2 %d, %a, %b;", rows,
                                 [=](u32 a, u32 b) { return halves(a, b, 0x3C00); });
  expect_function<u32, u32, u32>("set.lt.u32.f16x2 %d, %a, %b;", rows,
                                 [=](u32 a, u32 b) { return halves(a, b, 0xFFFF); });
}

TEST(Comparison, Selections) {  // 9.7.6.3, 9.7.6.4
  expect_function<u64, u64, u64, u32>("setp.ne.u32 %p1, %c, 0; selp.b64 %d, %a, %b, %p1;",
                                      sample_inputs<u64, u64, u32>(500),
                                      [](u64 a, u64 b, u32 c) { return c != 0 ? a : b; });
  expect_function<u16, u16, u16, u32>("setp.ne.u32 %p1, %c, 0; selp.u16 %d, %a, %b, !%p1;",
                                      sample_inputs<u16, u16, u32>(500),
                                      [](u16 a, u16 b, u32 c) { return c != 0 ? b : a; });
  expect_function<u32, u32, u32, s32>("slct.u32.s32 %d, %a, %b, %c;",
                                      sample_inputs<u32, u32, s32>(500),
                                      [](u32 a, u32 b, s32 c) { return c >= 0 ? a : b; });
  // -0 counts as at least 0, NaN does not.
  expect_function<u64, u64, u64, float>("slct.b64.f32 %d, %a, %b, %c;",
                                        sample_inputs<u64, u64, float>(500),
                                        [](u64 a, u64 b, float c) { return c >= 0 ? a : b; });
  expect_function<u64, u64, u64, float>(
      "slct.ftz.b64.f32 %d, %a, %b, %c;", sample_inputs<u64, u64, float>(500),
      [](u64 a, u64 b, float c) { return c >= 0 || std::fabs(c) < 0x1p-126f ? a : b; });
}

TEST(Comparison, Testp) {  // 9.7.3.1: zeros are normal
  const auto check = [](const std::string& property, bool (*f)(int)) {
    expect_function<u32, float>(
        fmt::format("testp.{}.f32 %p1, %a; selp.u32 %d, 1, 0, %p1;", property),
        sample_inputs<float>(), [f](float a) { return f(std::fpclassify(a)) ? 1u : 0u; });
    expect_function<u32, double>(
        fmt::format("testp.{}.f64 %p1, %a; selp.u32 %d, 1, 0, %p1;", property),
        sample_inputs<double>(), [f](double a) { return f(std::fpclassify(a)) ? 1u : 0u; });
  };
  check("finite", [](int kind) { return kind != FP_INFINITE && kind != FP_NAN; });
  check("infinite", [](int kind) { return kind == FP_INFINITE; });
  check("number", [](int kind) { return kind != FP_NAN; });
  check("notanumber", [](int kind) { return kind == FP_NAN; });
  check("normal", [](int kind) { return kind == FP_NORMAL || kind == FP_ZERO; });
  check("subnormal", [](int kind) { return kind == FP_SUBNORMAL; });
}

TEST(Comparison, FormsThatDoNotExistAreRefused) {
  EXPECT_NE(decode_error("setp.lo.s32 %p1, %r1, %r2;"), "");
  EXPECT_NE(decode_error("setp.lt.b32 %p1, %r1, %r2;"), "");
  EXPECT_NE(decode_error("setp.ltu.s32 %p1, %r1, %r2;"), "");
  EXPECT_NE(decode_error("setp.lt.ftz.f64 %p1, %d1, %d2;"), "");
  EXPECT_NE(decode_error("setp.lt.and.s32 %p1, %r1, %r2;"), "");
  EXPECT_NE(decode_error("set.lt.u64.s32 %rd1, %r1, %r2;"), "");
  EXPECT_NE(decode_error("set.lt.u16.f16x2 %h1, %r1, %r2;"), "");
  EXPECT_NE(decode_error("slct.ftz.b32.s32 %r1, %r2, %r3, %r4;"), "");
}

}  // namespace
}  // namespace assay::emulator
