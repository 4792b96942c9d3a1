// SPDX-License-Identifier: Apache-2.0
// The catalogue's casts: which cast each mutant imitates and how it goes wrong (wrong_casts.hpp).
#include <cstring>

#include "conformance/mutants/mutant.hpp"
#include "conformance/mutants/wrong_casts.hpp"
#include "vectors/io/cast_tensors.hpp"

namespace assay {
namespace {

using namespace wrong_cast;
using enum CastPolicy;
using enum Rounding;

struct Row {
  const char* name;
  Cast cast;
  std::uint32_t (*wrong)(const Cast& cast, std::uint64_t source);
  const char* description;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"cast.e4m3.ties_away", {f32, e4m3, cuda_satfinite}, ties_away, "ties go away from zero"},
      {"cast.e4m3.ties_to_zero", {f32, e4m3, cuda_satfinite}, ties_to_zero, "ties go toward zero"},
      {"cast.e4m3.ties_to_odd",
       {f32, e4m3, cuda_satfinite},
       ties_to_odd,
       "ties go to the odd code"},
      {"cast.e4m3.truncated", {f32, e4m3, cuda_satfinite}, truncated, "rounds toward zero"},
      {"cast.e4m3.rounded_up",
       {f32, e4m3, cuda_satfinite},
       away_from_zero,
       "rounds away from zero"},
      {"cast.e4m3.via_f16", {f32, e4m3, cuda_satfinite}, through<f16>, "rounds to binary16 first"},
      {"cast.e4m3.via_bf16",
       {f32, e4m3, cuda_satfinite},
       through<bf16>,
       "rounds to bfloat16 first"},
      {"cast.e4m3.upper_half_only",
       {f32, e4m3, cuda_satfinite},
       upper_half_only,
       "ignores the low 16 bits of the source"},
      {"cast.e4m3.smallest_flushed",
       {f32, e4m3, cuda_satfinite},
       smallest_flushed,
       "the smallest subnormal becomes zero"},
      {"cast.e4m3.subnormals_flushed",
       {f32, e4m3, cuda_satfinite},
       subnormals_flushed,
       "every subnormal becomes zero"},
      {"cast.e4m3.subnormals_halved",
       {f32, e4m3, cuda_satfinite},
       subnormals_halved,
       "subnormals are shifted one place too far"},
      {"cast.e4m3.carry_lost",
       {f32, e4m3, cuda_satfinite},
       carry_lost,
       "a carry out of the fraction is lost"},
      {"cast.e4m3.negative_zero_lost",
       {f32, e4m3, cuda_satfinite},
       negative_zero_lost,
       "-0 becomes +0"},
      {"cast.e4m3.underflow_loses_sign",
       {f32, e4m3, cuda_satfinite},
       underflow_loses_sign,
       "negative underflow becomes +0"},
      {"cast.e4m3.nan_to_zero", {f32, e4m3, cuda_satfinite}, nan_is<0>, "NaN becomes 0"},
      {"cast.e4m3.nan_to_largest", {f32, e4m3, cuda_satfinite}, nan_is<0x7E>, "NaN becomes 448"},
      {"cast.e4m3.nan_keeps_sign",
       {f32, e4m3, cuda_satfinite},
       nan_keeps_sign,
       "-NaN becomes 0xFF"},
      {"cast.e4m3.infinity_to_nan",
       {f32, e4m3, cuda_satfinite},
       infinity_is<0x7F>,
       "Inf does not saturate"},
      {"cast.e4m3.saturates_at_240",
       {f32, e4m3, cuda_satfinite},
       saturates_at<0x77>,
       "the largest value is that of the fnuz variant, 240"},
      {"cast.e4m3.beyond_448_to_nan",
       {f32, e4m3, cuda_satfinite},
       beyond_largest_is<0x7F>,
       "does not saturate"},
      {"cast.e4m3_nosat.threshold_448",
       {f32, e4m3, cuda_nosat},
       beyond_largest_is<0x7F>,
       "overflows above 448 instead of 464"},
      {"cast.e4m3_nosat.tie_464", {f32, e4m3, cuda_nosat}, overflow_tie_is<0x7F>, "464 overflows"},
      {"cast.e4m3_nosat.saturates", {f32, e4m3, cuda_nosat}, beyond_largest_is<0x7E>, "saturates"},
      {"cast.e4m3_ml_dtypes.nan_loses_sign",
       {f32, e4m3, ml_dtypes},
       nan_loses_sign,
       "-NaN becomes 0x7F"},
      {"cast.e4m3_f64.via_f32",
       {f64, e4m3, ocp_saturate},
       through_float,
       "a binary64 is narrowed to binary32 first"},
      {"cast.e5m2.ties_away", {f32, e5m2, cuda_satfinite}, ties_away, "ties go away from zero"},
      {"cast.e5m2.nan_payload", {f32, e5m2, cuda_satfinite}, nan_is<0x7E>, "NaN becomes 0x7E"},
      {"cast.e5m2.infinity_kept",
       {f32, e5m2, cuda_satfinite},
       infinity_is<0x7C>,
       "Inf does not saturate"},
      {"cast.e5m2.via_f16", {f32, e5m2, cuda_satfinite}, through<f16>, "rounds to binary16 first"},
      {"cast.e5m2.subnormals_flushed",
       {f32, e5m2, cuda_satfinite},
       subnormals_flushed,
       "every subnormal becomes zero"},
      {"cast.e5m2_nosat.tie_61440",
       {f32, e5m2, cuda_nosat},
       overflow_tie_is<0x7B>,
       "61440 becomes 57344 instead of Inf"},
      {"cast.e5m2_nosat.overflow_to_nan",
       {f32, e5m2, cuda_nosat},
       infinity_is<0x7F>,
       "Inf becomes NaN"},
      {"cast.e2m1.ties_away", {f32, e2m1, cuda_satfinite}, ties_away, "ties go away from zero"},
      {"cast.e2m1.ties_to_zero", {f32, e2m1, cuda_satfinite}, ties_to_zero, "ties go toward zero"},
      {"cast.e2m1.truncated", {f32, e2m1, cuda_satfinite}, truncated, "rounds toward zero"},
      {"cast.e2m1.five_up", {f32, e2m1, cuda_satfinite}, five_up, "5 becomes 6 instead of 4"},
      {"cast.e2m1.via_f16", {f32, e2m1, cuda_satfinite}, through<f16>, "rounds to binary16 first"},
      {"cast.e2m1.via_bf16",
       {f32, e2m1, cuda_satfinite},
       through<bf16>,
       "rounds to bfloat16 first"},
      {"cast.e2m1.half_flushed",
       {f32, e2m1, cuda_satfinite},
       smallest_flushed,
       "0.5, the only subnormal, becomes zero"},
      {"cast.e2m1.negative_zero_lost",
       {f32, e2m1, cuda_satfinite},
       negative_zero_lost,
       "-0 becomes +0"},
      {"cast.e2m1.underflow_loses_sign",
       {f32, e2m1, cuda_satfinite},
       underflow_loses_sign,
       "negative underflow becomes +0"},
      {"cast.e2m1.infinity_to_zero",
       {f32, e2m1, cuda_satfinite},
       infinity_is<0>,
       "Inf becomes zero"},
      {"cast.e2m1.nan_to_zero", {f32, e2m1, cuda_satfinite}, nan_is<0>, "NaN becomes 0"},
      {"cast.e2m1.nan_keeps_sign", {f32, e2m1, cuda_satfinite}, nan_keeps_sign, "-NaN becomes -6"},
      {"cast.e2m1.carry_lost",
       {f32, e2m1, cuda_satfinite},
       carry_lost,
       "a carry out of the fraction is lost"},
      {"cast.e2m1_rz.nearest",
       {f32, e2m1, cuda_satfinite, rz},
       nearest,
       "rounds to nearest instead of toward zero"},
      {"cast.e2m1_f64.via_f32",
       {f64, e2m1, cuda_satfinite},
       through_float,
       "a binary64 is narrowed to binary32 first"},
      {"cast.e2m3.ties_away", {f32, e2m3, cuda_satfinite}, ties_away, "ties go away from zero"},
      {"cast.e2m3.subnormals_halved",
       {f32, e2m3, cuda_satfinite},
       subnormals_halved,
       "subnormals are shifted one place too far"},
      {"cast.e3m2.ties_to_zero", {f32, e3m2, cuda_satfinite}, ties_to_zero, "ties go toward zero"},
      {"cast.e3m2.saturates_at_24",
       {f32, e3m2, cuda_satfinite},
       saturates_at<0x1E>,
       "the top code is taken for NaN"},
      {"cast.ue4m3.negative_to_zero",
       {f32, ue4m3, cutlass},
       negative_is<0>,
       "negative values become 0 instead of their magnitude"},
      {"cast.ue4m3.sign_in_bit_7",
       {f32, ue4m3, cutlass},
       sign_in_bit_7,
       "the sign is written where the format has none"},
      {"cast.e8m0_rp.floor",
       {f32, e8m0, cuda_satfinite, rp},
       truncated,
       "rounds toward zero instead of up"},
      {"cast.e8m0_rp.nearest",
       {f32, e8m0, cuda_satfinite, rp},
       nearest,
       "rounds to nearest instead of up"},
      {"cast.e8m0_rp.subnormals_flushed",
       {f32, e8m0, cuda_satfinite, rp},
       sources_flushed,
       "subnormal sources count as zero"},
      {"cast.e8m0_rz.ceil",
       {f32, e8m0, cuda_satfinite, rz},
       away_from_zero,
       "rounds up instead of toward zero"},
      {"cast.e8m0_rz.bias_126",
       {f32, e8m0, cuda_satfinite, rz},
       one_code_up,
       "the bias is off by one"},
      {"cast.e8m0.zero_to_nan",
       {f32, e8m0, cuda_satfinite, rp},
       zero_is<0xFF>,
       "zero becomes NaN, as ml_dtypes has it"},
      {"cast.e8m0.negative_to_nan",
       {f32, e8m0, cuda_satfinite, rp},
       negative_is<0xFF>,
       "negative values become NaN, as ml_dtypes has it"},
      {"cast.e8m0_nosat.infinity_saturates",
       {f32, e8m0, cuda_nosat, rp},
       infinity_is<0xFE>,
       "Inf saturates"},
      {"cast.e8m0_ml_dtypes.zero_to_lowest",
       {f32, e8m0, ml_dtypes},
       zero_is<0>,
       "zero becomes 2^-127"},
      {"cast.bf16.ties_away", {f32, bf16, cuda_nosat}, ties_away, "adds half an ulp and truncates"},
      {"cast.bf16.truncated",
       {f32, bf16, cuda_nosat},
       upper_half,
       "takes the upper 16 bits, of NaN as well"},
      {"cast.bf16.nan_runs_over",
       {f32, bf16, cuda_nosat},
       nan_runs_over,
       "rounds NaN like a number"},
      {"cast.f16.subnormals_flushed",
       {f32, f16, cuda_nosat},
       subnormals_flushed,
       "subnormals become zero"},
      {"cast.f16.threshold_65504",
       {f32, f16, cuda_nosat},
       beyond_largest_is<0x7C00>,
       "overflows above 65504 instead of 65520"},
      {"cast.tf32_rz.rounded",
       {f32, tf32, cuda_nosat, rz},
       ties_away,
       "rounds as cvt.rna instead of truncating"},
      {"cast.tf32_rna.truncated",
       {f32, tf32, cuda_nosat, rna},
       truncated,
       "truncates as mma.sync does"},
  };
  return all;
}

