// SPDX-License-Identifier: Apache-2.0
// Integer arithmetic against its definition in PTX ISA 9.0 (the section with each test), evaluated
// in __int128, where nothing overflows.
#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

__extension__ using Big = __int128;
__extension__ using UBig = unsigned __int128;

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;

template <typename T>
const char* type_of() {
  constexpr bool kSigned = std::is_signed_v<T>;
  switch (sizeof(T)) {
    case 2:
      return kSigned ? "s16" : "u16";
    case 4:
      return kSigned ? "s32" : "u32";
    default:
      return kSigned ? "s64" : "u64";
  }
}

template <typename T>
T clamped(Big x) {
  const Big low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  return static_cast<T>(x < low ? low : x > high ? high : x);
}

// d = f(a, b) for each type, f in exact integers and then cut to the type.
template <typename T>
void check_binary(const std::string& opcode, Big (*f)(Big, Big)) {
  expect_function<T, T, T>(fmt::format("{}.{} %d, %a, %b;", opcode, type_of<T>()),
                           sample_inputs<T, T>(),
                           [f](T a, T b) { return static_cast<T>(f(a, b)); });
}

void check_all_types(const std::string& opcode, Big (*f)(Big, Big)) {
  check_binary<u16>(opcode, f);
  check_binary<s16>(opcode, f);
  check_binary<u32>(opcode, f);
  check_binary<s32>(opcode, f);
  check_binary<u64>(opcode, f);
  check_binary<s64>(opcode, f);
}

TEST(Integer, AddAndSubWrap) {  // 9.7.1.1, 9.7.1.2
  check_all_types("add", [](Big a, Big b) { return a + b; });
  check_all_types("sub", [](Big a, Big b) { return a - b; });
}

TEST(Integer, AddAndSubSaturate) {  // 9.7.1.1, 9.7.1.2: .sat.s32
  expect_function<s32, s32, s32>("add.sat.s32 %d, %a, %b;", sample_inputs<s32, s32>(),
                                 [](s32 a, s32 b) { return clamped<s32>(Big{a} + b); });
  expect_function<s32, s32, s32>("sub.sat.s32 %d, %a, %b;", sample_inputs<s32, s32>(),
                                 [](s32 a, s32 b) { return clamped<s32>(Big{a} - b); });
}

// Both halves of a word by one function of 16-bit integers.
template <typename T>
u32 by_halves(u32 a, u32 b, T (*f)(T, T)) {
  const u32 low = static_cast<u16>(f(static_cast<T>(a), static_cast<T>(b)));
  const u32 high = static_cast<u16>(f(static_cast<T>(a >> 16), static_cast<T>(b >> 16)));
  return high << 16 | low;
}

TEST(Integer, PackedHalves) {  // 9.7.1.1, 9.7.1.12, 9.7.1.13: .u16x2, .s16x2
  const auto rows = sample_inputs<u32, u32>();
  for (const char* type : {"u16x2", "s16x2"})
    expect_function<u32, u32, u32>(fmt::format("add.{} %d, %a, %b;", type), rows, [](u32 a, u32 b) {
      return by_halves<u16>(a, b, [](u16 x, u16 y) { return static_cast<u16>(x + y); });
    });
  expect_function<u32, u32, u32>("min.u16x2 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return by_halves<u16>(a, b, [](u16 x, u16 y) { return x < y ? x : y; });
  });
  expect_function<u32, u32, u32>("max.u16x2 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return by_halves<u16>(a, b, [](u16 x, u16 y) { return x > y ? x : y; });
  });
  expect_function<u32, u32, u32>("min.s16x2 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return by_halves<s16>(a, b, [](s16 x, s16 y) { return x < y ? x : y; });
  });
  expect_function<u32, u32, u32>("max.relu.s16x2 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return by_halves<s16>(a, b, [](s16 x, s16 y) { return std::max({x, y, s16{0}}); });
  });
}

