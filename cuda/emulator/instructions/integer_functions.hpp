// SPDX-License-Identifier: Apache-2.0
// What integer instructions compute, one lane each. Sources: PTX ISA 9.0, sections 9.7.1 (integer
// arithmetic) and 9.7.2 (extended precision). Results wrap unless they say that they saturate.
// Divisions by zero, which 9.7.1.8 leaves to the machine, give all ones for quotient and remainder:
// ptxas 13.0 folds constants to that.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cuda/emulator/instructions/lanewise.hpp"

namespace assay::emulator {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// Unsigned arithmetic of at least 32 bits, where nothing overflows.
template <typename T>
using Modular = std::common_type_t<std::make_unsigned_t<T>, unsigned>;

template <typename T>
struct Wider;
template <>
struct Wider<std::int16_t> : std::type_identity<std::int32_t> {};
template <>
struct Wider<std::uint16_t> : std::type_identity<std::uint32_t> {};
template <>
struct Wider<std::int32_t> : std::type_identity<std::int64_t> {};
template <>
struct Wider<std::uint32_t> : std::type_identity<std::uint64_t> {};
template <>
struct Wider<std::int64_t> : std::type_identity<Int128> {};
template <>
struct Wider<std::uint64_t> : std::type_identity<UInt128> {};
template <typename T>
using Wide = typename Wider<T>::type;

template <typename T, typename W>
ASSAY_CALL T clamp_to(W value) {
  using Limits = std::numeric_limits<T>;
  return static_cast<T>(std::clamp<W>(value, Limits::min(), Limits::max()));
}

struct Add {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>(Modular<T>(a) + Modular<T>(b));
  }
};

struct Subtract {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>(Modular<T>(a) - Modular<T>(b));
  }
};

struct AddSaturating {
  ASSAY_CALL std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    return clamp_to<std::int32_t>(std::int64_t{a} + b);
  }
};

struct SubtractSaturating {
  ASSAY_CALL std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    return clamp_to<std::int32_t>(std::int64_t{a} - b);
  }
};

struct MultiplyLow {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>(Modular<T>(a) * Modular<T>(b));
  }
};

struct MultiplyHigh {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>((Wide<T>{a} * Wide<T>{b}) >> (8 * sizeof(T)));
  }
};

struct MultiplyWide {
  template <typename T>
  ASSAY_CALL Wide<T> operator()(T a, T b) const {
    return static_cast<Wide<T>>(Wide<T>{a} * Wide<T>{b});
  }
};

// The low 24 bits of each operand: the product's bits 31..0 or 47..16 (9.7.1.5).
template <bool kHigh>
struct Multiply24 {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return static_cast<T>((low24(a) * low24(b)) >> (kHigh ? 16 : 0));
  }

 private:
  template <typename T>
  ASSAY_CALL static Wide<T> low24(T x) {
    return static_cast<T>(static_cast<std::uint32_t>(x) << 8) >> 8;
  }
};

template <typename Multiply>
struct MultiplyAdd {
  template <typename T, typename C>
  ASSAY_CALL C operator()(T a, T b, C c) const {
    return Add{}(static_cast<C>(Multiply{}(a, b)), c);
  }
};

template <typename Multiply>
struct MultiplyAddSaturating {
  ASSAY_CALL std::int32_t operator()(std::int32_t a, std::int32_t b, std::int32_t c) const {
    return AddSaturating{}(Multiply{}(a, b), c);
  }
};

// Of at most 32 bits: the quotient rounded to binary64 never reaches the next integer, as the exact
// one is at least 1/b below it, which is more than half an ulp for numerators below 2^53. That
// makes vectors of quotients possible. The smallest integer divided by -1 wraps.
struct Divide {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    if constexpr (sizeof(T) <= 4) {
      using Word = std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>;
      using Limits = std::numeric_limits<Word>;
      double quotient = static_cast<double>(a) / static_cast<double>(b == 0 ? T{1} : b);
      quotient = quotient > double{Limits::max()} ? double{Limits::min()} : quotient;
      return b == 0 ? static_cast<T>(-1) : static_cast<T>(static_cast<Word>(quotient));
    } else {
      if (b == 0) return static_cast<T>(-1);
      if constexpr (std::is_signed_v<T>)
        if (b == -1) return Subtract{}(T{0}, a);
      return a / b;
    }
  }
};

struct Remainder {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    const T remainder = Subtract{}(a, MultiplyLow{}(Divide{}(a, b), b));
    return b == 0 ? static_cast<T>(-1) : remainder;
  }
};

struct Absolute {
  template <typename T>
  ASSAY_CALL T operator()(T a) const {
    return a < 0 ? Subtract{}(T{0}, a) : a;
  }
};

struct Negate {
  template <typename T>
  ASSAY_CALL T operator()(T a) const {
    return Subtract{}(T{0}, a);
  }
};

struct Minimum {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};

struct Maximum {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

template <typename Choice>
struct WithRelu {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b) const {
    return Maximum{}(Choice{}(a, b), T{0});
  }
};

// vabsdiff4 (PTX ISA 9.7.17.1): |a - b| of each byte; with .add their sum plus c.
template <bool kAdds>
struct AbsoluteDifferencesOfBytes {
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    std::uint32_t bytes = 0, sum = c;
    for (int shift = 0; shift < 32; shift += 8) {
      const std::uint32_t x = (a >> shift) & 0xFF, y = (b >> shift) & 0xFF;
      const std::uint32_t difference = x > y ? x - y : y - x;
      bytes |= difference << shift;
      sum += difference;
    }
    return kAdds ? sum : bytes;
  }
};

struct SumOfAbsoluteDifferences {
  template <typename T>
  ASSAY_CALL T operator()(T a, T b, T c) const {
    return Add{}(c, a < b ? Subtract{}(b, a) : Subtract{}(a, b));
  }
};

}  // namespace assay::emulator
