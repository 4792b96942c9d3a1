// SPDX-License-Identifier: Apache-2.0
// cvt.rs, of sm_100a and sm_103a: PTX ISA 9.0, section 9.7.9.21. A magnitude is rounded up where
// the random bits, added to the bits that are cut off, carry; both are aligned at their top. Each
// of f16x2's operands has 13 random bits and each of bf16x2's 16, from its half of rbits. Of four
// operands the text names 16 bits for each pair; that each operand has one byte of them, the first
// the upper, is this emulator's reading, wherefore those results count as unspecified.
#include <algorithm>
#include <array>

#include "cuda/emulator/instructions/convert.hpp"
#include "cuda/emulator/instructions/packed_functions.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

// The code of a finite |x|, which lies above the largest where the value does.
template <FloatFormat kTo, int kRandomBits>
ASSAY_CALL std::uint32_t round_stochastically(std::uint32_t magnitude, std::uint32_t random) {
  using Bits = Unpacked<kF32, kTo>;
  const Bits unpacked(magnitude, Rounding::rp);  // which tells subnormal numbers apart
  const int base = std::max(unpacked.exponent, Bits::kMinExponent);
  // Where more than 60 bits are cut off, nothing carries.
  const int shift = std::min(Bits::kDropped + base - unpacked.exponent, 60);
  const std::uint64_t sum = unpacked.significand + (std::uint64_t{random} << (shift - kRandomBits));
  return (static_cast<std::uint32_t>(base - Bits::kMinExponent) << kTo.fraction_bits) +
         static_cast<std::uint32_t>(sum >> shift);
}

// NaN as saturating() has it.
template <FloatFormat kTo, int kRandomBits>
class Stochastic {
 public:
  explicit Stochastic(const Op& op) : modes_(op) {}
  std::uint32_t operator()(float x, std::uint32_t random) const {
    constexpr auto kMax = static_cast<std::uint32_t>(kTo.max_code());
    if (x != x) return static_cast<std::uint32_t>(kTo.magnitude_mask());
    const std::uint32_t bits = bits_of(modes_.relu ? without_sign(x) : x);
    const std::uint32_t magnitude = bits & 0x7FFFFFFF;
    const bool has_infinity = kTo.has_infinity() && !modes_.satfinite;
    const std::uint32_t beyond = has_infinity ? kMax + 1 : kMax;
    std::uint32_t code = beyond;
    if (magnitude < kF32Infinity) code = round_stochastically<kTo, kRandomBits>(magnitude, random);
    return std::min(code, beyond) | (bits >> 31) << kTo.sign_shift();
  }

 private:
  ConvertModes modes_;
};

// f16x2 and bf16x2.
template <FloatFormat kTo, int kRandomBits>
class StochasticHalves {
 public:
  explicit StochasticHalves(const Op& op) : code_(op) {}
  std::uint32_t operator()(float high, float low, std::uint32_t random) const {
    constexpr std::uint32_t kMask = (1u << kRandomBits) - 1;
    return code_(high, (random >> 16) & kMask) << 16 | code_(low, random & kMask);
  }

 private:
  Stochastic<kTo, kRandomBits> code_;
};

// Four operands, the first in the upper bits. kPair: where the second operand's random byte lies
// below the first's: 8 bits where a pair has one half of rbits, 16 where it has a byte of each.
template <FloatFormat kTo, int kPitch, int kBelow, typename Word>
class StochasticFour {
 public:
  explicit StochasticFour(const Op& op) : code_(op) {}
  Word operator()(float a, float b, float e, float f, std::uint32_t random) const {
    constexpr int kPairs = 24 - kBelow;  // between the two pairs' bytes
    const auto byte = [random](int shift) { return (random >> shift) & 0xFF; };
    std::uint32_t word = code_(a, byte(24)) << 3 * kPitch;
    word |= code_(b, byte(24 - kBelow)) << 2 * kPitch;
    word |= code_(e, byte(24 - kPairs)) << kPitch;
    word |= code_(f, byte(0));
    return static_cast<Word>(word);
  }

 private:
  Stochastic<kTo, 8> code_;
};

template <FloatFormat kTo, int kRandomBits>
Handler halves() {
  return lanewise<StochasticHalves<kTo, kRandomBits>, std::uint32_t, float, float, std::uint32_t>();
}

template <FloatFormat kTo, int kPitch, int kBelow, typename Word>
Handler four() {
  return lanewise<StochasticFour<kTo, kPitch, kBelow, Word>, Word, float, float, float, float,
                  std::uint32_t>();
}

struct Form {
  std::string_view to;
  Type to_register;
  bool has_four;
  Handler (*run)();
};

constexpr std::array kForms{
    Form{"f16x2", Type::b32, false, halves<kF16, 13>},
    Form{"bf16x2", Type::b32, false, halves<kBf16, 16>},
    Form{"e4m3x4", Type::b32, true, four<kE4m3, 8, 8, std::uint32_t>},
    Form{"e5m2x4", Type::b32, true, four<kE5m2, 8, 8, std::uint32_t>},
    Form{"e2m3x4", Type::b32, true, four<kE2m3, 8, 8, std::uint32_t>},
    Form{"e3m2x4", Type::b32, true, four<kE3m2, 8, 8, std::uint32_t>},
    Form{"e2m1x4", Type::b16, true, four<kE2m1, 4, 16, std::uint16_t>},
};

// The floating-point sources: two operands, or one vector of four.
Result<std::vector<Slot>> take_sources(OpBuilder& builder, const Form& form) {
  ASSAY_TRY(builder.expect_operands(form.has_four ? 3 : 4, form.has_four ? 3 : 4));
  ASSAY_ASSIGN(std::vector<Slot> sources, builder.sources(1, Type::f32));
  if (!form.has_four) {
    ASSAY_ASSIGN(const Slot second, builder.source(2, Type::f32));
    sources.push_back(second);
  }
  if (sources.size() != (form.has_four ? 4 : 2))
    return builder.unsupported("takes {a, b, e, f}, rbits");
  return sources;
}

}  // namespace

Status convert_stochastically(OpBuilder& builder, Modifiers& modifiers, std::string_view to,
                              std::string_view from) {
  const auto* const form = std::ranges::find(kForms, to, &Form::to);
  if (form == kForms.end() || from != "f32")
    return builder.unsupported(fmt::format("does not convert .{} to .{} with .rs", from, to));
  if (builder.target() != "sm_100a" && builder.target() != "sm_103a")
    return builder.unsupported(
        fmt::format(".rs needs sm_100a or sm_103a, not {}", builder.target()));
  ConvertModes modes;
  modes.relu = modifiers.take("relu");
  modes.satfinite = modifiers.take("satfinite");
  ASSAY_TRY(modifiers.finish());
  if (form->has_four && !modes.satfinite) return builder.unsupported("needs .satfinite");
  ASSAY_ASSIGN(std::vector<Slot> slots, take_sources(builder, *form));
  ASSAY_ASSIGN(const Slot random, builder.source(builder.operand_count() - 1, Type::b32));
  slots.push_back(random);
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, form->to_register));
  const Slot* const list =
      builder.program().keep(std::vector<Slot>(slots.begin() + 3, slots.end()));
  Op& op = builder.emit(form->run(), OpClass::conversion);
  op.dst = dst;
  op.a = slots[0];
  op.b = slots[1];
  op.c = slots[2];
  op.list = list;
  op.immediate = modes.packed();
  builder.info().is_unspecified = form->has_four;
  return {};
}

}  // namespace assay::emulator
