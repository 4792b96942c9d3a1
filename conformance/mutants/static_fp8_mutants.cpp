// SPDX-License-Identifier: Apache-2.0
// The catalogue's static FP8 quantizers: a wrong quotient before the right cast to E4M3, or the
// right one before a wrong cast (wrong_casts.hpp), and wrong ways back.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "conformance/mutants/mutant.hpp"
#include "conformance/mutants/wrong_casts.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

constexpr Cast kToE4m3{Format::f32, Format::e4m3, CastPolicy::cuda_satfinite, Rounding::rn};

// One of the two functions, by the operator.
struct Row {
  const char* name;
  std::uint32_t (*quantize)(float value, float scale);
  float (*dequantize)(std::uint8_t code, float scale);
  const char* description;
};

float without_subnormals(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value) : value;
}

template <std::uint32_t (*Wrong)(const Cast& cast, std::uint64_t source)>
std::uint32_t wrongly_cast(float value, float scale) {
  return Wrong(kToE4m3, std::bit_cast<std::uint32_t>(value / scale));
}

template <float (*Quotient)(float value, float scale)>
std::uint32_t wrongly_divided(float value, float scale) {
  return f32_to_e4m3(Quotient(value, scale));
}

float times_reciprocal(float value, float scale) {
  return value * (1 / scale);
}

float with_flushed_scale(float value, float scale) {
  return value / without_subnormals(scale);
}

float with_flushed_value(float value, float scale) {
  return without_subnormals(value) / scale;
}

float product(float value, float scale) {
  return value * scale;
}

// The real quotient to nearest, as if it were not rounded to binary32 before.
std::uint32_t rounded_once(float value, float scale) {
  const double quotient = static_cast<double>(value) / static_cast<double>(scale);
  return cast_code({Format::f64, Format::e4m3, CastPolicy::ocp_saturate, Rounding::rn},
                   std::bit_cast<std::uint64_t>(quotient));
}

float nan_is_480(std::uint8_t code, float scale) {
  return ((code & 0x7F) == 0x7F ? std::copysign(480.0f, code < 0x80 ? 1.0f : -1.0f)
                                : e4m3_to_f32(code)) *
         scale;
}

float subnormal_codes_are_zero(std::uint8_t code, float scale) {
  return e4m3_to_f32((code & 0x7F) < 0x08 ? code & 0x80 : code) * scale;
}

float negative_zero_lost(std::uint8_t code, float scale) {
  return e4m3_to_f32(code == 0x80 ? 0 : code) * scale;
}

float divided_by_reciprocal(std::uint8_t code, float scale) {
  return e4m3_to_f32(code) / (1 / scale);
}

float product_truncated(std::uint8_t code, float scale) {
  const float rounded = e4m3_to_f32(code) * scale;
  const double exact =
      static_cast<double>(e4m3_to_f32(code)) * static_cast<double>(scale);  // 28 bits
  return std::fabs(static_cast<double>(rounded)) > std::fabs(exact) ? std::nextafter(rounded, 0.0f)
                                                                    : rounded;
}

float with_flushed_factor(std::uint8_t code, float scale) {
  return e4m3_to_f32(code) * without_subnormals(scale);
}

float with_flushed_product(std::uint8_t code, float scale) {
  return without_subnormals(e4m3_to_f32(code) * scale);
}

float saturated(std::uint8_t code, float scale) {
  const float value = e4m3_to_f32(code) * scale;
  return std::isinf(value) ? std::copysign(std::numeric_limits<float>::max(), value) : value;
}

