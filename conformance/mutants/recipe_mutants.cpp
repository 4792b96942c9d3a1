// SPDX-License-Identifier: Apache-2.0
// The catalogue's recipes: which recipe each mutant imitates and how it goes wrong
// (wrong_nvfp4.hpp, wrong_blocks.hpp, wrong_mx.hpp).
#include "conformance/mutants/mutant.hpp"
#include "conformance/mutants/wrong_blocks.hpp"
#include "conformance/mutants/wrong_modelopt.hpp"
#include "conformance/mutants/wrong_mx.hpp"
#include "conformance/mutants/wrong_nvfp4.hpp"
#include "vectors/io/quantize_tensors.hpp"

namespace assay {
namespace {

using namespace wrong_recipe;
using enum Format;

// One of the two functions, by the operator.
struct Row {
  const char* name;
  const char* recipe;
  void (*quantize)(const RecipeOptions&, std::span<const float>, const QuantizedDst&);
  void (*dequantize)(const QuantizedSrc&, std::span<float>);
  const char* description;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"quantize.modelopt.scale_truncated", "modelopt", quantize_matrix<ScaleTruncated>, nullptr,
       "the block scale is rounded toward zero"},
      {"quantize.modelopt.scale_rounded_up", "modelopt", quantize_matrix<ScaleRoundedUp>, nullptr,
       "the block scale is rounded up"},
      {"quantize.modelopt.scale_ties_away", "modelopt", quantize_matrix<ScaleTiesAway>, nullptr,
       "ties of the block scale go away from zero"},
      {"quantize.modelopt.sixth_first", "modelopt", quantize_matrix<ScaleFrom<sixth_first>>,
       nullptr, "(b / 6) / t instead of b / (6 t)"},
      {"quantize.modelopt.times_a_sixth", "modelopt", quantize_matrix<ScaleFrom<times_a_sixth>>,
       nullptr, "b is multiplied by the rounded 1/6"},
      {"quantize.modelopt.scale_by_reciprocal", "modelopt",
       quantize_matrix<ScaleFrom<times_reciprocal>>, nullptr,
       "b * (1 / (6 t)) instead of b / (6 t)"},
      {"quantize.modelopt.by_four", "modelopt", quantize_matrix<ScaleFrom<by_four>>, nullptr,
       "the largest element becomes 4 instead of 6"},
      {"quantize.modelopt.unrounded_scale", "modelopt", quantize_matrix<UnroundedScale>, nullptr,
       "elements are divided by the scale before it was rounded"},
      {"quantize.modelopt.no_clamp", "modelopt", quantize_matrix<NoClamp>, nullptr,
       "small block scales underflow to zero"},
      {"quantize.modelopt.no_zero_rule", "modelopt", quantize_matrix<NoZeroRule>, nullptr,
       "a block of zeros gets the smallest scale instead of 1"},
      {"quantize.modelopt.subnormal_scales_flushed", "modelopt",
       quantize_matrix<SubnormalScalesFlushed>, nullptr, "block scales below 2^-6 become 2^-6"},
      {"quantize.modelopt.signed_block_max", "modelopt", quantize_matrix<SignedBlockMax>, nullptr,
       "the block's largest value instead of its largest magnitude"},
      {"quantize.modelopt.signed_tensor_max", "modelopt", signed_tensor_max, nullptr,
       "the tensor's largest value instead of its largest magnitude"},
      {"quantize.modelopt.first_block_is_tensor_amax", "modelopt", first_block_is_tensor_amax,
       nullptr, "the tensor's amax is that of its first block"},
      {"quantize.modelopt.stale_block_amax", "modelopt", stale_block_amax, nullptr,
       "a block is scaled by the amax of the one before"},
      {"quantize.modelopt.block_starts_late", "modelopt", block_starts_late, nullptr,
       "a block's amax is taken one element too late"},
      {"quantize.modelopt.nibbles_swapped", "modelopt", nibbles_swapped, nullptr,
       "the even element is in the high nibble"},
      {"quantize.modelopt.stored_reciprocal", "modelopt", stored_reciprocal, nullptr,
       "the reciprocal of the tensor scale is stored"},
      {"quantize.modelopt.step_by_reciprocal", "modelopt", quantize_matrix<ReciprocalStep>, nullptr,
       "elements are multiplied by a reciprocal"},
      {"quantize.modelopt.element_ties_away", "modelopt", quantize_matrix<ElementTiesAway>, nullptr,
       "ties of elements go away from zero"},
      {"quantize.modelopt.element_truncated", "modelopt", quantize_matrix<ElementTruncated>,
       nullptr, "elements are rounded toward zero"},
      {"quantize.modelopt.element_via_bf16", "modelopt", quantize_matrix<ElementViaBf16>, nullptr,
       "quotients are rounded to bfloat16 first"},
      {"quantize.modelopt.negative_zero_kept", "modelopt", quantize_matrix<NegativeZeroKept>,
       nullptr, "-0 becomes 0x8 instead of 0x0"},
      {"quantize.modelopt.tensor_scale_by_reciprocal", "modelopt",
       quantize_matrix<TensorScaleReciprocal>, nullptr, "amax is multiplied by the rounded 1/2688"},
      {"quantize.modelopt.tensor_scale_in_steps", "modelopt", quantize_matrix<TensorScaleInSteps>,
       nullptr, "(amax / 6) / 448 instead of amax / 2688"},
      {"quantize.modelopt.tensor_scale_of_zero", "modelopt",
       quantize_matrix<TensorScaleOfZeroIsZero>, nullptr,
       "the tensor scale of zeros is 0 instead of 1"},
      {"quantize.modelopt.tensor_amax_in_bf16", "modelopt", quantize_matrix<TensorAmaxInBf16>,
       nullptr, "the tensor's amax is rounded to bfloat16"},
      {"quantize.modelopt_onnx_legacy.one_step", "modelopt_onnx_legacy",
       quantize_matrix<OnnxScaleInOneStep>, nullptr, "amax / 2688 instead of (amax / 6) / 448"},
      {"quantize.tensorrt_sample.rounded_scale", "tensorrt_sample",
       quantize_matrix<SampleRoundedScale>, nullptr, "elements are divided by the rounded scale"},
      {"quantize.transformer_engine.reassociated", "transformer_engine",
       quantize_matrix<TeReassociated>, nullptr, "(b * S) * (1/6) instead of b * (S * (1/6))"},
      {"quantize.transformer_engine.fast_math", "transformer_engine", quantize_matrix<TeFastMath>,
       nullptr, "the element factor is rounded to bfloat16"},
      {"quantize.flashinfer_exact.one_division", "flashinfer_exact",
       quantize_matrix<FlashinferOneDivision>, nullptr, "S / s instead of 1 / (s * (1 / S))"},
      {"quantize.trtllm_fast.division", "trtllm_fast", quantize_matrix<TrtllmDivision>, nullptr,
       "S / s instead of rcp(s * rcp(S))"},
      {"quantize.vllm_emulation.torch_twin", "vllm_emulation", quantize_matrix<VllmTorchTwin>,
       nullptr, "1 / (s * (1 / S)), as vLLM's other emulation has it"},
      {"quantize.compressed_tensors.zero_scale_is_smallest", "compressed_tensors",
       quantize_matrix<CtZeroScaleIsSmallest>, nullptr,
       "a scale that underflows becomes 2^-9 instead of 0.125"},
      {"quantize.torchao.smallest_scale", "torchao", quantize_matrix<TorchaoSmallestScale>, nullptr,
       "scales are clamped to 2^-9 instead of 2^-6"},
      {"quantize.torchao.one_reciprocal", "torchao", quantize_matrix<TorchaoOneReciprocal>, nullptr,
       "1 / (t * s) instead of (1 / t) / s"},
      {"quantize.cudnn_docs.nearest_scale", "cudnn_docs", quantize_matrix<CudnnNearestScale>,
       nullptr, "the block scale is rounded to nearest instead of up"},
      {"quantize.llama_cpp.scale_ties_even", "llama_cpp", quantize_matrix<LlamaScaleTiesEven>,
       nullptr, "ties of the block scale go to the even code"},
      {"quantize.llama_cpp.whole_scale_range", "llama_cpp", quantize_matrix<LlamaWholeScaleRange>,
       nullptr, "scales from 248 up do not become 448"},
      {"quantize.llama_cpp.element_ties_even", "llama_cpp", quantize_matrix<LlamaElementTiesEven>,
       nullptr, "elements are divided and rounded to nearest even"},
      {"quantize.llama_cpp.negative_zero", "llama_cpp", quantize_matrix<LlamaNegativeZero>, nullptr,
       "negative underflow gives 0x8"},
      {"quantize.four_over_six.four_on_tie", "four_over_six", quantize_matrix<FourOnTie>, nullptr,
       "equal errors choose 4"},
      {"quantize.four_over_six.always_six", "four_over_six", quantize_matrix<AlwaysSix>, nullptr,
       "4 is never tried"},
      {"quantize.four_over_six.absolute_error", "four_over_six", quantize_matrix<AbsoluteError>,
       nullptr, "the sum of magnitudes instead of squares decides"},
      {"quantize.mxfp4_floor.exponent_off", "mxfp4_floor",
       quantize_mx<e2m1, exponent_off<ScaleMode::floor, e2m1, -1>>, nullptr,
       "the largest element's exponent is taken to be 3"},
      {"quantize.mxfp4_floor.ceil", "mxfp4_floor",
       quantize_mx<e2m1, right_scale<ScaleMode::ceil, e2m1>>, nullptr, "the scale is rounded up"},
      {"quantize.mxfp4_floor.zero_block_is_one", "mxfp4_floor",
       quantize_mx<e2m1, zero_block_is_one<ScaleMode::floor, e2m1>>, nullptr,
       "a block of zeros gets the scale 1"},
      {"quantize.mxfp4_floor.element_ties_away", "mxfp4_floor",
       quantize_mx<e2m1, right_scale<ScaleMode::floor, e2m1>, wrong_cast::ties_away>, nullptr,
       "ties of elements go away from zero"},
      {"quantize.mxfp4_ceil.floor_plus_one", "mxfp4_ceil", quantize_mx<e2m1, floor_plus_one>,
       nullptr, "powers of two are rounded up, too"},
      {"quantize.mxfp4_even.floor", "mxfp4_even",
       quantize_mx<e2m1, right_scale<ScaleMode::floor, e2m1>>, nullptr,
       "the amax is not rounded first"},
      {"quantize.mxfp4_rceil.ceil", "mxfp4_rceil",
       quantize_mx<e2m1, right_scale<ScaleMode::ceil, e2m1>>, nullptr,
       "the exponent of amax is rounded up instead of that of amax / 6"},
      {"quantize.mxfp8_floor.exponent_off", "mxfp8_floor",
       quantize_mx<e4m3, exponent_off<ScaleMode::floor, e4m3, 1>>, nullptr,
       "the largest element's exponent is taken to be 7"},
      {"quantize.mxfp8_floor.overflow_to_nan", "mxfp8_floor",
       quantize_mx<e4m3, right_scale<ScaleMode::floor, e4m3>, overflow_to_nan>, nullptr,
       "elements beyond 448 become NaN"},
      {"quantize.mxfp8_even.at_one_bit", "mxfp8_even", quantize_mx<e4m3, even_at_one_bit>, nullptr,
       "the amax is rounded to 1 fraction bit instead of 3"},
      {"quantize.mxfp8_rceil.ceil", "mxfp8_rceil",
       quantize_mx<e4m3, right_scale<ScaleMode::ceil, e4m3>>, nullptr,
       "the exponent of amax is rounded up instead of that of amax / 448"},
      {"dequantize.modelopt.element_times_scale_first", "modelopt", nullptr,
       dequantize_matrix<ElementTimesScaleFirst>, "(q * s) * t instead of q * (s * t)"},
      {"dequantize.modelopt.subnormal_scales_read_as_zero", "modelopt", nullptr,
       dequantize_matrix<SubnormalScalesReadAsZero>, "block scales below 2^-6 count as zero"},
      {"dequantize.transformer_engine.division", "transformer_engine", nullptr,
       dequantize_matrix<TeDivides>, "divides by 2688 instead of multiplying by its reciprocal"},
      {"dequantize.compressed_tensors.reciprocal", "compressed_tensors", nullptr,
       dequantize_matrix<CtMultiplies>, "s * (1 / S) instead of s / S"},
      {"dequantize.torchao.element_first", "torchao", nullptr,
       dequantize_matrix<TorchaoElementFirst>, "(q * t) * s instead of q * (t * s)"},
      {"dequantize.llama_cpp.negative_zero_read", "llama_cpp", nullptr,
       dequantize_matrix<LlamaNegativeZeroRead>, "the code 0x8 gives -0"},
      {"dequantize.mxfp4_floor.zero_scale", "mxfp4_floor", nullptr, e8m0_zero_is_zero,
       "the scale 0x00 counts as zero"},
      {"dequantize.mxfp8_floor.nan_is_480", "mxfp8_floor", nullptr, e4m3_nan_is_480,
       "the NaN codes count as 480"},
  };
  return all;
}

