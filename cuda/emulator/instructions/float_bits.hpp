// SPDX-License-Identifier: Apache-2.0
// min, max, abs, neg and copysign: on the bits of floating-point numbers. Sources: PTX ISA 9.0,
// sections 9.7.3.9 to 9.7.3.12, 9.7.3.2, 9.7.4.5 to 9.7.4.8. B: the unsigned integer that holds the
// format; kFraction: its fraction bits. abs and neg of NaN, open for f32, change the sign alone.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cuda/emulator/instructions/lanewise.hpp"

namespace assay::emulator {

template <typename B, int kFraction, B kNan>
struct FloatBits {
  using Bits = B;
  static constexpr B kCanonicalNan = kNan;
  static constexpr B kSign = static_cast<B>(B{1} << (8 * sizeof(B) - 1));
  static constexpr B kMagnitude = static_cast<B>(~kSign);
  static constexpr B kFractionMask = static_cast<B>((B{1} << kFraction) - 1);
  static constexpr B kInfinity = static_cast<B>(kMagnitude - kFractionMask);

  ASSAY_CALL static B absolute(B x) { return static_cast<B>(x & kMagnitude); }
  ASSAY_CALL static bool is_nan(B x) { return absolute(x) > kInfinity; }
  ASSAY_CALL static B flush(B x) { return (x & kInfinity) == 0 ? static_cast<B>(x & kSign) : x; }
  // Signed integers in the order of the numbers, -0 below +0.
  ASSAY_CALL static auto order(B x) {
    using S = std::make_signed_t<B>;
    const auto sign_fill = static_cast<B>(static_cast<S>(x) >> (8 * sizeof(B) - 1));
    return static_cast<S>(x ^ (sign_fill & kMagnitude));
  }
};

using F32Bits = FloatBits<std::uint32_t, 23, 0x7FFFFFFF>;
using F64Bits = FloatBits<std::uint64_t, 52, 0xFFF8'0000'0000'0000>;
using F16Bits = FloatBits<std::uint16_t, 10, 0x7FFF>;
using Bf16Bits = FloatBits<std::uint16_t, 7, 0x7FFF>;

// Op::immediate of min and max.
struct ChoiceModes {
  bool ftz = false, nan = false, abs = false, xorsign = false;

  ChoiceModes() = default;
  ASSAY_CALL explicit ChoiceModes(const Op& op)
      : ftz((op.immediate & 1) != 0),
        nan((op.immediate & 2) != 0),
        abs((op.immediate & 4) != 0),
        xorsign((op.immediate & 8) != 0) {}
  std::int64_t packed() const {
    return (ftz ? 1 : 0) | (nan ? 2 : 0) | (abs ? 4 : 0) | (xorsign ? 8 : 0);
  }
};

template <typename F, bool kMaximum>
class FloatChoice {
 public:
  using B = typename F::Bits;

  ASSAY_CALL explicit FloatChoice(const Op& op) : modes_(op) {}

  ASSAY_CALL B operator()(B a, B b) const {
    const auto sign = static_cast<B>((a ^ b) & F::kSign);
    const B chosen = choose(prepare(a), prepare(b));
    const bool takes_sign = modes_.xorsign && !F::is_nan(chosen);
    return takes_sign ? static_cast<B>(F::absolute(chosen) | sign) : chosen;
  }
  ASSAY_CALL B operator()(B a, B b, B c) const {
    return choose(choose(prepare(a), prepare(b)), prepare(c));
  }

 private:
  ASSAY_CALL B prepare(B x) const {
    const B flushed = modes_.ftz ? F::flush(x) : x;
    return modes_.abs ? F::absolute(flushed) : flushed;
  }
  // One NaN gives the other number, unless .NaN has it that NaN wins.
  ASSAY_CALL B choose(B a, B b) const {
    const bool a_is_nan = F::is_nan(a), b_is_nan = F::is_nan(b);
    const bool takes_b = kMaximum ? F::order(a) < F::order(b) : F::order(b) < F::order(a);
    B result = takes_b ? b : a;
    result = a_is_nan ? b : result;
    result = b_is_nan ? a : result;
    const bool is_nan = modes_.nan ? a_is_nan || b_is_nan : a_is_nan && b_is_nan;
    return is_nan ? F::kCanonicalNan : result;
  }

  ChoiceModes modes_;
};

template <typename F, bool kFlush>
struct FloatAbs {
  using B = typename F::Bits;
  ASSAY_CALL B operator()(B a) const { return F::absolute(kFlush ? F::flush(a) : a); }
};

template <typename F, bool kFlush>
struct FloatNeg {
  using B = typename F::Bits;
  ASSAY_CALL B operator()(B a) const {
    return static_cast<B>((kFlush ? F::flush(a) : a) ^ F::kSign);
  }
};

// The sign of a, the magnitude of b.
template <typename F>
struct CopySign {
  using B = typename F::Bits;
  ASSAY_CALL B operator()(B a, B b) const {
    return static_cast<B>((a & F::kSign) | F::absolute(b));
  }
};

}  // namespace assay::emulator
