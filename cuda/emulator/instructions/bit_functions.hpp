// SPDX-License-Identifier: Apache-2.0
// What bit instructions compute, one lane each. Source: PTX ISA 9.0, sections 9.7.1.15 to 9.7.1.22
// (popc ... bmsk), 9.7.8.7 to 9.7.8.9 (shifts) and 9.7.9.7 (prmt).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "cuda/emulator/instructions/lanewise.hpp"

namespace assay::emulator {

template <typename T>
constexpr std::uint32_t kBits = 8 * sizeof(T);

// Shift amounts above the width are the width.
struct ShiftLeft {
  template <typename T>
  ASSAY_CALL T operator()(T a, std::uint32_t amount) const {
    return amount < kBits<T> ? static_cast<T>(std::uint64_t{a} << (amount & (kBits<T> - 1))) : T{0};
  }
};

struct ShiftRight {
  template <typename T>
  ASSAY_CALL T operator()(T a, std::uint32_t amount) const {
    const T shifted = static_cast<T>(a >> std::min(amount, kBits<T> - 1));
    return std::is_signed_v<T> || amount < kBits<T> ? shifted : T{0};
  }
};

// Of the 64 bits {b, a}: kLeft: the high word of their left shift; else the low word of their right
// shift.
template <bool kLeft, bool kWrap>
struct FunnelShift {
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    const std::uint32_t n = kWrap ? c & 31 : std::min(c, 32u);
    const std::uint64_t both = std::uint64_t{b} << 32 | a;
    return static_cast<std::uint32_t>(kLeft ? (both << n) >> 32 : both >> n);
  }
};

struct CountOnes {
  template <typename T>
  ASSAY_CALL std::uint32_t operator()(T a) const {
    return static_cast<std::uint32_t>(std::popcount(a));
  }
};

struct CountLeadingZeros {
  template <typename T>
  ASSAY_CALL std::uint32_t operator()(T a) const {
    return static_cast<std::uint32_t>(std::countl_zero(a));
  }
};

// The position of the highest bit that differs from the sign; kAsShift: its distance from the top.
template <bool kAsShift>
struct FindBit {
  template <typename T>
  ASSAY_CALL std::uint32_t operator()(T a) const {
    using Bits = std::make_unsigned_t<T>;
    const auto magnitude = static_cast<Bits>(a < 0 ? ~a : a);
    const auto zeros = static_cast<std::uint32_t>(std::countl_zero(magnitude));
    if (magnitude == 0) return 0xFFFFFFFF;
    return kAsShift ? zeros : kBits<T> - 1 - zeros;
  }
};

struct FindNthSet {
  ASSAY_CALL std::uint32_t operator()(std::uint32_t mask, std::uint32_t base,
                                      std::int32_t offset) const {
    if (base > 31) return 0xFFFFFFFF;  // undefined there
    if (offset == 0) return ((mask >> base) & 1) != 0 ? base : 0xFFFFFFFF;
    const int step = offset > 0 ? 1 : -1;
    std::int64_t left = offset > 0 ? offset : -std::int64_t{offset};
    for (int at = static_cast<int>(base); at >= 0 && at < 32; at += step)
      if (((mask >> at) & 1) != 0 && --left == 0) return static_cast<std::uint32_t>(at);
    return 0xFFFFFFFF;
  }
};

struct Reverse {
  template <typename T>
  ASSAY_CALL T operator()(T a) const {
    for (std::uint32_t half = kBits<T> / 2; half > 0; half /= 2) {
      const T low = static_cast<T>(~T{0}) / static_cast<T>((T{1} << half) + 1);  // of each pair
      a = static_cast<T>(((a >> half) & low) | ((a & low) << half));
    }
    return a;
  }
};

// The lowest n bits; n from 0 on.
template <typename T>
ASSAY_CALL T low_bits(std::uint32_t n) {
  return n >= kBits<T> ? static_cast<T>(~T{0}) : static_cast<T>((T{1} << (n & (kBits<T> - 1))) - 1);
}

