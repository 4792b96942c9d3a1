// SPDX-License-Identifier: Apache-2.0
// Integer instructions of PTX ISA 9.0 bit by bit: prmt and its modes (data movement), bfi and bfe
// (integer arithmetic), brev and first set bits.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace assay::corpus {

using Word = std::uint32_t;
using Wide = std::uint64_t;
using Long = std::int64_t;
__extension__ using Wider = unsigned __int128;

inline int as_int(Word value) {
  return static_cast<int>(value);
}
inline Word word(Long value) {
  return static_cast<Word>(value);
}
inline int signed_byte(Word value, int i) {
  return static_cast<std::int8_t>(value >> 8 * i);
}
inline int byte(Word value, int i) {
  return static_cast<int>(value >> 8 * i & 0xFF);
}
inline int signed_half(Word value, int i) {
  return static_cast<std::int16_t>(value >> 16 * i);
}
inline int half(Word value, int i) {
  return static_cast<int>(value >> 16 * i & 0xFFFF);
}

inline Word bytes_of(const Wide source, const int (&selected)[4]) {  // most significant first
  Word result = 0;
  for (const int index : selected)
    result = result << 8 | (source >> 8 * index & 0xFF);
  return result;
}

// The tables of prmt's modes.
inline Word permute_mode(Word a, Word b, const int (&table)[4][4], Word control) {
  return bytes_of(Wide{b} << 32 | a, table[control & 3]);
}
inline constexpr int kF4e[4][4] = {{3, 2, 1, 0}, {4, 3, 2, 1}, {5, 4, 3, 2}, {6, 5, 4, 3}};
inline constexpr int kB4e[4][4] = {{5, 6, 7, 0}, {6, 7, 0, 1}, {7, 0, 1, 2}, {0, 1, 2, 3}};
inline constexpr int kRc8[4][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}};
inline constexpr int kEcl[4][4] = {{3, 2, 1, 0}, {3, 2, 1, 1}, {3, 2, 2, 2}, {3, 3, 3, 3}};
inline constexpr int kEcr[4][4] = {{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 2, 1, 0}, {3, 2, 1, 0}};
inline constexpr int kRc16[4][4] = {{1, 0, 1, 0}, {3, 2, 3, 2}, {1, 0, 1, 0}, {3, 2, 3, 2}};

inline Word permute(Word a, Word b, Word selector) {
  Word result = 0;
  for (int i = 0; i < 4; ++i) {
    const Word nibble = selector >> 4 * i & 15;
    Word chosen = static_cast<Word>((Wide{b} << 32 | a) >> 8 * (nibble & 7)) & 0xFF;
    if (nibble & 8) chosen = chosen & 0x80 ? 0xFF : 0;
    result |= chosen << 8 * i;
  }
  return result;
}

inline bool bit(Wide value, int i) {
  return (value >> i & 1) != 0;
}

inline Word insert_field(Word field, Word into, Word position, Word length) {
  for (Word i = 0; i < length && position + i < 32; ++i)
    into = (into & ~(1u << (position + i))) | Word{bit(field, static_cast<int>(i))}
                                                  << (position + i);
  return into;
}

inline Word extract_field(Word value, Word position, Word length, bool is_signed) {
  const bool fill = is_signed && length != 0 &&
                    bit(value, static_cast<int>(std::min(position + length - 1, 31u)));
  Word result = 0;
  for (Word i = 0; i < 32; ++i) {
    const bool inside = i < length && position + i < 32;
    result |= Word{inside ? bit(value, static_cast<int>(position + i)) : fill} << i;
  }
  return result;
}

inline int first_set(Wide value) {
  return value == 0 ? 0 : std::countr_zero(value) + 1;
}

template <typename Bits>
Bits reverse(Bits value) {
  Bits result = 0;
  for (std::size_t i = 0; i < 8 * sizeof(Bits); ++i)
    result |= (value >> i & 1) << (8 * sizeof(Bits) - 1 - i);
  return result;
}

}  // namespace assay::corpus
