// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/approximate.hpp"

#include <cmath>

#include "cuda/emulator/instructions/correct_rounding.hpp"
#include "cuda/emulator/instructions/float_forms.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

// The C library's value and MPFR's, for correctly_rounded().
struct Exp2 {
  static double approximate(double x) { return std::exp2(x); }
  static constexpr RealFunction kExact = mpfr_exp2;
};
struct Log2 {
  static double approximate(double x) { return std::log2(x); }
  static constexpr RealFunction kExact = mpfr_log2;
};
struct Sine {
  static double approximate(double x) { return std::sin(x); }
  static constexpr RealFunction kExact = mpfr_sin;
};
struct Cosine {
  static double approximate(double x) { return std::cos(x); }
  static constexpr RealFunction kExact = mpfr_cos;
};
struct Tanh {
  static double approximate(double x) { return std::tanh(x); }
  static constexpr RealFunction kExact = mpfr_tanh;
};
struct ReciprocalSqrt {
  static double approximate(double x) { return 1.0 / std::sqrt(x); }
  static constexpr RealFunction kExact = mpfr_rec_sqrt;
};

template <typename Function, bool kFlush>
struct ApproximateF32 {
  float operator()(float a) const {
    const float result = correctly_rounded<Function>(
        kFlush ? flush(a) : a, [](double x) { return canonical(static_cast<float>(x)); });
    return kFlush ? flush(result) : result;
  }
};

template <typename Function, typename Half>
struct ApproximateHalf {
  std::uint16_t operator()(std::uint16_t a) const {
    return correctly_rounded<Function>(Half::value(a),
                                       [](double x) { return round_to<Half>(to_odd_float(x)); });
  }
};

// ex2.approx.ftz.bf16: the only half function with .ftz, which changes no subnormal input's result.
struct Exp2OfBf16 {
  std::uint16_t operator()(std::uint16_t a) const {
    const std::uint16_t result = ApproximateHalf<Exp2, Bf16>{}(a);
    return (result & 0x7F80) == 0 ? 0 : result;
  }
};

// Correctly rounded, but for divisors above 2^126, where the ISA has .approx lose everything.
struct ApproximateDivide {
  template <typename T>
  ASSAY_CALL static T nearest(T a, T b) {
    const std::uint32_t magnitude = bits_of(b) & 0x7FFFFFFF;
    const bool is_huge = magnitude > 0x7E800000 && magnitude < 0x7F800000;
    const float lost = a * from_bits(bits_of(b) & 0x80000000);  // a NaN of Inf and NaN, else a zero
    return is_huge ? lost : a / b;
  }
};

