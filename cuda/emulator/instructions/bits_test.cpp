// SPDX-License-Identifier: Apache-2.0
// Logic, shift and bit-field instructions against the pseudo-code of PTX ISA 9.0 (the section with
// each test), bit by bit.
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

bool bit(u64 x, u32 index) {
  return ((x >> index) & 1) != 0;
}

TEST(Bits, Logic) {  // 9.7.8.1 to 9.7.8.5
  const auto rows = sample_inputs<u32, u32>();
  expect_function<u32, u32, u32>("and.b32 %d, %a, %b;", rows, [](u32 a, u32 b) { return a & b; });
  expect_function<u32, u32, u32>("or.b32 %d, %a, %b;", rows, [](u32 a, u32 b) { return a | b; });
  expect_function<u32, u32, u32>("xor.b32 %d, %a, %b;", rows, [](u32 a, u32 b) { return a ^ b; });
  expect_function<u64, u64, u64>("xor.b64 %d, %a, %b;", sample_inputs<u64, u64>(),
                                 [](u64 a, u64 b) { return a ^ b; });
  expect_function<u16, u16, u16>("and.b16 %d, %a, %b;", sample_inputs<u16, u16>(),
                                 [](u16 a, u16 b) { return static_cast<u16>(a & b); });
  expect_function<u16, u16>("not.b16 %d, %a;", sample_inputs<u16>(),
                            [](u16 a) { return static_cast<u16>(~a); });
  expect_function<u64, u64>("not.b64 %d, %a;", sample_inputs<u64>(), [](u64 a) { return ~a; });
  expect_function<u32, u32>("cnot.b32 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return a == 0 ? 1u : 0u; });
  expect_function<u64, u64>("cnot.b64 %d, %a;", sample_inputs<u64>(),
                            [](u64 a) { return a == 0 ? u64{1} : 0; });
}

TEST(Bits, LogicOfPredicates) {  // 9.7.8: .pred
  const auto check = [](const std::string& logic, bool (*f)(bool, bool)) {
    expect_function<u32, u32, u32>(
        "setp.lt.s32 %p1, %a, 0; setp.lt.s32 %p2, %b, 0; " + logic + " selp.u32 %d, 1, 0, %p3;",
        sample_inputs<u32, u32>(),
        [f](u32 a, u32 b) { return f(bit(a, 31), bit(b, 31)) ? 1u : 0u; });
  };
  check("and.pred %p3, %p1, %p2;", [](bool a, bool b) { return a && b; });
  check("or.pred %p3, %p1, %p2;", [](bool a, bool b) { return a || b; });
  check("xor.pred %p3, %p1, %p2;", [](bool a, bool b) { return a != b; });
  check("not.pred %p3, %p2;", [](bool, bool b) { return !b; });
  check("mov.pred %p3, %p1;", [](bool a, bool) { return a; });
}

TEST(Bits, EveryLookUpTable) {  // 9.7.8.6: the table's bit is 4a + 2b + c
  const auto rows = sample_inputs<u32, u32, u32>(64);
  for (int table = 0; table < 256; ++table)
    expect_function<u32, u32, u32, u32>(
        fmt::format("lop3.b32 %d, %a, %b, %c, {};", table), rows, [table](u32 a, u32 b, u32 c) {
          u32 d = 0;
          for (u32 i = 0; i < 32; ++i) {
            const u32 index = bit(a, i) * 4u + bit(b, i) * 2u + bit(c, i);
            d |= static_cast<u32>(bit(static_cast<u64>(table), index)) << i;
          }
          return d;
        });
}

TEST(Bits, LookUpWithPredicate) {  // 9.7.8.6: p = (d != 0) BoolOp q
  const auto rows = sample_inputs<u32, u32, u32>(512);
  expect_function<u32, u32, u32, u32>(
      "setp.eq.u32 %p1, %c, 0; lop3.or.b32 %r1|%p2, %a, %b, 0, 0xC0, %p1;"
      "selp.u32 %d, 1, 0, %p2; xor.b32 %d, %d, %r1;",
      rows, [](u32 a, u32 b, u32 c) { return ((a & b) != 0 || c == 0 ? 1u : 0u) ^ (a & b); });
  expect_function<u32, u32, u32, u32>(
      "setp.eq.u32 %p1, %c, 0; lop3.and.b32 _|%p2, %a, %b, 0, 0xC0, !%p1; selp.u32 %d, 1, 0, %p2;",
      rows, [](u32 a, u32 b, u32 c) { return (a & b) != 0 && c != 0 ? 1u : 0u; });
}

// 9.7.8.7, 9.7.8.8: amounts above the width are the width.
TEST(Bits, Shifts) {
  expect_function<u32, u32, u32>("shl.b32 %d, %a, %b;", sample_inputs<u32, u32>(),
                                 [](u32 a, u32 b) { return b >= 32 ? 0 : a << b; });
  expect_function<u64, u64, u32>("shl.b64 %d, %a, %b;", sample_inputs<u64, u32>(),
                                 [](u64 a, u32 b) { return b >= 64 ? 0 : a << b; });
  expect_function<u16, u16, u32>(
      "shl.b16 %d, %a, %b;", sample_inputs<u16, u32>(),
      [](u16 a, u32 b) { return b >= 16 ? u16{0} : static_cast<u16>(a << b); });
  expect_function<u32, u32, u32>("shr.u32 %d, %a, %b;", sample_inputs<u32, u32>(),
                                 [](u32 a, u32 b) { return b >= 32 ? 0 : a >> b; });
  expect_function<u64, u64, u32>("shr.b64 %d, %a, %b;", sample_inputs<u64, u32>(),
                                 [](u64 a, u32 b) { return b >= 64 ? 0 : a >> b; });
  expect_function<s32, s32, u32>("shr.s32 %d, %a, %b;", sample_inputs<s32, u32>(),
                                 [](s32 a, u32 b) { return a >> std::min(b, 31u); });
  expect_function<s64, s64, u32>("shr.s64 %d, %a, %b;", sample_inputs<s64, u32>(),
                                 [](s64 a, u32 b) { return a >> std::min(b, 63u); });
  expect_function<s16, s16, u32>(
      "shr.s16 %d, %a, %b;", sample_inputs<s16, u32>(),
      [](s16 a, u32 b) { return static_cast<s16>(a >> std::min(b, 15u)); });
}

TEST(Bits, FunnelShifts) {  // 9.7.8.9
  const auto rows = sample_inputs<u32, u32, u32>();
  const auto left = [](u32 a, u32 b, u32 n) {
    return n == 0 ? b : n == 32 ? a : b << n | a >> (32 - n);
  };
  const auto right = [](u32 a, u32 b, u32 n) {
    return n == 0 ? a : n == 32 ? b : b << (32 - n) | a >> n;
  };
  expect_function<u32, u32, u32, u32>(
      "shf.l.clamp.b32 %d, %a, %b, %c;", rows,
      [left](u32 a, u32 b, u32 c) { return left(a, b, std::min(c, 32u)); });
  expect_function<u32, u32, u32, u32>("shf.l.wrap.b32 %d, %a, %b, %c;", rows,
                                      [left](u32 a, u32 b, u32 c) { return left(a, b, c & 31); });
  expect_function<u32, u32, u32, u32>(
      "shf.r.clamp.b32 %d, %a, %b, %c;", rows,
      [right](u32 a, u32 b, u32 c) { return right(a, b, std::min(c, 32u)); });
  expect_function<u32, u32, u32, u32>("shf.r.wrap.b32 %d, %a, %b, %c;", rows,
                                      [right](u32 a, u32 b, u32 c) { return right(a, b, c & 31); });
}

template <typename T>
u32 highest_bit(T x) {  // -1: none
  for (int i = 8 * static_cast<int>(sizeof(T)) - 1; i >= 0; --i)
    if (bit(static_cast<u64>(x), static_cast<u32>(i))) return static_cast<u32>(i);
  return 0xFFFFFFFF;
}

TEST(Bits, Counts) {  // 9.7.1.15, 9.7.1.16, 9.7.1.17, 9.7.1.19
  const auto ones = [](u64 a) {
    u32 count = 0;
    for (u32 i = 0; i < 64; ++i)
      count += bit(a, i);
    return count;
  };
  expect_function<u32, u32>("popc.b32 %d, %a;", sample_inputs<u32>(),
                            [ones](u32 a) { return ones(a); });
  expect_function<u32, u64>("popc.b64 %d, %a;", sample_inputs<u64>(),
                            [ones](u64 a) { return ones(a); });
  expect_function<u32, u32>("clz.b32 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return 31 - highest_bit(a); });
  expect_function<u32, u64>("clz.b64 %d, %a;", sample_inputs<u64>(),
                            [](u64 a) { return 63 - highest_bit(a); });
  expect_function<u32, u32>("bfind.u32 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return highest_bit(a); });
  expect_function<u32, s64>("bfind.s64 %d, %a;", sample_inputs<s64>(),
                            [](s64 a) { return highest_bit(static_cast<u64>(a < 0 ? ~a : a)); });
  expect_function<u32, s32>("bfind.shiftamt.s32 %d, %a;", sample_inputs<s32>(), [](s32 a) {
    const u32 found = highest_bit(static_cast<u32>(a < 0 ? ~a : a));
    return found == 0xFFFFFFFF ? found : 31 - found;
  });
  expect_function<u32, u64>("bfind.shiftamt.u64 %d, %a;", sample_inputs<u64>(), [](u64 a) {
    const u32 found = highest_bit(a);
    return found == 0xFFFFFFFF ? found : 63 - found;
  });
  expect_function<u32, u32>("brev.b32 %d, %a;", sample_inputs<u32>(), [](u32 a) {
    u32 d = 0;
    for (u32 i = 0; i < 32; ++i)
      d |= static_cast<u32>(bit(a, i)) << (31 - i);
    return d;
  });
  expect_function<u64, u64>("brev.b64 %d, %a;", sample_inputs<u64>(), [](u64 a) {
    u64 d = 0;
    for (u32 i = 0; i < 64; ++i)
      d |= static_cast<u64>(bit(a, i)) << (63 - i);
    return d;
  });
}

TEST(Bits, FindNthSet) {  // 9.7.1.18: its examples, and its pseudo-code
  EXPECT_EQ((apply_ptx<u32>("fns.b32 %d, %a, 3, 1;", u32{0xAAAAAAAA})), 3u);
  EXPECT_EQ((apply_ptx<u32>("fns.b32 %d, %a, 3, -1;", u32{0xAAAAAAAA})), 3u);
  EXPECT_EQ((apply_ptx<u32>("fns.b32 %d, %a, 2, 1;", u32{0xAAAAAAAA})), 3u);
  EXPECT_EQ((apply_ptx<u32>("fns.b32 %d, %a, 2, -1;", u32{0xAAAAAAAA})), 1u);
  std::vector<std::tuple<u32, u32, s32>> rows;
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i)
    rows.emplace_back(static_cast<u32>(random()), static_cast<u32>(random() % 32),
                      static_cast<s32>(random() % 40) - 20);
  expect_function<u32, u32, u32, s32>(
      "fns.b32 %d, %a, %b, %c;", rows, [](u32 mask, u32 base, s32 offset) {
        if (offset == 0) return bit(mask, base) ? base : 0xFFFFFFFF;
        int count = std::abs(offset) - 1;
        for (int pos = static_cast<int>(base); pos >= 0 && pos<32; pos += offset> 0 ? 1 : -1)
          if (bit(mask, static_cast<u32>(pos)) && count-- == 0) return static_cast<u32>(pos);
        return 0xFFFFFFFF;
      });
}

template <typename T>
T extract(T a, u32 b, u32 c) {
  const u32 msb = 8 * sizeof(T) - 1, pos = b & 0xFF, len = c & 0xFF;
  const bool sbit =
      std::is_signed_v<T> && len != 0 && bit(static_cast<u64>(a), std::min(pos + len - 1, msb));
  u64 d = 0;
  for (u32 i = 0; i <= msb; ++i)
    d |= u64{i < len && pos + i <= msb ? bit(static_cast<u64>(a), pos + i) : sbit} << i;
  return static_cast<T>(d);
}

template <typename T>
T insert(T a, T b, u32 c, u32 d) {
  const u32 msb = 8 * sizeof(T) - 1, pos = c & 0xFF, len = d & 0xFF;
  u64 f = b;
  for (u32 i = 0; i < len && pos + i <= msb; ++i)
    f = (f & ~(u64{1} << (pos + i))) | u64{bit(a, i)} << (pos + i);
  return static_cast<T>(f);
}

TEST(Bits, Fields) {  // 9.7.1.20, 9.7.1.21
  expect_function<u32, u32, u32, u32>("bfe.u32 %d, %a, %b, %c;", sample_inputs<u32, u32, u32>(),
                                      extract<u32>);
  expect_function<s32, s32, u32, u32>("bfe.s32 %d, %a, %b, %c;", sample_inputs<s32, u32, u32>(),
                                      extract<s32>);
  expect_function<u64, u64, u32, u32>("bfe.u64 %d, %a, %b, %c;", sample_inputs<u64, u32, u32>(),
                                      extract<u64>);
  expect_function<s64, s64, u32, u32>("bfe.s64 %d, %a, %b, %c;", sample_inputs<s64, u32, u32>(),
                                      extract<s64>);
  expect_function<u32, u32, u32, u32, u32>("bfi.b32 %d, %a, %b, %c, %e;",
                                           sample_inputs<u32, u32, u32, u32>(), insert<u32>);
  expect_function<u64, u64, u64, u32, u32>("bfi.b64 %d, %a, %b, %c, %e;",
                                           sample_inputs<u64, u64, u32, u32>(), insert<u64>);
}

u32 shifted_ones(u32 n) {
  return n >= 32 ? 0 : 0xFFFFFFFF << n;
}

TEST(Bits, Masks) {  // 9.7.1.22
  const auto mask = [](bool clamps, u32 a, u32 b) {
    const u32 a1 = a & 31, b1 = b & 31, sum = a1 + b1;
    const bool outside = clamps && a >= 32;
    u32 mask1 = shifted_ones(sum);
    if (sum >= 32 || outside || (clamps && b >= 32))
      mask1 = 0;
    else if (b1 == 0)
      mask1 = 0xFFFFFFFF;
    return (outside ? 0 : shifted_ones(a1)) & ~mask1;
  };
  const auto rows = sample_inputs<u32, u32>();
  expect_function<u32, u32, u32>("bmsk.clamp.b32 %d, %a, %b;", rows,
                                 [mask](u32 a, u32 b) { return mask(true, a, b); });
  expect_function<u32, u32, u32>("bmsk.wrap.b32 %d, %a, %b;", rows,
                                 [mask](u32 a, u32 b) { return mask(false, a, b); });
  EXPECT_EQ((apply_ptx<u32>("bmsk.wrap.b32 %d, %a, 2;", u32{1})), 6u);  // the example
}

TEST(Bits, SignExtension) {  // 9.7.1.14
  const auto extend = [](bool clamps, bool is_signed, u32 a, u32 b) {
    const u32 b1 = b & 31;
    const bool too_large = b >= 32 && clamps;
    const u32 mask = too_large ? 0 : shifted_ones(b1);
    const bool sign = b1 != 0 && !too_large && is_signed && bit(a, (b1 - 1) & 31);
    return (a & ~mask) | (sign ? mask : 0);
  };
  const auto rows = sample_inputs<u32, u32>();
  for (const bool clamps : {false, true})
    for (const bool is_signed : {false, true})
      expect_function<u32, u32, u32>(
          fmt::format("szext.{}.{} %d, %a, %b;", clamps ? "clamp" : "wrap",
                      is_signed ? "s32" : "u32"),
          rows, [=](u32 a, u32 b) { return extend(clamps, is_signed, a, b); });
}

// 9.7.9.7: the table of the modes, byte 3 first.
constexpr int kForward[4][4] = {{3, 2, 1, 0}, {4, 3, 2, 1}, {5, 4, 3, 2}, {6, 5, 4, 3}};
constexpr int kBackward[4][4] = {{5, 6, 7, 0}, {6, 7, 0, 1}, {7, 0, 1, 2}, {0, 1, 2, 3}};
constexpr int kReplicate8[4][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}};
constexpr int kClampLeft[4][4] = {{3, 2, 1, 0}, {3, 2, 1, 1}, {3, 2, 2, 2}, {3, 3, 3, 3}};
constexpr int kClampRight[4][4] = {{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 2, 1, 0}, {3, 2, 1, 0}};
constexpr int kReplicate16[4][4] = {{1, 0, 1, 0}, {3, 2, 3, 2}, {1, 0, 1, 0}, {3, 2, 3, 2}};

TEST(Bits, PermuteModes) {
  const std::pair<const char*, const int(*)[4]> modes[] = {
      {"f4e", kForward},   {"b4e", kBackward},   {"rc8", kReplicate8},
      {"ecl", kClampLeft}, {"ecr", kClampRight}, {"rc16", kReplicate16}};
  for (const auto& [name, table] : modes)
    expect_function<u32, u32, u32, u32>(
        fmt::format("prmt.b32.{} %d, %a, %b, %c;", name), sample_inputs<u32, u32, u32>(),
        [table](u32 a, u32 b, u32 c) {
          const u64 bytes = u64{b} << 32 | a;
          u32 d = 0;
          for (int i = 0; i < 4; ++i)
            d = d << 8 | static_cast<u32>(bytes >> (8 * table[c & 3][i]) & 0xFF);
          return d;
        });
}

TEST(Bits, Permute) {  // 9.7.9.7: the generic form
  expect_function<u32, u32, u32, u32>(
      "prmt.b32 %d, %a, %b, %c;", sample_inputs<u32, u32, u32>(), [](u32 a, u32 b, u32 c) {
        const u64 bytes = u64{b} << 32 | a;
        u32 d = 0;
        for (u32 i = 0; i < 4; ++i) {
          const u32 selector = c >> (4 * i) & 0xF;
          const auto byte = static_cast<std::int8_t>(bytes >> (8 * (selector & 7)));
          const u32 value = selector >= 8 ? static_cast<u32>(byte >> 7) : static_cast<u32>(byte);
          d |= (value & 0xFF) << (8 * i);
        }
        return d;
      });
}

// Lanes that do not execute keep their registers, whatever kind of handler it is.
TEST(Bits, InactiveLanesKeepTheirRegisters) {
  const auto rows = sample_inputs<u32, u32>();
  const auto check = [&](const std::string& instruction, u32 (*f)(u32, u32)) {
    expect_function<u32, u32, u32>("mov.b32 %d, 77; setp.lt.s32 %p1, %a, 0; @%p1 " + instruction,
                                   rows, [f](u32 a, u32 b) { return bit(a, 31) ? f(a, b) : 77; });
  };
  check("add.u32 %d, %a, %b;", [](u32 a, u32 b) { return a + b; });
  check("add.u16x2 %d, %a, %b;",
        [](u32 a, u32 b) { return ((a & 0xFFFF0000) + (b & 0xFFFF0000)) | ((a + b) & 0xFFFF); });
  check("selp.b32 %d, %a, %b, %p1;", [](u32 a, u32) { return a; });
  check("add.cc.u32 %d, %a, %b;", [](u32 a, u32 b) { return a + b; });
  check("mov.b32 %d, %b;", [](u32, u32 b) { return b; });
  check("cvt.u32.u8 %d, %b;", [](u32, u32 b) { return b & 0xFF; });
  check("set.eq.u32.u32 %d, %a, %b;", [](u32 a, u32 b) { return a == b ? 0xFFFFFFFF : 0; });
}

}  // namespace
}  // namespace assay::emulator
