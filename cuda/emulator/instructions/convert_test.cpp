// SPDX-License-Identifier: Apache-2.0
// cvt between integers and floating-point numbers of one value a register, and cvt.pack: PTX ISA
// 9.0, sections 9.7.9.21 and 9.7.9.22. Oracles: MPFR for what rounds, __int128 for integers.
#include "cuda/emulator/instructions/mpfr_oracle.hpp"
#include "cuda/emulator/instructions/ptx_test.hpp"
#include "cuda/emulator/instructions/sample_inputs.hpp"

namespace assay::emulator {
namespace {

__extension__ using Big = __int128;

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;

template <typename T>
std::string name_of() {
  return fmt::format("{}{}", std::is_signed_v<T> ? "s" : "u", 8 * sizeof(T));
}

template <typename F>
void for_each_integer(F f) {
  f(u8{}), f(u16{}), f(u32{}), f(u64{}), f(s8{}), f(s16{}), f(s32{}), f(s64{});
}

// --- integers ---------------------------------------------------------------------------------

TEST(ConvertIntegers, TruncateAndExtend) {
  for_each_integer([]<typename From>(From) {
    for_each_integer([]<typename To>(To) {
      expect_function<To, From>(fmt::format("cvt.{}.{} %d, %a;", name_of<To>(), name_of<From>()),
                                sample_inputs<From>(500),
                                [](From a) { return static_cast<To>(Big{a}); });
    });
  });
}

TEST(ConvertIntegers, Saturate) {
  for_each_integer([]<typename From>(From) {
    for_each_integer([]<typename To>(To) {
      using Source = std::numeric_limits<From>;
      using Target = std::numeric_limits<To>;
      const std::string body = fmt::format("cvt.sat.{}.{} %d, %a;", name_of<To>(), name_of<From>());
      if (Big{Target::min()} <= Big{Source::min()} && Big{Target::max()} >= Big{Source::max()}) {
        // "illegal in cases where saturation is not possible"
        EXPECT_THROW((PtxFunction<To, From>(body)), std::runtime_error) << body;
        return;
      }
      expect_function<To, From>(body, sample_inputs<From>(500), [](From a) {
        return static_cast<To>(std::clamp<Big>(a, Target::min(), Target::max()));
      });
    });
  });
}

// "Source registers wider than the specified type may be used": their low bits count. Wider
// destinations: signed results are sign-extended, others zero-extended.
TEST(ConvertIntegers, WiderRegisters) {
  expect_function<u32, u32>("cvt.u32.u8 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return u32{static_cast<u8>(a)}; });
  expect_function<u32, u64>("cvt.s32.s16 %d, %a;", sample_inputs<u64>(),
                            [](u64 a) { return static_cast<u32>(s32{static_cast<s16>(a)}); });
  expect_function<u16, u16>("cvt.s16.s8 %d, %a;", sample_inputs<u16>(),
                            [](u16 a) { return static_cast<u16>(s16{static_cast<s8>(a)}); });
  expect_function<u32, u32>("cvt.s8.u32 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return static_cast<u32>(s32{static_cast<s8>(a)}); });
  expect_function<u64, u32>("cvt.u16.u32 %d, %a;", sample_inputs<u32>(),
                            [](u32 a) { return u64{static_cast<u16>(a)}; });
  expect_function<u16, u16>("cvt.sat.s8.s16 %d, %a;", sample_inputs<u16>(), [](u16 a) {
    return static_cast<u16>(std::clamp<int>(static_cast<s16>(a), -128, 127));
  });
  expect_function<u32, u32>("cvt.sat.u8.s32 %d, %a;", sample_inputs<u32>(), [](u32 a) {
    return static_cast<u32>(std::clamp<s32>(static_cast<s32>(a), 0, 255));
  });
  expect_function<u16, float>("cvt.rzi.s8.f32 %d, %a;", sample_inputs<float>(), [](float a) {
    return a != a ? u16{0} : static_cast<u16>(std::clamp(std::trunc(a), -128.0f, 127.0f));
  });
}

TEST(ConvertIntegers, Pack) {  // 9.7.9.22
  const auto saturated = [](s32 x, int bits, bool is_signed) {
    const s64 high = (s64{1} << (bits - (is_signed ? 1 : 0))) - 1, low = is_signed ? -high - 1 : 0;
    return static_cast<u32>(std::clamp<s64>(x, low, high)) & ((1u << bits) - 1);
  };
  for (const bool is_signed : {false, true}) {
    const char sign = is_signed ? 's' : 'u';
    expect_function<u32, s32, s32>(fmt::format("cvt.pack.sat.{}16.s32 %d, %a, %b;", sign),
                                   sample_inputs<s32, s32>(), [=](s32 a, s32 b) {
                                     return saturated(a, 16, is_signed) << 16 |
                                            saturated(b, 16, is_signed);
                                   });
    for (const int bits : {8, 4, 2})
      expect_function<u32, s32, s32, u32>(
          fmt::format("cvt.pack.sat.{}{}.s32.b32 %d, %a, %b, %c;", sign, bits),
          sample_inputs<s32, s32, u32>(), [=](s32 a, s32 b, u32 c) {
            return c << (2 * bits) | saturated(a, bits, is_signed) << bits |
                   saturated(b, bits, is_signed);
          });
  }
}

// --- between integers and floating-point numbers ----------------------------------------------

struct Direction {
  const char* of_float;
  const char* of_integer;
  mpfr_rnd_t mpfr;
};
constexpr Direction kDirections[] = {{"rn", "rni", MPFR_RNDN},
                                     {"rz", "rzi", MPFR_RNDZ},
                                     {"rm", "rmi", MPFR_RNDD},
                                     {"rp", "rpi", MPFR_RNDU}};

// How a test holds a format, and the format's name, layout and NaN.
template <typename T>
struct Traits;
template <>
struct Traits<float> {
  static constexpr const char* kName = "f32";
  static constexpr FloatFormat kFormat = kF32;
  static constexpr u64 kNan = 0x7FFFFFFF;
};
template <>
struct Traits<double> {
  static constexpr const char* kName = "f64";
  static constexpr FloatFormat kFormat = kF64;
  static constexpr u64 kNan = 0xFFF8'0000'0000'0000;
};
template <>
struct Traits<HalfBits> {
  static constexpr const char* kName = "f16";
  static constexpr FloatFormat kFormat = kF16;
  static constexpr u64 kNan = 0x7FFF;
};
template <>
struct Traits<Bfloat16Bits> {
  static constexpr const char* kName = "bf16";
  static constexpr FloatFormat kFormat = kBf16;
  static constexpr u64 kNan = 0x7FFF;
};

template <typename F>
void for_each_float(F f) {
  f(float{}), f(double{}), f(HalfBits{}), f(Bfloat16Bits{});
}

double value_of(double x) {
  return x;
}
double value_of(float x) {
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
T from_code(u64 code) {
  if constexpr (std::is_enum_v<T>)
    return T{static_cast<u16>(code)};
  else if constexpr (sizeof(T) == 4)
    return std::bit_cast<float>(static_cast<u32>(code));
  else
    return std::bit_cast<double>(code);
}

template <typename T>
T rounded(const Real& exact, mpfr_rnd_t direction) {
  if (exact.is_nan()) return from_code<T>(Traits<T>::kNan);
  return from_code<T>(exact.code(Traits<T>::kFormat, direction));
}

template <typename From>
Real real_of(From x) {
  if constexpr (std::is_integral_v<From>)
    return Real::of(static_cast<std::conditional_t<std::is_signed_v<From>, s64, u64>>(x));
  else
    return Real(value_of(x));
}

// Where a 64-bit integer lies between two numbers of a narrower format.
template <typename T>
std::vector<std::tuple<T>> integers_at_boundaries() {
  auto rows = sample_inputs<T>(2000);
  std::mt19937_64 random(9);
  for (int i = 0; i < 4000; ++i) {
    const int top = static_cast<int>(random() % (8 * sizeof(T)));
    const int last = std::max(0, top - static_cast<int>(random() % 56));
    const u64 x = (u64{1} << top | u64{1} << last) + random() % 3 - 1;
    rows.emplace_back(static_cast<T>(random() % 2 == 0 ? x : 0 - x));
  }
  return rows;
}

TEST(Convert, IntegersToFloatsAreCorrectlyRounded) {
  for_each_integer([]<typename From>(From) {
    for_each_float([]<typename To>(To) {
      for (const Direction& direction : kDirections)
        expect_function<To, From>(fmt::format("cvt.{}.{}.{} %d, %a;", direction.of_float,
                                              Traits<To>::kName, name_of<From>()),
                                  integers_at_boundaries<From>(),
                                  [&](From a) { return rounded<To>(real_of(a), direction.mpfr); });
    });
  });
}

// Halves of integers, and the ends of the integer types' ranges.
template <typename From>
std::vector<std::tuple<From>> numbers_near_integers() {
  auto rows = sample_inputs<From>(2000);
  std::mt19937_64 random(10);
  for (int i = 0; i < 2000; ++i) {
    const double half = static_cast<double>(static_cast<s64>(random() % 2000) - 1000) / 4;
    rows.emplace_back(rounded<From>(Real(half), MPFR_RNDN));
  }
  for (const int bits : {7, 8, 15, 16, 31, 32, 63, 64})
    for (const double offset : {-1.5, -1.0, -0.5, 0.0, 0.5, 1.0})
      for (const double sign : {-1.0, 1.0}) {
        const Real end = Real(sign * std::ldexp(1.0, bits)) + Real(offset);
        rows.emplace_back(rounded<From>(end, MPFR_RNDZ));
        rows.emplace_back(rounded<From>(end, MPFR_RNDU));
      }
  return rows;
}

// Float to integer always saturates. NaN: 0 unless the source is .f64 or the result has 64 bits,
// else 1 << (bits - 1).
template <typename To, typename From>
To to_integer(From a, mpfr_rnd_t direction) {
  using Limits = std::numeric_limits<To>;
  Real exact = real_of(a);
  if (exact.is_nan())
    return std::is_same_v<From, double> || sizeof(To) == 8
               ? static_cast<To>(u64{1} << (8 * sizeof(To) - 1))
               : To{0};
  mpfr_rint(exact.raw(), exact.raw(), direction);
  if (mpfr_cmp(exact.raw(), real_of(Limits::max()).raw()) > 0) return Limits::max();
  if (mpfr_cmp(exact.raw(), real_of(Limits::min()).raw()) < 0) return Limits::min();
  return std::is_signed_v<To> ? static_cast<To>(mpfr_get_sj(exact.raw(), MPFR_RNDN))
                              : static_cast<To>(mpfr_get_uj(exact.raw(), MPFR_RNDN));
}

TEST(Convert, FloatsToIntegersRoundAndSaturate) {
  for_each_float([]<typename From>(From) {
    for_each_integer([]<typename To>(To) {
      for (const Direction& direction : kDirections)
        expect_function<To, From>(fmt::format("cvt.{}.{}.{} %d, %a;", direction.of_integer,
                                              name_of<To>(), Traits<From>::kName),
                                  numbers_near_integers<From>(),
                                  [&](From a) { return to_integer<To>(a, direction.mpfr); });
    });
  });
  // .ftz: subnormal inputs are zeros, which toward +Inf makes a difference.
  expect_function<s32, float>("cvt.rpi.ftz.s32.f32 %d, %a;", sample_inputs<float>(), [](float a) {
    return to_integer<s32>(std::fabs(a) < 0x1p-126f ? 0.0f : a, MPFR_RNDU);
  });
}

// --- between floating-point numbers -------------------------------------------------------------

// Around each boundary of the target: its numbers and ties, with their neighbours in From.
template <typename From, typename To>
std::vector<std::tuple<From>> numbers_at_boundaries() {
  auto rows = sample_inputs<From>(3000);
  std::mt19937_64 random(11);
  for (int i = 0; i < 3000; ++i) {
    const To a = Samples<To>::random(random);
    const double value = value_of(a);
    if (!std::isfinite(value)) continue;
    const Real tie =
        Real(value) * Real(1 + std::ldexp(1.0, -Traits<To>::kFormat.fraction_bits - 1));
    const From near = rounded<From>(tie, MPFR_RNDN);
    rows.emplace_back(near);
    for (const mpfr_rnd_t direction : {MPFR_RNDD, MPFR_RNDU}) {
      const Real moved = tie * Real(direction == MPFR_RNDD ? 1 - 0x1p-50 : 1 + 0x1p-50);
      rows.emplace_back(rounded<From>(moved, direction));
    }
  }
  return rows;
}

template <typename To, typename From>
constexpr bool kHolds = Traits<To>::kFormat.fraction_bits >=
                        Traits<From>::kFormat.fraction_bits&& Traits<To>::kFormat.exponent_bits >=
                        Traits<From>::kFormat.exponent_bits;

TEST(Convert, FloatsToFloatsAreCorrectlyRounded) {
  for_each_float([]<typename From>(From) {
    for_each_float([]<typename To>(To) {
      const std::string types = fmt::format("{}.{}", Traits<To>::kName, Traits<From>::kName);
      const auto rows = numbers_at_boundaries<From, To>();
      if constexpr (kHolds<To, From>) {
        expect_function<To, From>("cvt." + types + " %d, %a;", rows,
                                  [](From a) { return rounded<To>(real_of(a), MPFR_RNDN); });
        EXPECT_THROW((PtxFunction<To, From>("cvt.rn." + types + " %d, %a;")), std::runtime_error);
      } else {
        for (const Direction& direction : kDirections)
          expect_function<To, From>(
              fmt::format("cvt.{}.{} %d, %a;", direction.of_float, types), rows,
              [&](From a) { return rounded<To>(real_of(a), direction.mpfr); });
        EXPECT_THROW((PtxFunction<To, From>("cvt." + types + " %d, %a;")), std::runtime_error);
      }
    });
  });
}

TEST(Convert, FloatsToIntegralFloats) {  // .rni and its kind, of one type; a zero keeps the sign
  for_each_float([]<typename T>(T) {
    for (const Direction& direction : kDirections)
      expect_function<T, T>(
          fmt::format("cvt.{0}.{1}.{1} %d, %a;", direction.of_integer, Traits<T>::kName),
          numbers_near_integers<T>(), [&](T a) {
            Real exact = real_of(a);
            if (!exact.is_nan()) mpfr_rint(exact.raw(), exact.raw(), direction.mpfr);
            return rounded<T>(exact, MPFR_RNDN);
          });
  });
}

float flushed(float x) {
  return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x;
}
float saturated(float x) {
  return x >= 1 ? 1.0f : x > 0 ? x : 0.0f;
}

TEST(Convert, FloatModes) {
  const auto rows = sample_inputs<float>(20000);
  expect_function<float, float>("cvt.ftz.f32.f32 %d, %a;", rows, [](float a) {
    return a != a ? std::bit_cast<float>(0x7FFFFFFFu) : flushed(a);
  });
  expect_function<float, float>("cvt.sat.f32.f32 %d, %a;", rows, saturated);
  expect_function<float, double>(
      "cvt.rn.ftz.sat.f32.f64 %d, %a;", sample_inputs<double>(),
      [](double a) { return saturated(flushed(static_cast<float>(a))); });
  expect_function<float, s32>("cvt.rn.sat.f32.s32 %d, %a;", sample_inputs<s32>(),
                              [](s32 a) { return a > 0 ? 1.0f : 0.0f; });
  for (const Direction& direction : kDirections) {
    if (direction.mpfr == MPFR_RNDU || direction.mpfr == MPFR_RNDD) continue;
    // .satfinite: Inf and overflow give the largest number, NaN stays; .relu: negatives give 0.
    const auto satfinite = [&](float a, u16 infinity, u16 code) {
      const bool is_infinite = (code & 0x7FFF) == infinity;
      return a == a && is_infinite ? static_cast<u16>(code - 1) : code;
    };
    expect_function<u16, float>(
        fmt::format("cvt.{}.satfinite.f16.f32 %d, %a;", direction.of_float), rows, [&](float a) {
          const auto code = static_cast<u16>(rounded<HalfBits>(Real(a), direction.mpfr));
          return satfinite(a, 0x7C00, code);
        });
    expect_function<u16, float>(
        fmt::format("cvt.{}.relu.satfinite.bf16.f32 %d, %a;", direction.of_float), rows,
        [&](float a) {
          const auto code = static_cast<u16>(rounded<Bfloat16Bits>(Real(a), direction.mpfr));
          const u16 limited = satfinite(a, 0x7F80, code);
          return limited >> 15 != 0 ? u16{0} : limited;
        });
  }
}

TEST(Convert, FormsThatDoNotExistAreRefused) {
  EXPECT_NE(decode_error("cvt.s32.f32 %r1, %f1;"), "");
  EXPECT_NE(decode_error("cvt.rn.s32.f32 %r1, %f1;"), "");
  EXPECT_NE(decode_error("cvt.f32.s32 %f1, %r1;"), "");
  EXPECT_NE(decode_error("cvt.rni.f32.f64 %f1, %d1;"), "");
  EXPECT_NE(decode_error("cvt.rn.relu.f32.f64 %f1, %d1;"), "");
  EXPECT_NE(decode_error("cvt.rn.ftz.f16.f64 %h1, %d1;"), "");
  EXPECT_NE(decode_error("cvt.u32.u64 %r1, %r2;"), "");
  EXPECT_NE(decode_error("cvt.u64.u32 %r1, %r2;"), "");
  EXPECT_NE(decode_error("cvt.u32 %r1, %r2;"), "");
  EXPECT_NE(decode_error("cvt.pack.u8.s32.b32 %r1, %r2, %r3, %r4;"), "");
  EXPECT_NE(decode_error("cvt.pack.sat.u16.s32.b32 %r1, %r2, %r3, %r4;"), "");
}

}  // namespace
}  // namespace assay::emulator