TEST(Integer, MulLow) {  // 9.7.1.3: bits n-1..0 of the product
  check_all_types("mul.lo", [](Big a, Big b) { return static_cast<Big>(UBig(a) * UBig(b)); });
}

TEST(Integer, MulHigh) {  // 9.7.1.3: bits 2n-1..n of the product
  const auto high_of = []<typename T>(T) {
    expect_function<T, T, T>(fmt::format("mul.hi.{} %d, %a, %b;", type_of<T>()),
                             sample_inputs<T, T>(), [](T a, T b) {
                               if constexpr (std::is_signed_v<T>)
                                 return static_cast<T>(Big{a} * b >> 8 * sizeof(T));
                               else
                                 return static_cast<T>(UBig{a} * b >> 8 * sizeof(T));
                             });
  };
  high_of(u16{});
  high_of(s16{});
  high_of(u32{});
  high_of(s32{});
  high_of(u64{});
  high_of(s64{});
}

TEST(Integer, MulWide) {  // 9.7.1.3: the whole product, twice as wide
  expect_function<u32, u16, u16>("mul.wide.u16 %d, %a, %b;", sample_inputs<u16, u16>(),
                                 [](u16 a, u16 b) { return u32{a} * b; });
  expect_function<s32, s16, s16>("mul.wide.s16 %d, %a, %b;", sample_inputs<s16, s16>(),
                                 [](s16 a, s16 b) { return s32{a} * b; });
  expect_function<u64, u32, u32>("mul.wide.u32 %d, %a, %b;", sample_inputs<u32, u32>(),
                                 [](u32 a, u32 b) { return u64{a} * b; });
  expect_function<s64, s32, s32>("mul.wide.s32 %d, %a, %b;", sample_inputs<s32, s32>(),
                                 [](s32 a, s32 b) { return s64{a} * b; });
}

TEST(Integer, Mad) {  // 9.7.1.4
  expect_function<u32, u32, u32, u32>("mad.lo.u32 %d, %a, %b, %c;", sample_inputs<u32, u32, u32>(),
                                      [](u32 a, u32 b, u32 c) { return a * b + c; });
  expect_function<s64, s64, s64, s64>(
      "mad.lo.s64 %d, %a, %b, %c;", sample_inputs<s64, s64, s64>(),
      [](s64 a, s64 b, s64 c) { return static_cast<s64>(UBig(a) * UBig(b) + UBig(c)); });
  expect_function<s16, s16, s16, s16>(
      "mad.lo.s16 %d, %a, %b, %c;", sample_inputs<s16, s16, s16>(),
      [](s16 a, s16 b, s16 c) { return static_cast<s16>(Big{a} * b + c); });
  expect_function<s32, s32, s32, s32>(
      "mad.hi.s32 %d, %a, %b, %c;", sample_inputs<s32, s32, s32>(),
      [](s32 a, s32 b, s32 c) { return static_cast<s32>((Big{a} * b >> 32) + c); });
  expect_function<s32, s32, s32, s32>(
      "mad.hi.sat.s32 %d, %a, %b, %c;", sample_inputs<s32, s32, s32>(),
      [](s32 a, s32 b, s32 c) { return clamped<s32>((Big{a} * b >> 32) + c); });
  expect_function<u64, u32, u32, u64>(
      "mad.wide.u32 %d, %a, %b, %c;", sample_inputs<u32, u32, u64>(),
      [](u32 a, u32 b, u64 c) { return static_cast<u64>(u64{a} * b + c); });
  expect_function<s64, s32, s32, s64>(
      "mad.wide.s32 %d, %a, %b, %c;", sample_inputs<s32, s32, s64>(),
      [](s32 a, s32 b, s64 c) { return static_cast<s64>(Big{a} * b + c); });
  expect_function<s32, s16, s16, s32>(
      "mad.wide.s16 %d, %a, %b, %c;", sample_inputs<s16, s16, s32>(),
      [](s16 a, s16 b, s32 c) { return static_cast<s32>(Big{a} * b + c); });
}

