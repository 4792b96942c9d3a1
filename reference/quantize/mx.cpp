// SPDX-License-Identifier: Apache-2.0
// The modes work on the bits of amax, and the recipes mxfp4_* and mxfp8_* are those modes applied
// to rows of blocks.
#include "reference/quantize/mx.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <span>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"
#include "reference/format/e8m0.hpp"
#include "reference/quantize/recipe_entry.hpp"
#include "reference/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 4> kModeNames = {"floor", "ceil", "even", "rceil"};
constexpr std::size_t kBlock = kMxBlockSize;

constexpr std::uint32_t kLeadingOne = 1u << kF32FractionBits;
constexpr std::uint32_t kFractionMask = kLeadingOne - 1;

// What a mode needs to know of the element's format: its largest value, the exponent of that value,
// and how many fraction bits `even` keeps.
struct MxElement {
  float max;
  int max_exponent;
  int fraction_bits;
};

constexpr MxElement element_of(Format format) {
  return format == Format::e2m1 ? MxElement{kE2m1Max, 2, 1} : MxElement{kE4m3Max, 8, 3};
}

// E8M0 of the smallest power of two that is not below a positive number. Exponent field 0 holds the
// subnormals; 2^-127, E8M0's least, lies in their middle.
int round_up_to_e8m0(std::uint32_t bits) {
  const int field = static_cast<int>(bits >> kF32FractionBits);
  const std::uint32_t fraction = bits & kFractionMask;
  return field + (fraction > (field == 0 ? kLeadingOne / 2 : 0) ? 1 : 0);
}

void encode_block(Format format, std::span<const float> scaled, std::span<std::uint8_t> codes) {
  if (format == Format::e4m3) return f32_to_e4m3(scaled, codes);
  std::array<std::uint8_t, kBlock> nibbles;
  f32_to_e2m1(scaled, nibbles);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = pack_e2m1x2(nibbles[2 * i], nibbles[2 * i + 1]);
  }
}

constexpr std::size_t block_bytes(Format element) {
  return element == Format::e2m1 ? kBlock / 2 : kBlock;
}

// x * 2^-e is exact or lies below 2^-126, where every element format rounds to zero: one rounding.
template <ScaleMode Mode, Format Element>
void quantize_mx(const RecipeOptions&, std::span<const float> values, const QuantizedDst& dst) {
  constexpr std::size_t kBytes = block_bytes(Element);
  std::array<float, kBlock> scaled;
  for (std::size_t block = 0; block < dst.block_scales.size(); ++block) {
    const auto x = values.subspan(block * kBlock, kBlock);
    float amax = 0;
    for (const float value : x) {
      amax = std::max(amax, std::fabs(value));
    }
    const std::uint8_t scale = mx_block_scale(Mode, Element, amax);
    const float factor = e8m0_to_f32(static_cast<std::uint8_t>(2 * kE8m0Bias - scale));
    for (std::size_t i = 0; i < kBlock; ++i) {
      scaled[i] = x[i] * factor;
    }
    dst.block_scales[block] = scale;
    encode_block(Element, scaled, dst.codes.subspan(block * kBytes, kBytes));
  }
}

template <Format Element>
void dequantize_mx(const QuantizedSrc& src, std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float scale = e8m0_to_f32(src.block_scales[i / kBlock]);
    if constexpr (Element == Format::e4m3) {
      values[i] = e4m3_to_f32(src.codes[i]) * scale;
    } else {
      const auto element = static_cast<std::int64_t>(i);
      values[i] = e2m1_to_f32(unpack_e2m1(src.codes[i / 2], element)) * scale;
    }
  }
}

constexpr std::string_view kSourceOcp =
    "OCP Microscaling Formats (MX) 1.0, section 6.3; PyTorch torchao, "
    "torchao/prototype/mx_formats/mx_tensor.py, ScaleCalculationMode.FLOOR, commit 050515e";
constexpr std::string_view kSourceTorchao =
    "PyTorch torchao, torchao/prototype/mx_formats/mx_tensor.py, ScaleCalculationMode, commit "
    "050515e";
constexpr std::string_view kSourceCublas =
    "cuBLAS documentation, 1D Block Quantization; PyTorch torchao, "
    "torchao/prototype/mx_formats/mx_tensor.py, ScaleCalculationMode.RCEIL, commit 050515e";

