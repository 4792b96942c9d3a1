// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/approximate.hpp"

#include <cmath>

#include "cuda/emulator/instructions/float_forms.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

// Functions of a binary32 or half in binary64, with the C library's error there (below 2 ulp); the
// result is then rounded once. approximate_test.cpp says for which inputs that is proved to be the
// correctly rounded result.
struct Exp2 {
  static double compute(double x) { return std::exp2(x); }
};
struct Log2 {
  static double compute(double x) { return std::log2(x); }
};
struct Sine {
  static double compute(double x) { return std::sin(x); }
};
struct Cosine {
  static double compute(double x) { return std::cos(x); }
};
struct Tanh {
  static double compute(double x) { return std::tanh(x); }
};
struct ReciprocalSqrt {
  static double compute(double x) { return 1.0 / std::sqrt(x); }
};

template <typename Function, bool kFlush>
struct ApproximateF32 {
  float operator()(float a) const {
    const auto result = static_cast<float>(Function::compute(kFlush ? flush(a) : a));
    return canonical(kFlush ? flush(result) : result);
  }
};

template <typename Function, typename Half>
struct ApproximateHalf {
  std::uint16_t operator()(std::uint16_t a) const {
    return round_to<Half>(to_odd_float(Function::compute(Half::value(a))));
  }
};

// ex2.approx.ftz.bf16: the only half function with .ftz.
struct Exp2OfBf16 {
  std::uint16_t operator()(std::uint16_t a) const {
    const auto flushed = [](std::uint16_t x) {
      return (x & 0x7F80) == 0 ? static_cast<std::uint16_t>(x & 0x8000) : x;
    };
    return flushed(ApproximateHalf<Exp2, Bf16>{}(flushed(a)));
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

// The upper word of a binary64, rounded to nearest even; the lower is 0 (9.7.3.14, 9.7.3.17).
double upper_word(double x) {
  if (x != x) return from_bits(std::uint64_t{0x7FFF'FFFF'0000'0000});
  const std::uint64_t bits = bits_of(x);
  const std::uint64_t rounded = bits + 0x7FFF'FFFF + ((bits >> 32) & 1);
  const std::uint64_t upper = rounded & 0xFFFF'FFFF'0000'0000;
  const bool is_subnormal = (upper & 0x7FF0'0000'0000'0000) == 0;
  return from_bits(is_subnormal ? upper & 0x8000'0000'0000'0000 : upper);
}

// Of the upper word of a, subnormal numbers as zeros.
double upper_operand(double x) {
  const std::uint64_t bits = bits_of(x) & 0xFFFF'FFFF'0000'0000;
  const bool is_subnormal = (bits & 0x7FF0'0000'0000'0000) == 0;
  return x != x ? x : from_bits(is_subnormal ? bits & 0x8000'0000'0000'0000 : bits);
}

struct GrossReciprocal {
  double operator()(double a) const { return upper_word(1.0 / upper_operand(a)); }
};
struct GrossReciprocalSqrt {
  double operator()(double a) const { return upper_word(1.0 / std::sqrt(upper_operand(a))); }
};
// Two roundings: within 1 ulp.
struct ReciprocalSqrtF64 {
  double operator()(double a) const { return canonical(1.0 / std::sqrt(a)); }
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