std::string text_of(const Cast& cast) {
  return fmt::format("{} to {}, {}, {}", format_info(cast.from).name, format_info(cast.to).name,
                     cast_policy_name(cast.policy), rounding_name(cast.rounding));
}

Tensors run(const Row& row, const TensorView& values) {
  const auto from_bytes = static_cast<std::size_t>(format_bytes(row.cast.from));
  const auto to_bytes = static_cast<std::size_t>(format_bytes(row.cast.to));
  Tensors results;
  Tensor& codes = results[kOutputTensor] = Tensor(format_dtype(row.cast.to), values.shape);
  for (std::size_t i = 0; i < values.bytes.size() / from_bytes; ++i) {
    std::uint64_t source = 0;
    std::memcpy(&source, &values.bytes[i * from_bytes], from_bytes);
    const std::uint32_t code = row.wrong(row.cast, source);
    std::memcpy(&codes.as<std::byte>()[i * to_bytes], &code, to_bytes);
  }
  return results;
}

}  // namespace

std::vector<Mutant> cast_mutants() {
  std::vector<Mutant> mutants;
  for (const Row& row : rows())
    mutants.push_back(
        {.name = row.name,
         .op = "cast",
         .imitates = text_of(row.cast),
         .description = row.description,
         .applies = [&row](const Attributes& given) { return given == cast_attributes(row.cast); },
         .run = [&row](const CaseDescription&, const TensorViews& inputs) -> Result<Tensors> {
           return run(row, inputs.at("values"));
         }});
  return mutants;
}

}  // namespace assay