// The low 24 bits, as the type has them.
Big low_24(u32 x, bool is_signed) {
  const Big low = x & 0xFFFFFF;
  return is_signed && low >= 0x800000 ? low - 0x1000000 : low;
}

TEST(Integer, Mul24AndMad24) {  // 9.7.1.5, 9.7.1.6: bits 31..0 or 47..16
  const auto rows = sample_inputs<u32, u32>();
  expect_function<u32, u32, u32>("mul24.lo.u32 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return static_cast<u32>(low_24(a, false) * low_24(b, false));
  });
  expect_function<u32, u32, u32>("mul24.hi.u32 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return static_cast<u32>(low_24(a, false) * low_24(b, false) >> 16);
  });
  expect_function<u32, u32, u32>("mul24.lo.s32 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return static_cast<u32>(low_24(a, true) * low_24(b, true));
  });
  expect_function<u32, u32, u32>("mul24.hi.s32 %d, %a, %b;", rows, [](u32 a, u32 b) {
    return static_cast<u32>(low_24(a, true) * low_24(b, true) >> 16);
  });
  const auto triples = sample_inputs<u32, u32, s32>();
  expect_function<s32, u32, u32, s32>(
      "mad24.lo.s32 %d, %a, %b, %c;", triples,
      [](u32 a, u32 b, s32 c) { return static_cast<s32>(low_24(a, true) * low_24(b, true) + c); });
  expect_function<s32, u32, u32, s32>(
      "mad24.hi.sat.s32 %d, %a, %b, %c;", triples, [](u32 a, u32 b, s32 c) {
        return clamped<s32>((low_24(a, true) * low_24(b, true) >> 16) + c);
      });
}

// 9.7.1.8, 9.7.1.9: toward zero; by zero (left to the machine) all ones, which is what ptxas 13.0
// folds constants to.
TEST(Integer, DivideAndRemainder) {
  check_all_types("div", [](Big a, Big b) { return b == 0 ? Big{-1} : a / b; });
  check_all_types("rem", [](Big a, Big b) { return b == 0 ? Big{-1} : a % b; });
}

TEST(Integer, DivideByNeighbours) {  // where a rounded quotient could reach the next integer
  std::vector<std::tuple<u32, u32>> rows;
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto divisor = static_cast<u32>(random() >> (32 + random() % 32)) | 1;
    const u32 quotient = static_cast<u32>(random() % (0xFFFFFFFF / divisor + u64{1}));
    rows.emplace_back(divisor * quotient - 1, divisor);
    rows.emplace_back(divisor * quotient, divisor);
  }
  expect_function<u32, u32, u32>("div.u32 %d, %a, %b;", rows, [](u32 a, u32 b) { return a / b; });
}

TEST(Integer, MinMaxAbsNeg) {  // 9.7.1.10 to 9.7.1.13
  check_all_types("min", [](Big a, Big b) { return a < b ? a : b; });
  check_all_types("max", [](Big a, Big b) { return a > b ? a : b; });
  expect_function<s32, s32, s32>("min.relu.s32 %d, %a, %b;", sample_inputs<s32, s32>(),
                                 [](s32 a, s32 b) { return std::max(std::min(a, b), 0); });
  expect_function<s16, s16>("abs.s16 %d, %a;", sample_inputs<s16>(),
                            [](s16 a) { return static_cast<s16>(a < 0 ? -Big{a} : a); });
  expect_function<s32, s32>("abs.s32 %d, %a;", sample_inputs<s32>(),
                            [](s32 a) { return static_cast<s32>(a < 0 ? -Big{a} : a); });
  expect_function<s64, s64>("abs.s64 %d, %a;", sample_inputs<s64>(),
                            [](s64 a) { return static_cast<s64>(a < 0 ? -Big{a} : a); });
  expect_function<s32, s32>("neg.s32 %d, %a;", sample_inputs<s32>(),
                            [](s32 a) { return static_cast<s32>(-Big{a}); });
  expect_function<s64, s64>("neg.s64 %d, %a;", sample_inputs<s64>(),
                            [](s64 a) { return static_cast<s64>(-Big{a}); });
}