const std::vector<Row>& rows() {
  using namespace wrong_cast;
  static const std::vector<Row> all{
      {"quantize_fp8.by_reciprocal", wrongly_divided<times_reciprocal>, nullptr,
       "multiplies by the rounded reciprocal instead of dividing"},
      {"quantize_fp8.multiplied", wrongly_divided<product>, nullptr,
       "takes the scale for its reciprocal"},
      {"quantize_fp8.rounded_once", rounded_once, nullptr,
       "the quotient is not rounded to binary32 before it is cast"},
      {"quantize_fp8.quotient_in_bf16", wrongly_cast<through<bf16>>, nullptr,
       "quotients are rounded to bfloat16 first"},
      {"quantize_fp8.subnormal_scale_is_zero", wrongly_divided<with_flushed_scale>, nullptr,
       "a subnormal scale counts as zero"},
      {"quantize_fp8.subnormal_values_are_zero", wrongly_divided<with_flushed_value>, nullptr,
       "subnormal values count as zero"},
      {"quantize_fp8.truncated", wrongly_cast<truncated>, nullptr, "rounds toward zero"},
      {"quantize_fp8.ties_away", wrongly_cast<ties_away>, nullptr, "ties go away from zero"},
      {"quantize_fp8.carry_lost", wrongly_cast<carry_lost>, nullptr,
       "a carry out of the fraction is lost"},
      {"quantize_fp8.subnormals_flushed", wrongly_cast<subnormals_flushed>, nullptr,
       "every subnormal code becomes zero"},
      {"quantize_fp8.negative_zero_lost", wrongly_cast<wrong_cast::negative_zero_lost>, nullptr,
       "-0 becomes +0"},
      {"quantize_fp8.nan_keeps_sign", wrongly_cast<nan_keeps_sign>, nullptr, "-NaN becomes 0xFF"},
      {"quantize_fp8.nan_to_largest", wrongly_cast<nan_is<0x7E>>, nullptr, "NaN becomes 448"},
      {"quantize_fp8.infinity_to_nan", wrongly_cast<infinity_is<0x7F>>, nullptr,
       "Inf does not saturate"},
      {"quantize_fp8.beyond_448_to_nan", wrongly_cast<beyond_largest_is<0x7F>>, nullptr,
       "does not saturate"},
      {"quantize_fp8.tie_464_to_nan", wrongly_cast<overflow_tie_is<0x7F>>, nullptr,
       "464 becomes NaN"},
      {"dequantize_fp8.divided_by_reciprocal", nullptr, divided_by_reciprocal,
       "divides by the rounded reciprocal instead of multiplying"},
      {"dequantize_fp8.truncated", nullptr, product_truncated, "products are rounded toward zero"},
      {"dequantize_fp8.subnormal_scale_is_zero", nullptr, with_flushed_factor,
       "a subnormal scale counts as zero"},
      {"dequantize_fp8.subnormal_products_are_zero", nullptr, with_flushed_product,
       "subnormal products become zero"},
      {"dequantize_fp8.saturated", nullptr, saturated,
       "products beyond binary32 become its largest value"},
      {"dequantize_fp8.subnormal_codes_are_zero", nullptr, subnormal_codes_are_zero,
       "subnormal codes count as zero"},
      {"dequantize_fp8.negative_zero_lost", nullptr, negative_zero_lost, "the code 0x80 gives +0"},
      {"dequantize_fp8.nan_is_480", nullptr, nan_is_480, "the NaN codes count as 480"},
  };
  return all;
}

Tensors run(const Row& row, const TensorViews& inputs) {
  const float scale = inputs.at("scale").as<float>()[0];
  Tensors results;
  Tensor& output = results[kOutputTensor];
  if (row.quantize != nullptr) {
    const TensorView& values = inputs.at("values");
    output = Tensor(Dtype::f8_e4m3, values.shape);
    std::ranges::transform(values.as<float>(), output.as<std::uint8_t>().begin(), [&](float x) {
      return static_cast<std::uint8_t>(row.quantize(x, scale));
    });
  } else {
    const TensorView& codes = inputs.at("codes");
    output = Tensor(Dtype::f32, codes.shape);
    std::ranges::transform(codes.as<std::uint8_t>(), output.as<float>().begin(),
                           [&](std::uint8_t code) { return row.dequantize(code, scale); });
  }
  return results;
}

}  // namespace

std::vector<Mutant> static_fp8_mutants() {
  std::vector<Mutant> mutants;
  for (const Row& row : rows())
    mutants.push_back(
        {.name = row.name,
         .op = row.quantize != nullptr ? "quantize_fp8" : "dequantize_fp8",
         .imitates = "E4M3 with one scale",
         .description = row.description,
         .applies = [](const Attributes&) { return true; },
         .run = [&row](const CaseDescription&, const TensorViews& inputs) -> Result<Tensors> {
           return run(row, inputs);
         }});
  return mutants;
}

}  // namespace assay
