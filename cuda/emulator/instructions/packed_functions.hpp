// SPDX-License-Identifier: Apache-2.0
// Conversions to and from packed small formats, one lane each: PTX ISA 9.0, section 9.7.9.21. The
// first source is in the upper part. Rules of what does not fit: reference/format/cast_rules.hpp.
#pragma once

#include "cuda/emulator/instructions/convert_functions.hpp"

namespace assay::emulator {

// .relu: what has a sign becomes +0, NaN stays NaN.
ASSAY_CALL float without_sign(float x) {
  const bool has_sign = (bits_of(x) >> 31) != 0;
  return has_sign && x == x ? 0.0f : x;
}

// A small format in PTX: e4m3, e5m2, e2m1, e2m3, e3m2, of kBits bits in a packed register.
template <FloatFormat kFormat, int kPitch>
struct Small {
  static constexpr FloatFormat kLayout = kFormat;
  static constexpr int kBits = kPitch;
  static constexpr CastRules kRules = saturating(kFormat);

  ASSAY_CALL static std::uint32_t code(float x) {
    return static_cast<std::uint32_t>(convert<kF32, kFormat>(bits_of(x), kRules));
  }
};

using E4m3 = Small<kE4m3, 8>;
using E5m2 = Small<kE5m2, 8>;
using E2m1 = Small<kE2m1, 4>;
using E2m3 = Small<kE2m3, 8>;
using E3m2 = Small<kE3m2, 8>;

// Two binary32 to a packed pair in Word.
template <typename Format, typename Word>
class PackPair {
 public:
  ASSAY_CALL explicit PackPair(const Op& op) : has_relu_(ConvertModes(op).relu) {}
  ASSAY_CALL Word operator()(float high, float low) const {
    return static_cast<Word>(code(high) << Format::kBits | code(low));
  }

 private:
  ASSAY_CALL std::uint32_t code(float x) const {
    return Format::code(has_relu_ ? without_sign(x) : x);
  }

  bool has_relu_;
};

// Two packed halves (f16x2, bf16x2) to a packed pair.
template <typename Half, typename Format, typename Word>
class PackHalves {
 public:
  ASSAY_CALL explicit PackHalves(const Op& op) : pack_(op) {}
  ASSAY_CALL Word operator()(std::uint32_t halves) const {
    return pack_(Half::value(static_cast<std::uint16_t>(halves >> 16)),
                 Half::value(static_cast<std::uint16_t>(halves)));
  }

 private:
  PackPair<Format, Word> pack_;
};

// A packed pair to f16x2; exact.
template <typename Format, typename Word>
class UnpackPair {
 public:
  ASSAY_CALL explicit UnpackPair(const Op& op) : has_relu_(ConvertModes(op).relu) {}
  ASSAY_CALL std::uint32_t operator()(Word pair) const {
    return half(pair >> Format::kBits) << 16 | half(pair);
  }

 private:
  ASSAY_CALL std::uint32_t half(std::uint32_t code) const {
    constexpr FloatFormat kFrom = Format::kLayout;
    constexpr std::uint32_t kMask = (1u << kFrom.bits()) - 1;
    constexpr CastRules kRules = cuda_rules(kF16);
    const auto bits = static_cast<std::uint32_t>(convert<kFrom, kF16>(code & kMask, kRules));
    return has_relu_ && (bits & 0x8000) != 0 ? 0 : bits;
  }

  bool has_relu_;
};

// Two binary32 to f16x2 or bf16x2.
template <typename Half>
class PackHalfPair {
 public:
  ASSAY_CALL explicit PackHalfPair(const Op& op) : modes_(op) {}
  ASSAY_CALL std::uint32_t operator()(float high, float low) const {
    return std::uint32_t{round_number<Half>(high, modes_)} << 16 | round_number<Half>(low, modes_);
  }

 private:
  ConvertModes modes_;
};

template <typename Half>
struct PackNearestHalfPair {
  ASSAY_CALL std::uint32_t operator()(float high, float low) const {
    return std::uint32_t{round_to<Half>(high)} << 16 | round_to<Half>(low);
  }
};

// Two numbers to E8M0, under the rules that the operation holds (Op::detail).
class PackScales {
 public:
  ASSAY_CALL explicit PackScales(const Op& op)
      : rules_(*static_cast<const CastRules*>(op.detail)) {}
  ASSAY_CALL std::uint16_t operator()(float high, float low) const {
    return static_cast<std::uint16_t>(code(high) << 8 | code(low));
  }
  ASSAY_CALL std::uint16_t operator()(std::uint32_t bf16x2) const {
    return (*this)(Bf16::value(static_cast<std::uint16_t>(bf16x2 >> 16)),
                   Bf16::value(static_cast<std::uint16_t>(bf16x2)));
  }

 private:
  ASSAY_CALL std::uint32_t code(float x) const {
    return static_cast<std::uint32_t>(convert<kF32, kE8m0>(bits_of(x), rules_));
  }

  CastRules rules_;
};

// Two E8M0 to bf16x2; exact.
struct UnpackScales {
  ASSAY_CALL std::uint32_t operator()(std::uint16_t pair) const {
    return half(pair >> 8) << 16 | half(pair & 0xFF);
  }

 private:
  ASSAY_CALL static std::uint32_t half(std::uint32_t code) {
    constexpr CastRules kRules = cuda_rules(kBf16);
    return static_cast<std::uint32_t>(convert<kE8m0, kBf16>(code, kRules));
  }
};

// To TF32, a binary32 word whose low bits are 0, under the rules in Op::detail.
class ToTf32 {
 public:
  ASSAY_CALL explicit ToTf32(const Op& op)
      : rules_(*static_cast<const CastRules*>(op.detail)), has_relu_(ConvertModes(op).relu) {}
  ASSAY_CALL std::uint32_t operator()(float x) const {
    return static_cast<std::uint32_t>(
        convert<kF32, kTf32>(bits_of(has_relu_ ? without_sign(x) : x), rules_));
  }

 private:
  CastRules rules_;
  bool has_relu_;
};

}  // namespace assay::emulator
