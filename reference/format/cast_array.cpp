// SPDX-License-Identifier: Apache-2.0
// The conversion of convert.hpp as loops, one for each source, destination and rounding; what else
// the rules say is the same for all elements and stays out of the choice. binary16 and bfloat16 lie
// in binary32 exactly, and are widened to it first.
#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <type_traits>

#include "reference/format/cast.hpp"
#include "reference/format/convert.hpp"
#include "reference/multiversion.hpp"

namespace assay {
namespace {

using CastLoop = void (*)(const std::byte* source, std::byte* codes, std::size_t count,
                          const CastRules& rules);

template <FloatFormat F>
using Storage =
    std::conditional_t<F.bits() <= 8, std::uint8_t,
                       std::conditional_t<F.bits() + F.padding_bits <= 16, std::uint16_t,
                                          std::conditional_t<F.bits() + F.padding_bits <= 32,
                                                             std::uint32_t, std::uint64_t>>>;

template <FloatFormat From, FloatFormat To, Rounding kRounding>
ASSAY_MULTIVERSION void cast_loop(const std::byte* source, std::byte* codes, std::size_t count,
                                  const CastRules& rules) {
  CastRules fixed = rules;
  fixed.rounding = kRounding;
  for (std::size_t i = 0; i < count; ++i) {
    Storage<From> bits;
    std::memcpy(&bits, source + i * sizeof(bits), sizeof(bits));
    const auto code = static_cast<Storage<To>>(convert<From, To>(bits, fixed));
    std::memcpy(codes + i * sizeof(code), &code, sizeof(code));
  }
}

template <FloatFormat From, FloatFormat To>
CastLoop loop_of(Rounding rounding) {
  if (rounding == Rounding::rn) return cast_loop<From, To, Rounding::rn>;
  if (rounding == Rounding::rz) return cast_loop<From, To, Rounding::rz>;
  if constexpr (To == kTf32) return cast_loop<From, To, Rounding::rna>;
  if constexpr (To == kE8m0) return cast_loop<From, To, Rounding::rp>;
  return nullptr;
}

template <FloatFormat From>
CastLoop loop_from(const Cast& cast) {
  switch (cast.to) {
    case Format::e2m1:
      return loop_of<From, kE2m1>(cast.rounding);
    case Format::e2m3:
      return loop_of<From, kE2m3>(cast.rounding);
    case Format::e3m2:
      return loop_of<From, kE3m2>(cast.rounding);
    case Format::e4m3:
      return cast_loop<From, kE4m3, Rounding::rn>;
    case Format::e5m2:
      return cast_loop<From, kE5m2, Rounding::rn>;
    case Format::ue4m3:
      return cast_loop<From, kUe4m3, Rounding::rn>;
    case Format::e8m0:
      return loop_of<From, kE8m0>(cast.rounding);
    case Format::f16:
      return loop_of<From, kF16>(cast.rounding);
    case Format::bf16:
      return loop_of<From, kBf16>(cast.rounding);
    case Format::tf32:
      return loop_of<From, kTf32>(cast.rounding);
    case Format::f32:
    case Format::f64:
      break;
  }
  return nullptr;
}

CastLoop loop_to_binary32(Format from) {
  if (from == Format::f16) return cast_loop<kF16, kF32, Rounding::rn>;
  if (from == Format::bf16) return cast_loop<kBf16, kF32, Rounding::rn>;
  return cast_loop<kF64, kF32, Rounding::rn>;
}

void cast_via_binary32(const Cast& cast, const CastRules& rules, const std::byte* source,
                       std::byte* codes, std::size_t count) {
  constexpr std::size_t kTile = 1024;
  std::array<std::byte, kTile * sizeof(float)> tile;
  const CastLoop to_binary32 = loop_to_binary32(cast.from);
  const CastLoop from_binary32 = loop_from<kF32>(cast);
  const auto source_bytes = static_cast<std::size_t>(format_bytes(cast.from));
  const auto code_bytes = static_cast<std::size_t>(format_bytes(cast.to));
  for (std::size_t first = 0; first < count; first += kTile) {
    const std::size_t size = std::min(kTile, count - first);
    to_binary32(source + first * source_bytes, tile.data(), size, ieee(kF32));
    from_binary32(tile.data(), codes + first * code_bytes, size, rules);
  }
}

}  // namespace

void cast_array(const Cast& cast, std::span<const std::byte> source, std::span<std::byte> codes) {
  const auto source_bytes = static_cast<std::size_t>(format_bytes(cast.from));
  const std::size_t count = source.size() / source_bytes;
  assert(codes.size() == count * static_cast<std::size_t>(format_bytes(cast.to)));
  const CastRules rules = cast_rules(cast);
  if (cast.from == Format::f32) {
    loop_from<kF32>(cast)(source.data(), codes.data(), count, rules);
  } else if (cast.from == Format::f64 && !rules.binary64_via_binary32) {
    loop_from<kF64>(cast)(source.data(), codes.data(), count, rules);
  } else {
    cast_via_binary32(cast, rules, source.data(), codes.data(), count);
  }
}

std::uint32_t cast_code(const Cast& cast, std::uint64_t source_bits) {
  const auto source = std::as_bytes(std::span(&source_bits, 1));
  std::uint32_t code = 0;
  const auto codes = std::as_writable_bytes(std::span(&code, 1));
  cast_array(cast, source.first(static_cast<std::size_t>(format_bytes(cast.from))),
             codes.first(static_cast<std::size_t>(format_bytes(cast.to))));
  return code;
}

}  // namespace assay