struct ExtractField {
  template <typename T>
  ASSAY_CALL T operator()(T a, std::uint32_t b, std::uint32_t c) const {
    using Bits = std::make_unsigned_t<T>;
    const std::uint32_t position = b & 0xFF, length = c & 0xFF;
    const auto bits = static_cast<Bits>(a);
    const Bits field = position < kBits<T> ? bits >> (position & (kBits<T> - 1)) : Bits{0};
    const std::uint32_t last = std::min(position + length - 1, kBits<T> - 1);
    const bool is_negative =
        std::is_signed_v<T> && length != 0 && ((bits >> (last & (kBits<T> - 1))) & 1) != 0;
    // What lies beyond the field, or beyond the source's top bit, is the sign.
    const std::uint32_t there = position < kBits<T> ? kBits<T> - position : 0;
    const Bits mask = low_bits<Bits>(std::min(length, there));
    return static_cast<T>((field & mask) | (is_negative ? ~mask : Bits{0}));
  }
};

struct InsertField {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b, std::uint32_t c, std::uint32_t d) const {
    const std::uint32_t position = c & 0xFF, length = d & 0xFF;
    const std::uint32_t shift = position & (kBits<T> - 1);
    const T mask = position < kBits<T> ? static_cast<T>(low_bits<T>(length) << shift) : T{0};
    return static_cast<T>((b & ~mask) | (static_cast<T>(a << shift) & mask));
  }
};

template <bool kClamp>
struct BitMask {
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const {
    const std::uint32_t position = a & 31, width = b & 31;
    const bool is_outside = kClamp && a >= 32;
    const bool fills = position + width >= 32 || (kClamp && b >= 32);
    const std::uint32_t from = 0xFFFFFFFFu << position;
    const std::uint32_t to = fills ? 0xFFFFFFFF : low_bits<std::uint32_t>(position + width);
    return is_outside ? 0 : from & to;
  }
};

template <bool kClamp>
struct ExtendSign {
  template <typename T>
  ASSAY_CALL T operator()(T a, std::uint32_t b) const {
    const std::uint32_t width = b & 31;
    const auto bits = static_cast<std::uint32_t>(a);
    const std::uint32_t mask = low_bits<std::uint32_t>(width);
    const bool is_negative =
        std::is_signed_v<T> && width != 0 && ((bits >> ((width - 1) & 31)) & 1) != 0;
    const std::uint32_t extended = (bits & mask) | (is_negative ? ~mask : 0);
    return static_cast<T>(kClamp && b >= 32 ? bits : extended);
  }
};

// Byte `selector` (bits 2..0) of {b, a}, or its sign in all bits (bit 3).
ASSAY_CALL std::uint32_t pick_byte(std::uint64_t both, std::uint32_t selector) {
  const auto byte = static_cast<std::uint32_t>(both >> (8 * (selector & 7))) & 0xFF;
  const std::uint32_t sign = (byte & 0x80) != 0 ? 0xFF : 0;
  return (selector & 8) != 0 ? sign : byte;
}

struct Permute {
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    const std::uint64_t both = std::uint64_t{b} << 32 | a;
    std::uint32_t result = 0;
    for (std::uint32_t i = 0; i < 4; ++i)
      result |= pick_byte(both, (c >> (4 * i)) & 0xF) << (8 * i);
    return result;
  }
};

// Op::immediate: the generic selector for each of c's two low bits, 16 bits each.
class PermuteByMode {
 public:
  ASSAY_CALL explicit PermuteByMode(const Op& op)
      : selectors_(static_cast<std::uint64_t>(op.immediate)) {}
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    return Permute{}(a, b, static_cast<std::uint32_t>(selectors_ >> (16 * (c & 3))) & 0xFFFF);
  }

 private:
  std::uint64_t selectors_;
};

}  // namespace assay::emulator
