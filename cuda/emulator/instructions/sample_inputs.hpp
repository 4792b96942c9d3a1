// SPDX-License-Identifier: Apache-2.0
// For tests: inputs of instructions, all combinations of the edges of each type, then random ones.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <tuple>
#include <type_traits>
#include <vector>

namespace assay::emulator {

template <typename T>
std::vector<T> integer_edges() {
  using Limits = std::numeric_limits<T>;
  constexpr int kBits = 8 * sizeof(T);
  return {T{0},
          T{1},
          T{2},
          static_cast<T>(-1),
          static_cast<T>(-2),
          Limits::max(),
          Limits::min(),
          static_cast<T>(kBits - 1),
          static_cast<T>(kBits),
          static_cast<T>(kBits + 1),
          static_cast<T>(0x5A5A5A5A5A5A5A5A)};
}

template <typename T>
T random_integer(std::mt19937_64& random) {
  const std::uint64_t bits = random();
  // A quarter are small, of either sign.
  const auto small = static_cast<std::int64_t>(bits >> 8) >> 48;
  return static_cast<T>((bits & 3) == 0 ? static_cast<std::uint64_t>(small) : random());
}

// Floating-point numbers of `fraction` and `exponent` bits, as bits: zeros, subnormal and normal
// ends, powers of two and their neighbours, infinities, NaN.
template <typename Bits>
std::vector<Bits> float_edges(int fraction, int exponent) {
  const Bits one = Bits{1};
  const Bits infinity = static_cast<Bits>(((one << exponent) - 1) << fraction);
  const Bits unit = static_cast<Bits>(((one << (exponent - 1)) - 1) << fraction);
  const Bits normal = static_cast<Bits>(one << fraction);
  const Bits sign = static_cast<Bits>(one << (fraction + exponent));
  std::vector<Bits> edges;
  for (const Bits magnitude :
       {Bits{0}, one, static_cast<Bits>(normal - 1), normal, static_cast<Bits>(normal + 1),
        static_cast<Bits>(unit - 1), unit, static_cast<Bits>(unit + 1),
        static_cast<Bits>(unit + normal), static_cast<Bits>(unit + (normal >> 1)),
        static_cast<Bits>(infinity - 1), infinity, static_cast<Bits>(infinity + 1),
        static_cast<Bits>(infinity + (normal >> 1) + 3)})
    for (const Bits s : {Bits{0}, sign})
      edges.push_back(static_cast<Bits>(magnitude | s));
  return edges;
}

// Random bits; in every second one the exponent lies near that of 1, so that sums meet.
template <typename Bits>
Bits random_float(std::mt19937_64& random, int fraction, int exponent) {
  const std::uint64_t bits = random();
  if ((random() & 1) != 0) return static_cast<Bits>(bits);
  const std::uint64_t bias = (std::uint64_t{1} << (exponent - 1)) - 1;
  const std::uint64_t field = bias - 8 + random() % 16;
  const std::uint64_t kept = bits & ~(((std::uint64_t{1} << exponent) - 1) << fraction);
  return static_cast<Bits>(kept | field << fraction);
}

template <typename T>
struct Samples {
  static std::vector<T> edges() { return integer_edges<T>(); }
  static T random(std::mt19937_64& generator) { return random_integer<T>(generator); }
};
template <>
struct Samples<float> {
  static std::vector<float> edges() {
    std::vector<float> values;
    for (const std::uint32_t bits : float_edges<std::uint32_t>(23, 8))
      values.push_back(std::bit_cast<float>(bits));
    return values;
  }
  static float random(std::mt19937_64& generator) {
    return std::bit_cast<float>(random_float<std::uint32_t>(generator, 23, 8));
  }
};
template <>
struct Samples<double> {
  static std::vector<double> edges() {
    std::vector<double> values;
    for (const std::uint64_t bits : float_edges<std::uint64_t>(52, 11))
      values.push_back(std::bit_cast<double>(bits));
    return values;
  }
  static double random(std::mt19937_64& generator) {
    return std::bit_cast<double>(random_float<std::uint64_t>(generator, 52, 11));
  }
};

// Halves as bits, with their own tags.
enum class HalfBits : std::uint16_t {};
enum class Bfloat16Bits : std::uint16_t {};
template <>
struct Samples<HalfBits> {
  static std::vector<HalfBits> edges() {
    std::vector<HalfBits> values;
    for (const std::uint16_t bits : float_edges<std::uint16_t>(10, 5))
      values.push_back(HalfBits{bits});
    return values;
  }
  static HalfBits random(std::mt19937_64& generator) {
    return HalfBits{random_float<std::uint16_t>(generator, 10, 5)};
  }
};
template <>
struct Samples<Bfloat16Bits> {
  static std::vector<Bfloat16Bits> edges() {
    std::vector<Bfloat16Bits> values;
    for (const std::uint16_t bits : float_edges<std::uint16_t>(7, 8))
      values.push_back(Bfloat16Bits{bits});
    return values;
  }
  static Bfloat16Bits random(std::mt19937_64& generator) {
    return Bfloat16Bits{random_float<std::uint16_t>(generator, 7, 8)};
  }
};

template <typename First, typename... Rest>
void combine_edges(std::vector<std::tuple<First, Rest...>>& rows) {
  if constexpr (sizeof...(Rest) == 0) {
    for (const First value : Samples<First>::edges())
      rows.emplace_back(value);
  } else {
    std::vector<std::tuple<Rest...>> tails;
    combine_edges<Rest...>(tails);
    for (const First value : Samples<First>::edges())
      for (const auto& tail : tails)
        rows.push_back(std::tuple_cat(std::tuple(value), tail));
  }
}

// The random ones are the same in every run.
template <typename... In>
std::vector<std::tuple<In...>> sample_inputs(std::size_t random_count = 4096) {
  std::vector<std::tuple<In...>> rows;
  combine_edges<In...>(rows);
  std::mt19937_64 generator(sizeof...(In));
  for (std::size_t i = 0; i < random_count; ++i)
    rows.push_back(std::tuple<In...>{Samples<In>::random(generator)...});
  return rows;
}

}  // namespace assay::emulator