template <ScaleMode Mode, Format Element>
constexpr RecipeEntry entry(std::string_view name, std::string_view block_scale_formula,
                            std::string_view source) {
  return {.info = {.name = name,
                   .element = Element,
                   .block_scale = Format::e8m0,
                   .block_size = kMxBlockSize,
                   .tensor_scale = TensorScale::none,
                   .tensor_scale_formula = "none",
                   .block_scale_formula = block_scale_formula,
                   .zero_rule = "b = 0 gives the scale 0x00 (2^-127); -0 keeps its sign",
                   .element_formula = Element == Format::e2m1 ? "E2M1(x / s), rounded once"
                                                              : "E4M3(x / s), rounded once",
                   .dequantize_formula = Element == Format::e2m1 ? "e2m1 * s" : "e4m3 * s",
                   .source = source},
          .quantize = quantize_mx<Mode, Element>,
          .dequantize = dequantize_mx<Element>};
}

constexpr std::array<RecipeEntry, 8> kEntries = {
    entry<ScaleMode::floor, Format::e2m1>("mxfp4_floor", "s = 2^max(floor(log2 b) - 2, -127)",
                                          kSourceOcp),
    entry<ScaleMode::ceil, Format::e2m1>("mxfp4_ceil", "s = 2^max(ceil(log2 b) - 2, -127)",
                                         kSourceTorchao),
    entry<ScaleMode::even, Format::e2m1>(
        "mxfp4_even",
        "s = 2^max(floor(log2 r) - 2, -127), r = b rounded to 1 fraction bit, ties up",
        kSourceTorchao),
    entry<ScaleMode::rceil, Format::e2m1>("mxfp4_rceil", "s = 2^max(ceil(log2(b / 6)), -127)",
                                          kSourceCublas),
    entry<ScaleMode::floor, Format::e4m3>("mxfp8_floor", "s = 2^max(floor(log2 b) - 8, -127)",
                                          kSourceOcp),
    entry<ScaleMode::ceil, Format::e4m3>("mxfp8_ceil", "s = 2^max(ceil(log2 b) - 8, -127)",
                                         kSourceTorchao),
    entry<ScaleMode::even, Format::e4m3>(
        "mxfp8_even",
        "s = 2^max(floor(log2 r) - 8, -127), r = b rounded to 3 fraction bits, ties up",
        kSourceTorchao),
    entry<ScaleMode::rceil, Format::e4m3>("mxfp8_rceil", "s = 2^max(ceil(log2(b / 448)), -127)",
                                          kSourceCublas)};

}  // namespace

std::string_view scale_mode_name(ScaleMode mode) {
  return kModeNames[static_cast<std::size_t>(mode)];
}

Result<ScaleMode> parse_scale_mode(std::string_view name) {
  const auto found = std::find(kModeNames.begin(), kModeNames.end(), name);
  if (found != kModeNames.end()) return static_cast<ScaleMode>(found - kModeNames.begin());
  return fail(ErrorCode::usage, "unknown scale mode \"{}\"; known: {}{}", name,
              fmt::join(kModeNames, ", "),
              did_you_mean(name, {kModeNames.begin(), kModeNames.end()}));
}

std::uint8_t mx_block_scale(ScaleMode mode, Format element, float amax) {
  const MxElement format = element_of(element);
  const auto bits = std::bit_cast<std::uint32_t>(amax);
  // The field of a subnormal is 0, more than its exponent, but both are below E8M0's range.
  const auto field_less_max = [&](std::uint32_t magnitude) {
    return static_cast<int>(magnitude >> kF32FractionBits) - format.max_exponent;
  };
  int code = 0;
  switch (mode) {
    case ScaleMode::floor:
      code = field_less_max(bits);
      break;
    case ScaleMode::ceil:
      code = field_less_max(bits + kFractionMask);
      break;
    case ScaleMode::even:
      code = field_less_max(bits + (kLeadingOne >> (format.fraction_bits + 1)));
      break;
    case ScaleMode::rceil:
      code = round_up_to_e8m0(std::bit_cast<std::uint32_t>(amax / format.max));
      break;
  }
  return static_cast<std::uint8_t>(std::max(code, 0));
}

std::span<const RecipeEntry> mx_recipes() {
  return kEntries;
}

}  // namespace assay
