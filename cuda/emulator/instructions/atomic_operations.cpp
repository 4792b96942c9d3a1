// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/atomic_operations.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "reference/format/convert.hpp"

namespace assay::emulator {
namespace {

struct Word128 {
  std::uint64_t low, high;
  bool operator==(const Word128&) const = default;
};

// ---- integers and bits

template <typename T>
T add(T old, T b, T) {
  return old + b;
}
template <typename T>
T least(T old, T b, T) {
  return std::min(old, b);
}
template <typename T>
T greatest(T old, T b, T) {
  return std::max(old, b);
}
template <typename T>
T bit_and(T old, T b, T) {
  return old & b;
}
template <typename T>
T bit_or(T old, T b, T) {
  return old | b;
}
template <typename T>
T bit_xor(T old, T b, T) {
  return old ^ b;
}
template <typename T>
T exchange(T, T b, T) {
  return b;
}
template <typename T>
T compare_and_swap(T old, T b, T c) {
  return old == b ? c : old;
}
std::uint32_t increment(std::uint32_t old, std::uint32_t b, std::uint32_t) {
  return old >= b ? 0 : old + 1;
}
std::uint32_t decrement(std::uint32_t old, std::uint32_t b, std::uint32_t) {
  return old == 0 || old > b ? b : old - 1;
}

// ---- binary32 and binary64: NaN results are canonical

float flush(float x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x;
}
float canonical(float x) {
  return x == x ? x : std::bit_cast<float>(0x7FFFFFFFu);
}
float add_f32(float old, float b, float) {
  return canonical(old + b);
}
float add_f32_flushing(float old, float b, float) {
  return canonical(flush(flush(old) + flush(b)));
}
double add_f64(double old, double b, double) {
  return old + b;
}

// ---- binary16 and bfloat16. Sums are exact in binary32 or rounded where the second rounding does
// no harm (24 bits are more than twice 11 bits and two more: Figueroa 1995).

template <FloatFormat kFormat>
constexpr CastRules kHalfRules{.overflow = kFormat.infinity_code(),
                               .infinity = kFormat.infinity_code(),
                               .positive_nan = 0x7FFF,
                               .negative_nan = 0x7FFF};

template <FloatFormat kFormat>
float widen(std::uint16_t code) {
  if constexpr (kFormat == kBf16) {
    return std::bit_cast<float>(std::uint32_t{code} << 16);
  } else {
    constexpr CastRules kRules{.overflow = 0x7F800000,
                               .infinity = 0x7F800000,
                               .positive_nan = 0x7FFFFFFF,
                               .negative_nan = 0x7FFFFFFF};
    return std::bit_cast<float>(convert<kFormat, kF32>(code, kRules));
  }
}

template <FloatFormat kFormat>
std::uint16_t narrow(float value) {
  return static_cast<std::uint16_t>(
      convert<kF32, kFormat>(std::bit_cast<std::uint32_t>(value), kHalfRules<kFormat>));
}

template <FloatFormat kFormat>
std::uint16_t add_half(std::uint16_t old, std::uint16_t b, std::uint16_t) {
  return narrow<kFormat>(widen<kFormat>(old) + widen<kFormat>(b));
}

// min and max as the instructions of that name: a NaN loses against a number, -0 is below +0.
template <FloatFormat kFormat, bool kIsMin>
std::uint16_t extreme_half(std::uint16_t old, std::uint16_t b, std::uint16_t) {
  const float x = widen<kFormat>(old), y = widen<kFormat>(b);
  if (std::isnan(x)) return std::isnan(y) ? 0x7FFF : b;
  if (std::isnan(y)) return old;
  const bool x_is_less = x < y || (x == y && std::signbit(x));
  return x_is_less == kIsMin ? old : b;
}

template <std::uint16_t (*kApply)(std::uint16_t, std::uint16_t, std::uint16_t)>
std::uint32_t both_halves(std::uint32_t old, std::uint32_t b, std::uint32_t) {
  const auto part = [](std::uint32_t word, int shift) {
    return static_cast<std::uint16_t>(word >> shift);
  };
  return kApply(part(old, 0), part(b, 0), 0) | std::uint32_t{kApply(part(old, 16), part(b, 16), 0)}
                                                   << 16;
}

// ---- by name

template <typename T, T (*kApply)(T, T, T)>
void on_bytes(std::byte* value, const std::byte* b, const std::byte* c) {
  T old, second, third;
  std::memcpy(&old, value, sizeof old);
  std::memcpy(&second, b, sizeof second);
  std::memcpy(&third, c, sizeof third);
  const T next = kApply(old, second, third);
  std::memcpy(value, &next, sizeof next);
}

struct Entry {
  std::string_view operation;
  ptx::Type type;
  AtomicOperation functions;
};

template <typename T, T (*kApply)(T, T, T), T (*kGlobal)(T, T, T) = kApply>
constexpr Entry entry(std::string_view operation, ptx::Type type) {
  return {operation, type, {on_bytes<T, kApply>, on_bytes<T, kGlobal>}};
}

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S32 = std::int32_t;
using S64 = std::int64_t;
using Type = ptx::Type;

constexpr Entry kEntries[] = {
    entry<U32, add<U32>>("add", Type::u32),
    entry<U32, add<U32>>("add", Type::s32),
    entry<U64, add<U64>>("add", Type::u64),
    entry<U64, add<U64>>("add", Type::s64),
    entry<float, add_f32, add_f32_flushing>("add", Type::f32),
    entry<double, add_f64>("add", Type::f64),
    entry<U16, add_half<kF16>>("add", Type::f16),
    entry<U16, add_half<kBf16>>("add", Type::bf16),
    entry<U32, both_halves<add_half<kF16>>>("add", Type::f16x2),
    entry<U32, both_halves<add_half<kBf16>>>("add", Type::bf16x2),
    entry<U32, least<U32>>("min", Type::u32),
    entry<S32, least<S32>>("min", Type::s32),
    entry<U64, least<U64>>("min", Type::u64),
    entry<S64, least<S64>>("min", Type::s64),
    entry<U16, extreme_half<kF16, true>>("min", Type::f16),
    entry<U16, extreme_half<kBf16, true>>("min", Type::bf16),
    entry<U32, both_halves<extreme_half<kF16, true>>>("min", Type::f16x2),
    entry<U32, both_halves<extreme_half<kBf16, true>>>("min", Type::bf16x2),
    entry<U32, greatest<U32>>("max", Type::u32),
    entry<S32, greatest<S32>>("max", Type::s32),
    entry<U64, greatest<U64>>("max", Type::u64),
    entry<S64, greatest<S64>>("max", Type::s64),
    entry<U16, extreme_half<kF16, false>>("max", Type::f16),
    entry<U16, extreme_half<kBf16, false>>("max", Type::bf16),
    entry<U32, both_halves<extreme_half<kF16, false>>>("max", Type::f16x2),
    entry<U32, both_halves<extreme_half<kBf16, false>>>("max", Type::bf16x2),
    entry<U32, increment>("inc", Type::u32),
    entry<U32, decrement>("dec", Type::u32),
    entry<U32, bit_and<U32>>("and", Type::b32),
    entry<U64, bit_and<U64>>("and", Type::b64),
    entry<U32, bit_or<U32>>("or", Type::b32),
    entry<U64, bit_or<U64>>("or", Type::b64),
    entry<U32, bit_xor<U32>>("xor", Type::b32),
    entry<U64, bit_xor<U64>>("xor", Type::b64),
    entry<U32, exchange<U32>>("exch", Type::b32),
    entry<U64, exchange<U64>>("exch", Type::b64),
    entry<Word128, exchange<Word128>>("exch", Type::b128),
    entry<U16, compare_and_swap<U16>>("cas", Type::b16),
    entry<U32, compare_and_swap<U32>>("cas", Type::b32),
    entry<U64, compare_and_swap<U64>>("cas", Type::b64),
    entry<Word128, compare_and_swap<Word128>>("cas", Type::b128),
};

}  // namespace

std::optional<AtomicOperation> find_atomic(std::string_view operation, ptx::Type type) {
  for (const Entry& entry : kEntries)
    if (entry.operation == operation && entry.type == type) return entry.functions;
  return std::nullopt;
}

}  // namespace assay::emulator