Result<Tensors> quantized(const Row& row, const CaseDescription& description,
                          const TensorViews& inputs) {
  ASSAY_ASSIGN(const QuantizeRule rule, quantize_rule_of(description.attributes));
  const TensorView& values = inputs.at("values");
  Tensors results = quantized_tensors(*rule.recipe, values.shape[0], values.shape[1]);
  row.quantize(rule.options, values.as<float>(), quantized_dst(*rule.recipe, results));
  return results;
}

Result<Tensors> dequantized(const Row& row, const TensorViews& inputs) {
  const auto tensor_scale = inputs.find("tensor_scale");
  QuantizedSrc src{.codes = inputs.at("codes").as<std::uint8_t>(),
                   .block_scales = inputs.at("block_scale").as<std::uint8_t>()};
  if (tensor_scale != inputs.end()) src.tensor_scale = tensor_scale->second.as<float>()[0];
  const Shape& codes = inputs.at("codes").shape;
  const std::int64_t each = find_recipe(row.recipe).value()->element == e2m1 ? 2 : 1;
  Tensors results;
  Tensor& output = results[kOutputTensor] = Tensor(Dtype::f32, {codes[0], codes[1] * each});
  row.dequantize(src, output.as<float>());
  return results;
}

}  // namespace

std::vector<Mutant> recipe_mutants() {
  std::vector<Mutant> mutants;
  for (const Row& row : rows())
    mutants.push_back(
        {.name = row.name,
         .op = row.quantize != nullptr ? "quantize" : "dequantize",
         .imitates = row.recipe,
         .description = row.description,
         .applies = [&row](const Attributes& given) { return given.at("recipe") == row.recipe; },
         .run = [&row](const CaseDescription& description,
                       const TensorViews& inputs) -> Result<Tensors> {
           return row.quantize != nullptr ? quantized(row, description, inputs)
                                          : dequantized(row, inputs);
         }});
  return mutants;
}

}  // namespace assay
