// SPDX-License-Identifier: Apache-2.0
// Oracle: each instruction written out from its definition (PTX ISA 9.0, integer arithmetic,
// extended precision, logic and shift, and data movement instructions; CUDA Math API, SIMD
// intrinsics), bit by bit or in wider integers.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/numbers/integer_model.hpp"

namespace assay::corpus {
namespace {

void bit_operations(Word a, Word b, Word c, std::vector<Word>& rows) {
  const Wide ab = Wide{a} << 32 | b, ba = Wide{b} << 32 | a;
  const Word clamped = std::min(c & 63, 32u);
  const auto put = [&](Word result) { rows.push_back(result); };
  put(permute(a, b, c & 0x7777));
  put(permute(a, b, c));
  for (const auto& table : {kF4e, kB4e, kRc8, kEcl, kEcr, kRc16}) {
    int copied[4][4];
    std::copy_n(&table[0][0], 16, &copied[0][0]);
    put(permute_mode(a, b, copied, c));
  }
  put((a & b) | (~a & c));
  put(a ^ b ^ c);
  put(insert_field(a, b, c & 0xFF, c >> 8 & 0xFF));
  put(extract_field(a, c & 0xFF, c >> 8 & 0xFF, false));
  put(extract_field(a, c & 0xFF, c >> 8 & 0xFF, true));
  put(static_cast<Word>(ba << (c & 31) >> 32));
  put(static_cast<Word>(ba >> (c & 31)));
  put(static_cast<Word>(Wider{ba} << clamped >> 32));
  put(static_cast<Word>(ba >> clamped));
  put(word(std::popcount(a)));
  put(word(std::countl_zero(a >> (c & 31))));
  put(reverse(a));
  put(word(first_set(a << (c & 31))));
  put(word(std::popcount(ab)));
  put(word(std::countl_zero(ab >> (c & 63))));
  put(static_cast<Word>(reverse(ab)));
  put(word(first_set(ab << (c & 63))));
}

Word find_bit(Word value) {
  return word(31 - std::countl_zero(value));
}
Word saturate(Long value, Long low, Long high) {
  return word(std::clamp(value, low, high));
}

template <typename Combine>
Word by_halves(Combine combine) {
  return (combine(0) & 0xFFFFu) | combine(1) << 16;
}

void shift_operations(Word a, Word b, Word c, std::vector<Word>& rows) {
  const Word by = c & 63, width = c >> 8 & 63;
  const Long x = as_int(a), y = as_int(b);
  const auto put = [&](Word result) { rows.push_back(result); };
  put(static_cast<Word>(Wide{a} << by));
  put(static_cast<Word>(Wide{a} >> by));
  put(word(x >> std::min(by, 31u)));
  put(static_cast<Word>(((Wider{1} << width) - 1) << by));
  put(by == 0 ? 0 : extract_field(a, 0, by, true));
  put(by % 32 == 0 ? 0 : extract_field(a, 0, by % 32, false));
  put(find_bit(a >> (c & 31)));
  const int shifted = as_int(a) >> (c & 31);
  put(find_bit(static_cast<Word>(shifted < 0 ? ~shifted : shifted)));
  put(a >> (c & 31) == 0 ? ~0u : word(std::countl_zero(a >> (c & 31))));
  put((c & 1) == 0);
  put(saturate(x + y, INT32_MIN, INT32_MAX));
  put(saturate(x - y, INT32_MIN, INT32_MAX));
  put(by_halves([&](int i) { return word(half(a, i) + half(b, i)); }));
  put(by_halves([&](int i) { return word(std::min(signed_half(a, i), signed_half(b, i))); }));
  put(by_halves([&](int i) { return word(std::max(half(a, i), half(b, i))); }));
  put(x < y ? ~0u : 0u);
  put(as_int(c) >= 0 ? a : b);
  put(c << 16 | saturate(as_int(a) >> (c & 31), 0, 255) << 8 |
      saturate(as_int(b) >> (c >> 8 & 31), 0, 255));
}

// Products of low 24 bits, signed when asked.
Word multiply_24(Word a, Word b, bool is_signed) {
  const auto low = [&](Word v) { return is_signed ? as_int(v << 8) >> 8 : as_int(v & 0xFFFFFF); };
  return word(Long{low(a)} * low(b));
}

template <typename First, typename Second>
Word dot_bytes(Word a, Word b, Word c, First first, Second second) {
  Long sum = c;
  for (int i = 0; i < 4; ++i)
    sum += Long{first(a, i)} * second(b, i);
  return word(sum);
}

void product_operations(Word a, Word b, Word c, std::vector<Word>& rows) {
  const Long x = as_int(a), y = as_int(b), z = as_int(c);
  const Wide wide = Wide{a} << 32 | c, other = Wide{b} << 32 | a;
  __extension__ using Signed = __int128;
  const auto put = [&](Word result) { rows.push_back(result); };
  put(dot_bytes(a, b, c, signed_byte, signed_byte));
  put(dot_bytes(a, b, c, byte, byte));
  put(dot_bytes(a, b, c, byte, signed_byte));
  put(word(z + Long{signed_half(a, 0)} * signed_byte(b, 0) +
           Long{signed_half(a, 1)} * signed_byte(b, 1)));
  put(word(Long{c} + Long{half(a, 0)} * byte(b, 2) + Long{half(a, 1)} * byte(b, 3)));
  put(static_cast<Word>(Wide{a} * b >> 32));
  put(word(x * y >> 32));
  put(multiply_24(a, b, false));
  put(multiply_24(a, b, true));
  put(static_cast<Word>(Wide{a} * b + c));
  put(word((x * y >> 32) + z));
  put(static_cast<Word>((Wide{a} * b + wide) >> 32));
  put(word((x * y + z) >> 32));
  put(static_cast<Word>(Wider{wide} * other >> 64));
  put(static_cast<Word>(Signed{static_cast<Long>(wide)} * static_cast<Long>(other) >> 64));
  const Wider product = Wider{wide} * other + wide;
  put(static_cast<Word>(product >> 96) ^ static_cast<Word>(product >> 32));
  put(word((a > b ? a - b : b - a) + Long{c}));
  put(word((x > y ? x - y : y - x) + Long{c}));
  put(word((x + y) >> 1) ^ word((x + y + 1) >> 1) << 1);
}

void division_operations(Word a, Word b, Word c, std::vector<Word>& rows) {
  const int x = as_int(a), y = as_int(b), z = as_int(c);
  const Wide wide = Wide{a} << 32 | c, other = Wide{b} << 32 | a;
  const auto put = [&](Word result) { rows.push_back(result); };
  put(a / (b | 1));
  put(word(x / (y / 65536 | 1)));
  put(word(x % (y / 65536 | 1)));
  put(static_cast<Word>(wide / (b | 1)) ^ static_cast<Word>(wide % (other >> 20 | 1)));
  put(word(static_cast<Long>(wide) / (y | 1)));
  put(word(std::abs(x / 2)) ^ word(std::min(x, y)) ^ word(std::max(y, z)) << 1);
  put(word(std::max({x, y, z, 0})));
  put(std::min(a + b, c));
  put(by_halves([&](int i) {
    const int sum = static_cast<std::int16_t>(half(a, i) + half(b, i));
    return word(std::max(sum, signed_half(c, i)));
  }));
  Word differences = 0, maxima = 0;
  for (int i = 0; i < 4; ++i) {
    differences |= word(std::abs(byte(a, i) - byte(b, i))) << 8 * i;
    maxima |= (word(std::max(signed_byte(b, i), signed_byte(c, i))) & 0xFF) << 8 * i;
  }
  put(differences);
  put(by_halves([&](int i) { return word(half(a, i) + half(c, i)); }));
  put(maxima);
  put(word(Long{half(a, 0)} * signed_half(b, 0)));
  put(word(signed_byte(c, 0) * byte(a, 1)));
}

}  // namespace

void integer_ops(const Module& module) {
  constexpr int kCount = 2500;
  Random random(1);
  const auto value = [&] {
    const Word bits = random.u32();
    return random.between(0, 3) == 0 ? static_cast<Word>(as_int(bits) >> (bits & 31)) : bits;
  };
  auto a = random.vector(kCount, value), b = random.vector(kCount, value),
       c = random.vector(kCount, value);
  std::vector<Word> want, rows;
  for (int i = 0; i < kCount; ++i) {
    rows.clear();
    bit_operations(a[i], b[i], c[i], rows);
    shift_operations(a[i], b[i], c[i], rows);
    product_operations(a[i], b[i], c[i], rows);
    division_operations(a[i], b[i], c[i], rows);
    want.resize(rows.size() * kCount);
    for (std::size_t row = 0; row < rows.size(); ++row)
      want[row * kCount + i] = rows[row];
  }
  const Array<Word> device_a(a), device_b(b), device_c(c), out(want.size());
  launch(module.function("integer_ops"), {{blocks_for(kCount, 96)}, {96}}, device_a, device_b,
         device_c, kCount, out);
  expect_equal(out.download(), want, "operation * 2500 + i");
}

}  // namespace assay::corpus
