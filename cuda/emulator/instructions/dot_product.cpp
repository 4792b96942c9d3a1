// SPDX-License-Identifier: Apache-2.0
// dp4a and dp2a: PTX ISA 9.0, sections 9.7.1.23 and 9.7.1.24.
#include "cuda/emulator/instructions/families.hpp"
#include "cuda/emulator/instructions/lanewise.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"
#include "cuda/emulator/instructions/types.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;
constexpr OpClass kClass = OpClass::integer;

// Element `index` of a word of packed A: 8 or 16 bits.
template <typename A>
ASSAY_CALL std::int32_t element(std::uint32_t word, int index) {
  return static_cast<A>(word >> (8 * static_cast<int>(sizeof(A)) * index));
}

template <typename A, typename B>
struct DotOfFourBytes {
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    for (int i = 0; i < 4; ++i)
      c += static_cast<std::uint32_t>(element<A>(a, i) * element<B>(b, i));
    return c;
  }
};

// Two halves of a by the two low or high bytes of b.
template <typename A, typename B, bool kHigh>
struct DotOfTwoHalves {
  ASSAY_CALL std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    for (int i = 0; i < 2; ++i)
      c += static_cast<std::uint32_t>(element<A>(a, i) * element<B>(b, i + (kHigh ? 2 : 0)));
    return c;
  }
};

template <typename F>
Handler dot_handler() {
  return lanewise<F, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>();
}

// By the signs of a and b.
template <template <typename, typename> typename F, typename Signed, typename Unsigned,
          typename SignedB, typename UnsignedB>
Result<Handler> pick_dot(OpBuilder& builder, Modifiers& modifiers) {
  ASSAY_ASSIGN(const Type a, modifiers.take_type());
  ASSAY_ASSIGN(const Type b, modifiers.take_type());
  const auto is_word = [](Type type) { return type == Type::u32 || type == Type::s32; };
  if (!is_word(a) || !is_word(b)) return builder.unsupported("takes u32 and s32 only");
  if (is_signed(a))
    return is_signed(b) ? dot_handler<F<Signed, SignedB>>() : dot_handler<F<Signed, UnsignedB>>();
  return is_signed(b) ? dot_handler<F<Unsigned, SignedB>>() : dot_handler<F<Unsigned, UnsignedB>>();
}

template <typename A, typename B>
using DotLow = DotOfTwoHalves<A, B, false>;
template <typename A, typename B>
using DotHigh = DotOfTwoHalves<A, B, true>;

Status decode_dp4a(OpBuilder& builder) {
  Modifiers modifiers(builder);
  using std::int8_t, std::uint8_t;
  ASSAY_ASSIGN(const Handler run,
               (pick_dot<DotOfFourBytes, int8_t, uint8_t, int8_t, uint8_t>(builder, modifiers)));
  return done(emit(builder, modifiers, run, kClass, Type::b32, {Type::b32, Type::b32, Type::b32}));
}

Status decode_dp2a(OpBuilder& builder) {
  Modifiers modifiers(builder);
  using std::int16_t, std::uint16_t, std::int8_t, std::uint8_t;
  const auto pick = modifiers.take_one<Result<Handler> (*)(OpBuilder&, Modifiers&)>(
      {{"lo", pick_dot<DotLow, int16_t, uint16_t, int8_t, uint8_t>},
       {"hi", pick_dot<DotHigh, int16_t, uint16_t, int8_t, uint8_t>}},
      nullptr);
  if (pick == nullptr) return builder.unsupported("needs .lo or .hi");
  ASSAY_ASSIGN(const Handler run, pick(builder, modifiers));
  return done(emit(builder, modifiers, run, kClass, Type::b32, {Type::b32, Type::b32, Type::b32}));
}

}  // namespace

void add_dot_products(InstructionTable& table) {
  table.add("dp4a", decode_dp4a);
  table.add("dp2a", decode_dp2a);
}

}  // namespace assay::emulator
