// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/static_fp8_tensors.hpp"

#include <array>
#include <cmath>

#include "reference/quantize/blocked.hpp"
#include "reference/quantize/static_fp8.hpp"
#include "vectors/io/attributes.hpp"
#include "vectors/io/tensor_rules.hpp"
#include "vectors/io/weakness.hpp"

namespace assay {
namespace {

std::vector<std::string> result_names() {
  return {kOutputTensor};
}

// The inputs' shape: the named matrix, and the scale beside it.
Result<Shape> bind_inputs(const CaseDescription& description, const TensorViews& inputs,
                          const std::string& matrix, Dtype dtype) {
  ASSAY_TRY(check_attributes(description.attributes, {}));
  const auto found = inputs.find(matrix);
  if (found == inputs.end()) return fail(ErrorCode::invalid_vectors, "{}: missing", matrix);
  const Shape& shape = found->second.shape;
  if (shape.size() != 2 || shape[0] <= 0 || shape[1] <= 0)
    return fail(ErrorCode::invalid_vectors,
                "{}: has shape {}, expected two extents greater than zero", matrix,
                shape_text(shape));
  ASSAY_TRY(
      check_tensors(inputs, {{matrix, {dtype}, {shape}}, {"scale", {Dtype::f32}, {{}}}}, "tensor"));
  return shape;
}

Result<float> scale_of(const TensorViews& inputs) {
  const float scale = inputs.at("scale").as<float>()[0];
  ASSAY_TRY(check_positive_scale("scale", 0, scale));
  return scale;
}

Status check_quantize(const CaseDescription& description, const TensorViews& tensors) {
  ASSAY_ASSIGN(const Shape shape,
               bind_inputs(description, inputs_of(tensors), "values", Dtype::f32));
  return check_tensors(expected_of(tensors), {{kOutputTensor, {Dtype::f8_e4m3}, {shape}}}, "stage");
}

Result<Tensors> run_quantize(const CaseDescription& description, const TensorViews& tensors, bool) {
  const TensorViews inputs = inputs_of(tensors);
  ASSAY_ASSIGN(const Shape shape, bind_inputs(description, inputs, "values", Dtype::f32));
  ASSAY_ASSIGN(const float scale, scale_of(inputs));
  Tensors results;
  Tensor& output = results[kOutputTensor] = Tensor(Dtype::f8_e4m3, shape);
  quantize_static_fp8(inputs.at("values").as<float>(), scale, output.as<std::uint8_t>());
  return results;
}

std::string quantize_weakness(const CaseDescription&, const TensorViews& expected) {
  return mostly<std::uint8_t>(expected, kOutputTensor, "zero or saturated", [](std::uint8_t code) {
    return (code & 0x7F) == 0 || (code & 0x7F) >= 0x7E;
  });
}

Status check_dequantize(const CaseDescription& description, const TensorViews& tensors) {
  ASSAY_ASSIGN(const Shape shape,
               bind_inputs(description, inputs_of(tensors), "codes", Dtype::f8_e4m3));
  return check_tensors(expected_of(tensors), {{kOutputTensor, {Dtype::f32}, {shape}}}, "stage");
}

Result<Tensors> run_dequantize(const CaseDescription& description, const TensorViews& tensors,
                               bool) {
  constexpr std::array<std::int64_t, 2> kPerTensor{-1, -1};
  const TensorViews inputs = inputs_of(tensors);
  ASSAY_ASSIGN(const Shape shape, bind_inputs(description, inputs, "codes", Dtype::f8_e4m3));
  ASSAY_ASSIGN(const float scale, scale_of(inputs));
  ASSAY_ASSIGN(const BlockGrid grid, make_block_grid("codes", shape, kPerTensor));
  Tensors results;
  Tensor& output = results[kOutputTensor] = Tensor(Dtype::f32, shape);
  ASSAY_TRY(dequantize_blocked("codes", grid, Format::e4m3, inputs.at("codes").as<std::uint8_t>(),
                               {&scale, 1}, output.as<float>()));
  return results;
}

std::string dequantize_weakness(const CaseDescription&, const TensorViews& expected) {
  return mostly<float>(expected, kOutputTensor, "zero or not finite",
                       [](float value) { return value == 0 || !std::isfinite(value); });
}

}  // namespace

Operator quantize_fp8_operator() {
  return {"quantize_fp8", false, result_names, check_quantize, run_quantize, quantize_weakness};
}

Operator dequantize_fp8_operator() {
  return {"dequantize_fp8", false,          result_names,
          check_dequantize, run_dequantize, dequantize_weakness};
}

}  // namespace assay