// Rounded to nearest even in its upper word, the lower 0; subnormal numbers become zeros (9.7.3.14,
// 9.7.3.17).
double upper_word(double x) {
  if (x != x) return from_bits(std::uint64_t{0x7FFF'FFFF'0000'0000});
  const std::uint64_t bits = bits_of(x);
  const std::uint64_t rounded = bits + 0x7FFF'FFFF + ((bits >> 32) & 1);
  const std::uint64_t upper = rounded & 0xFFFF'FFFF'0000'0000;
  const bool is_subnormal = (upper & 0x7FF0'0000'0000'0000) == 0;
  return from_bits(is_subnormal ? upper & 0x8000'0000'0000'0000 : upper);
}

// What the instructions read of a: its upper word, with a zero for a subnormal number.
double upper_operand(double x) {
  const std::uint64_t bits = bits_of(x) & 0xFFFF'FFFF'0000'0000;
  const bool is_subnormal = (bits & 0x7FF0'0000'0000'0000) == 0;
  return from_bits(is_subnormal ? bits & 0x8000'0000'0000'0000 : bits);
}

// The quotient is rounded twice, which gives the same: where x has 21 bits and m, between two
// results, has 22, m * x differs from 1 by 2^-42 at least or not at all.
struct GrossReciprocal {
  double operator()(double a) const { return upper_word(1.0 / upper_operand(a)); }
};
struct GrossReciprocalSqrt {
  double operator()(double a) const {
    return correctly_rounded<ReciprocalSqrt>(upper_operand(a), upper_word);
  }
};

// y = 1 / sqrt(a) in binary64 has an error of at most 2^-52. 1 - a * y^2, of which fma loses less
// than 2^-101, is twice what y lacks of the real number, in parts of y, but for the error's square.
struct ReciprocalSqrtF64 {
  double operator()(double a) const {
    const double y = 1.0 / std::sqrt(a);
    if (!(a > 0) || y == 0) return canonical(y);
    const double root = a * y, root_error = __builtin_fma(a, y, -root);
    const double residual = __builtin_fma(-root, y, 1) - root_error * y;
    const double lacking = y * residual / 2, bound = y * 0x1p-66;
    const double below = y + (lacking - bound), above = y + (lacking + bound);
    return below == above ? below : exact_to_nearest(mpfr_rec_sqrt, a);
  }
};

template <typename Function>
Handler f32_function(bool flushes) {
  return flushes ? lanewise<ApproximateF32<Function, true>, float, float>()
                 : lanewise<ApproximateF32<Function, false>, float, float>();
}

template <typename Function>
Handler half_function(Type type) {
  using Half = std::uint16_t;
  switch (type) {
    case Type::f16:
      return lanewise<ApproximateHalf<Function, F16>, Half, Half>();
    case Type::f16x2:
      return lanewise_x2<ApproximateHalf<Function, F16>, Half, Half>();
    case Type::bf16:
      return lanewise<ApproximateHalf<Function, Bf16>, Half, Half>();
    case Type::bf16x2:
      return lanewise_x2<ApproximateHalf<Function, Bf16>, Half, Half>();
    default:
      return nullptr;
  }
}

template <typename Operation, typename... Formats>
Handler f32_operation(bool flushes) {
  return flushes
             ? lanewise<Nearest<Operation, true, Formats...>, float, typename Formats::Bits...>()
             : lanewise<Nearest<Operation, false, Formats...>, float, typename Formats::Bits...>();
}

Handler exp2_handler(Type type, bool flushes) {
  using Half = std::uint16_t;
  if (type == Type::f32) return f32_function<Exp2>(flushes);
  const bool is_bf16 = type == Type::bf16 || type == Type::bf16x2;
  if (is_bf16 != flushes) return nullptr;
  if (type == Type::bf16) return lanewise<Exp2OfBf16, Half, Half>();
  if (type == Type::bf16x2) return lanewise_x2<Exp2OfBf16, Half, Half>();
  return half_function<Exp2>(type);
}

Handler rcp_handler(Type type, bool flushes) {
  if (type == Type::f32) return f32_operation<FloatReciprocal, F32>(flushes);
  return type == Type::f64 && flushes ? lanewise<GrossReciprocal, double, double>() : nullptr;
}

Handler rsqrt_handler(Type type, bool flushes) {
  if (type == Type::f32) return f32_function<ReciprocalSqrt>(flushes);
  if (type != Type::f64) return nullptr;
  return flushes ? lanewise<GrossReciprocalSqrt, double, double>()
                 : lanewise<ReciprocalSqrtF64, double, double>();
}

Handler unary_handler(std::string_view opcode, Type type, bool flushes) {
  if (opcode == "ex2") return exp2_handler(type, flushes);
  if (opcode == "rcp") return rcp_handler(type, flushes);
  if (opcode == "rsqrt") return rsqrt_handler(type, flushes);
  if (opcode == "tanh" && flushes) return nullptr;
  if (opcode == "tanh" && type != Type::f32) return half_function<Tanh>(type);
  if (type != Type::f32) return nullptr;
  if (opcode == "tanh") return f32_function<Tanh>(false);
  if (opcode == "sqrt") return f32_operation<FloatSqrt, F32>(flushes);
  if (opcode == "lg2") return f32_function<Log2>(flushes);
  return opcode == "sin" ? f32_function<Sine>(flushes) : f32_function<Cosine>(flushes);
}

}  // namespace

Status decode_approximate(OpBuilder& builder) {
  Modifiers modifiers(builder);
  const bool is_full = builder.opcode() == "div" && modifiers.take("full");
  if (!is_full && !modifiers.take("approx")) return builder.unsupported("needs .approx");
  const bool flushes = modifiers.take("ftz");
  ASSAY_ASSIGN(const Type type, modifiers.take_type());
  if (builder.opcode() == "div") {
    Handler run = is_full ? f32_operation<FloatDivide, F32, F32>(flushes)
                          : f32_operation<ApproximateDivide, F32, F32>(flushes);
    if (type != Type::f32) run = nullptr;
    ASSAY_TRY(done(emit(builder, modifiers, run, OpClass::floating, type, {type, type})));
  } else {
    const Handler run = unary_handler(builder.opcode(), type, flushes);
    ASSAY_TRY(done(emit(builder, modifiers, run, OpClass::floating, type, {type})));
  }
  builder.info().is_unspecified = true;
  return {};
}

}  // namespace assay::emulator
