// SPDX-License-Identifier: Apache-2.0
// What floating-point instructions compute, one lane each. Sources: PTX ISA 9.0, sections 9.7.3
// (f32, f64), 9.7.4 (f16, bf16) and 9.7.5 (mixed precision).
//
// Where the text leaves something open: .sat gives +0 for -0; .relu gives +0 for everything with a
// sign; .ftz flushes the rounded result.
#pragma once

#include "cuda/emulator/instructions/soft_f64.hpp"

namespace assay::emulator {

// Op::immediate of floating-point operations.
struct FloatModes {
  RoundingMode rounding = RoundingMode::rn;
  bool ftz = false, sat = false, relu = false;

  FloatModes() = default;
  ASSAY_CALL explicit FloatModes(const Op& op)
      : rounding(static_cast<RoundingMode>(op.immediate & 3)),
        ftz((op.immediate & 4) != 0),
        sat((op.immediate & 8) != 0),
        relu((op.immediate & 16) != 0) {}
  std::int64_t packed() const {
    return static_cast<int>(rounding) | (ftz ? 4 : 0) | (sat ? 8 : 0) | (relu ? 16 : 0);
  }
};

// NaN becomes +0.
ASSAY_CALL float saturate(float x) {
  const float positive = x > 0 ? x : 0;
  return positive < 1 ? positive : 1;
}

struct FloatAdd {
  template <typename T>
  ASSAY_CALL static T nearest(T a, T b) {
    return a + b;
  }
  ASSAY_CALL static float rounded(RoundingMode mode, float a, float b) {
    return add_rounded(a, b, mode);
  }
  static double rounded(RoundingMode mode, double a, double b) { return soft_add(a, b, mode); }
};

struct FloatSubtract {
  template <typename T>
  ASSAY_CALL static T nearest(T a, T b) {
    return a - b;
  }
  ASSAY_CALL static float rounded(RoundingMode mode, float a, float b) {
    return add_rounded(a, -b, mode);
  }
  static double rounded(RoundingMode mode, double a, double b) { return soft_add(a, -b, mode); }
};

struct FloatMultiply {
  template <typename T>
  ASSAY_CALL static T nearest(T a, T b) {
    return a * b;
  }
  ASSAY_CALL static float rounded(RoundingMode mode, float a, float b) {
    return multiply_rounded(a, b, mode);
  }
  static double rounded(RoundingMode mode, double a, double b) { return soft_multiply(a, b, mode); }
};

struct FloatFma {
  ASSAY_CALL static float nearest(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
  ASSAY_CALL static double nearest(double a, double b, double c) { return __builtin_fma(a, b, c); }
  ASSAY_CALL static float rounded(RoundingMode mode, float a, float b, float c) {
    return fma_rounded(a, b, c, mode);
  }
  static double rounded(RoundingMode mode, double a, double b, double c) {
    return soft_fma(a, b, c, mode);
  }
};

struct FloatDivide {
  template <typename T>
  ASSAY_CALL static T nearest(T a, T b) {
    return a / b;
  }
  ASSAY_CALL static float rounded(RoundingMode mode, float a, float b) {
    return divide_rounded(a, b, mode);
  }
  static double rounded(RoundingMode mode, double a, double b) { return soft_divide(a, b, mode); }
};

struct FloatReciprocal {
  template <typename T>
  ASSAY_CALL static T nearest(T a) {
    return T{1} / a;
  }
  template <typename T>
  ASSAY_CALL static T rounded(RoundingMode mode, T a) {
    return FloatDivide::rounded(mode, T{1}, a);
  }
};

struct FloatSqrt {
  ASSAY_CALL static float nearest(float a) { return __builtin_sqrtf(a); }
  ASSAY_CALL static double nearest(double a) { return __builtin_sqrt(a); }
  ASSAY_CALL static float rounded(RoundingMode mode, float a) { return sqrt_rounded(a, mode); }
  static double rounded(RoundingMode mode, double a) { return soft_sqrt(a, mode); }
};

// To nearest even, without .sat; Formats: of the sources, of which F32 are flushed. Result: f32.
template <typename Operation, bool kFlush, typename... Formats>
struct Nearest {
  ASSAY_CALL float operator()(typename Formats::Bits... x) const {
    const float result = canonical(Operation::nearest(
        Flushed < Formats, kFlush && std::is_same_v<Formats, F32> > ::value(x)...));
    return kFlush ? flush(result) : result;
  }
};

// As the operation's modes have it.
template <typename Operation, typename... Formats>
class Rounded {
 public:
  ASSAY_CALL explicit Rounded(const Op& op) : modes_(op) {}
  ASSAY_CALL float operator()(typename Formats::Bits... x) const {
    float result = canonical(Operation::rounded(modes_.rounding, source<Formats>(x)...));
    result = modes_.ftz ? flush(result) : result;
    return modes_.sat ? saturate(result) : result;
  }

 private:
  template <typename Format>
  ASSAY_CALL float source(typename Format::Bits x) const {
    const float value = Format::value(x);
    return modes_.ftz && std::is_same_v<Format, F32> ? flush(value) : value;
  }

  FloatModes modes_;
};

template <typename Operation>
struct NearestF64 {
  template <typename... T>
  ASSAY_CALL double operator()(T... x) const {
    return canonical(Operation::nearest(x...));
  }
};

template <typename Operation>
class RoundedF64 {
 public:
  ASSAY_CALL explicit RoundedF64(const Op& op) : modes_(op) {}
  template <typename... T>
  ASSAY_CALL double operator()(T... x) const {
    return Operation::rounded(modes_.rounding, x...);
  }

 private:
  FloatModes modes_;
};

// f16 and bf16 by way of binary32: sums and products to nearest there lose nothing that the second
// rounding sees (24 >= 2 * 11 + 2 bits; products are exact, but of bf16 below binary32's subnormal
// numbers); fused operations round to odd.
template <typename Half>
struct HalfArithmetic {
  ASSAY_CALL static float compute(FloatAdd, float a, float b) { return a + b; }
  ASSAY_CALL static float compute(FloatSubtract, float a, float b) { return a - b; }
  ASSAY_CALL static float compute(FloatMultiply, float a, float b) {
    if constexpr (std::is_same_v<Half, F16>) return a * b;
    return to_odd_float(static_cast<double>(a) * static_cast<double>(b));
  }
  ASSAY_CALL static float compute(FloatFma, float a, float b, float c) {
    if constexpr (std::is_same_v<Half, F16>) return to_odd(two_sum(a * b, c));
    return to_odd_float(
        to_odd(two_sum(static_cast<double>(a) * static_cast<double>(b), static_cast<double>(c))));
  }
};

template <typename Operation, typename Half>
class RoundedHalf {
 public:
  ASSAY_CALL explicit RoundedHalf(const Op& op) : modes_(op) {}
  template <typename... T>
  ASSAY_CALL std::uint16_t operator()(T... x) const {
    float exact =
        HalfArithmetic<Half>::compute(Operation{}, Half::value(modes_.ftz ? flush(x) : x)...);
    exact = modes_.sat ? saturate(exact) : exact;
    std::uint16_t result = round_to<Half>(exact);
    result = modes_.ftz ? flush(result) : result;
    return modes_.relu && (result & 0x8000) != 0 ? std::uint16_t{0} : result;
  }

 private:
  FloatModes modes_;
};

}  // namespace assay::emulator