TEST(Integer, Sad) {  // 9.7.1.7: c + |a - b|
  expect_function<u32, u32, u32, u32>(
      "sad.u32 %d, %a, %b, %c;", sample_inputs<u32, u32, u32>(), [](u32 a, u32 b, u32 c) {
        return static_cast<u32>(c + (Big{a} > b ? Big{a} - b : Big{b} - a));
      });
  expect_function<s32, s32, s32, s32>(
      "sad.s32 %d, %a, %b, %c;", sample_inputs<s32, s32, s32>(), [](s32 a, s32 b, s32 c) {
        return static_cast<s32>(c + (Big{a} > b ? Big{a} - b : Big{b} - a));
      });
}

// Byte or half `index` of a word with or without its sign.
template <typename T>
Big part(u32 word, int index) {
  return static_cast<T>(word >> (8 * static_cast<int>(sizeof(T)) * index));
}

TEST(Integer, DotProducts) {  // 9.7.1.23, 9.7.1.24
  const auto rows = sample_inputs<u32, u32, u32>();
  expect_function<u32, u32, u32, u32>("dp4a.u32.u32 %d, %a, %b, %c;", rows,
                                      [](u32 a, u32 b, u32 c) {
                                        Big sum = c;
                                        for (int i = 0; i < 4; ++i)
                                          sum += part<u8>(a, i) * part<u8>(b, i);
                                        return static_cast<u32>(sum);
                                      });
  expect_function<u32, u32, u32, u32>("dp4a.s32.u32 %d, %a, %b, %c;", rows,
                                      [](u32 a, u32 b, u32 c) {
                                        Big sum = c;
                                        for (int i = 0; i < 4; ++i)
                                          sum += part<std::int8_t>(a, i) * part<u8>(b, i);
                                        return static_cast<u32>(sum);
                                      });
  expect_function<u32, u32, u32, u32>("dp4a.s32.s32 %d, %a, %b, %c;", rows,
                                      [](u32 a, u32 b, u32 c) {
                                        Big sum = c;
                                        for (int i = 0; i < 4; ++i)
                                          sum += part<std::int8_t>(a, i) * part<std::int8_t>(b, i);
                                        return static_cast<u32>(sum);
                                      });
  expect_function<u32, u32, u32, u32>(
      "dp2a.lo.s32.u32 %d, %a, %b, %c;", rows, [](u32 a, u32 b, u32 c) {
        return static_cast<u32>(c + part<s16>(a, 0) * part<u8>(b, 0) +
                                part<s16>(a, 1) * part<u8>(b, 1));
      });
  expect_function<u32, u32, u32, u32>(
      "dp2a.hi.u32.s32 %d, %a, %b, %c;", rows, [](u32 a, u32 b, u32 c) {
        return static_cast<u32>(c + part<u16>(a, 0) * part<std::int8_t>(b, 2) +
                                part<u16>(a, 1) * part<std::int8_t>(b, 3));
      });
}

// 9.7.2: sums and products of 128 bits from 32- and 64-bit instructions.
TEST(CarryChain, AddsAndSubtracts128Bits) {
  const auto rows = sample_inputs<u64, u64, u64, u64>(2000);
  expect_function<u64, u64, u64, u64, u64>(
      "add.cc.u64 %rd1, %a, %c; addc.u64 %d, %b, %e;", rows, [](u64 a, u64 b, u64 c, u64 e) {
        return static_cast<u64>(((UBig{b} << 64 | a) + (UBig{e} << 64 | c)) >> 64);
      });
  expect_function<u64, u64, u64, u64, u64>(
      "sub.cc.u64 %rd1, %a, %c; subc.s64 %d, %b, %e;", rows, [](u64 a, u64 b, u64 c, u64 e) {
        return static_cast<u64>(((UBig{b} << 64 | a) - (UBig{e} << 64 | c)) >> 64);
      });
  // Three links: the carry out of addc.cc counts the carry in.
  expect_function<u32, u64, u64, u32, u32>(
      "mov.b64 {%r1, %r2}, %a; mov.b64 {%r3, %r4}, %b; add.cc.u32 %r5, %r1, %r3;"
      "addc.cc.u32 %r6, %r2, %r4; addc.u32 %d, %c, %e;",
      sample_inputs<u64, u64, u32, u32>(2000),
      [](u64 a, u64 b, u32 c, u32 e) { return static_cast<u32>(c + e + ((UBig{a} + b) >> 64)); });
  expect_function<u32, u64, u64, u32, u32>(
      "mov.b64 {%r1, %r2}, %a; mov.b64 {%r3, %r4}, %b; sub.cc.u32 %r5, %r1, %r3;"
      "subc.cc.u32 %r6, %r2, %r4; subc.u32 %d, %c, %e;",
      sample_inputs<u64, u64, u32, u32>(2000),
      [](u64 a, u64 b, u32 c, u32 e) { return static_cast<u32>(c - e - (a < b ? 1 : 0)); });
}

TEST(CarryChain, Multiplies64By64Bits) {  // the example of 9.7.2.6
  const std::string product =
      "mov.b64 {%r4, %r5}, %a; mov.b64 {%r6, %r7}, %b;"
      "mul.lo.u32 %r0, %r4, %r6; mul.hi.u32 %r1, %r4, %r6;"
      "mad.lo.cc.u32 %r1, %r5, %r6, %r1; madc.hi.u32 %r2, %r5, %r6, 0;"
      "mad.lo.cc.u32 %r1, %r4, %r7, %r1; madc.hi.cc.u32 %r2, %r4, %r7, %r2;"
      "addc.u32 %r3, 0, 0; mad.lo.cc.u32 %r2, %r5, %r7, %r2; madc.hi.u32 %r3, %r5, %r7, %r3;";
  expect_function<u64, u64, u64>(product + "mov.b64 %d, {%r2, %r3};", sample_inputs<u64, u64>(),
                                 [](u64 a, u64 b) { return static_cast<u64>(UBig{a} * b >> 64); });
  expect_function<u64, u64, u64>(product + "mov.b64 %d, {%r0, %r1};", sample_inputs<u64, u64>(),
                                 [](u64 a, u64 b) { return a * b; });
}

// Threads have their own flag, and instructions between .cc and its reader leave it alone.
TEST(CarryChain, FlagBelongsToTheThread) {
  expect_function<u32, u32, u32>(
      "setp.ne.u32 %p1, %b, 0; add.cc.u32 %r1, %a, 1; @%p1 add.cc.u32 %r1, 0, 0;"
      "add.u32 %r2, %a, %a; addc.u32 %d, 0, 0;",
      sample_inputs<u32, u32>(), [](u32 a, u32 b) { return b == 0 && a == 0xFFFFFFFF ? 1u : 0u; });
}

TEST(Integer, FormsThatDoNotExistAreRefused) {
  EXPECT_NE(decode_error("add.sat.u32 %r1, %r2, %r3;"), "");
  EXPECT_NE(decode_error("mul.u32 %r1, %r2, %r3;"), "");
  EXPECT_NE(decode_error("mul.wide.u64 %rd1, %rd2, %rd3;"), "");
  EXPECT_NE(decode_error("mad.lo.sat.s32 %r1, %r2, %r3, %r4;"), "");
  EXPECT_NE(decode_error("addc.u16 %h1, %h2, %h3;"), "");
  EXPECT_NE(decode_error("abs.u32 %r1, %r2;"), "");
  EXPECT_NE(decode_error("add.u32 %r1, %r2;"), "");
  EXPECT_NE(decode_error("max.relu.u32 %r1, %r2, %r3;"), "");
  EXPECT_EQ(decode_error("add.saturate.s32 %r1, %r2, %r3;"),
            "test.ptx:25: add.saturate.s32: the modifier .saturate is not supported");
}

}  // namespace
}  // namespace assay::emulator
