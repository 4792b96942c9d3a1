// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/cast_tensors.hpp"

#include <cmath>
#include <cstring>

#include "vectors/io/attributes.hpp"
#include "vectors/io/tensor_rules.hpp"
#include "vectors/io/weakness.hpp"

namespace assay {
namespace {

// What is wrong with an attribute is wrong with the case, not with the command line.
template <typename T>
Result<T> as_vectors_error(Result<T> parsed) {
  if (!parsed) parsed.error().code = ErrorCode::invalid_vectors;
  return parsed;
}

Result<Cast> parse_cast(const Attributes& attributes) {
  ASSAY_ASSIGN(const Format from, parse_format(attributes.at("from")));
  ASSAY_ASSIGN(const Format to, parse_format(attributes.at("to")));
  ASSAY_ASSIGN(const CastPolicy policy, parse_cast_policy(attributes.at("policy")));
  ASSAY_ASSIGN(const Rounding rounding, parse_rounding(attributes.at("rounding")));
  return make_cast(from, to, policy, rounding);
}

std::vector<std::string> result_names() {
  return {kOutputTensor};
}

Result<std::int64_t> count_values(const Cast& cast, const TensorViews& inputs) {
  const auto values = inputs.find("values");
  if (values == inputs.end()) return fail(ErrorCode::invalid_vectors, "values: missing");
  const Shape& shape = values->second.shape;
  if (shape.size() != 1)
    return fail(ErrorCode::invalid_vectors, "values: has shape {}, expected one extent",
                shape_text(shape));
  ASSAY_TRY(check_tensors(inputs, {{"values", {format_dtype(cast.from)}, {shape}}}, "tensor"));
  return shape[0];
}

Status check(const CaseDescription& description, const TensorViews& tensors) {
  ASSAY_ASSIGN(const Cast cast, cast_of(description.attributes));
  ASSAY_ASSIGN(const std::int64_t count, count_values(cast, inputs_of(tensors)));
  return check_tensors(expected_of(tensors), {{kOutputTensor, {format_dtype(cast.to)}, {{count}}}},
                       "stage");
}

Result<Tensors> run(const CaseDescription& description, const TensorViews& tensors, bool) {
  ASSAY_ASSIGN(const Cast cast, cast_of(description.attributes));
  const TensorViews inputs = inputs_of(tensors);
  ASSAY_ASSIGN(const std::int64_t count, count_values(cast, inputs));
  Tensors results;
  Tensor& output = results[kOutputTensor] = Tensor(format_dtype(cast.to), {count});
  cast_array(cast, inputs.at("values").bytes, output.as<std::byte>());
  return results;
}

double largest_finite(Format format) {
  double largest = 0;
  for (std::uint64_t code = 0; code < 0x100; ++code)
    if (const double value = decode(format, code); std::isfinite(value))
      largest = std::max(largest, value);
  return largest;
}

// Of 8-bit codes and narrower alone: no suite aims at the ends of wider formats.
std::string weakness(const CaseDescription& description, const TensorViews& expected) {
  const auto cast = cast_of(description.attributes);
  if (!cast || format_bytes(cast->to) != 1) return "";
  const double largest = largest_finite(cast->to);
  const auto says_little = [&](std::uint8_t code) {
    const double magnitude = std::fabs(decode(cast->to, code));
    return magnitude == 0 || !(magnitude < largest);
  };
  return mostly<std::uint8_t>(expected, kOutputTensor, "zero or saturated", says_little);
}

}  // namespace

Attributes cast_attributes(const Cast& cast) {
  return {{"from", std::string(format_info(cast.from).name)},
          {"to", std::string(format_info(cast.to).name)},
          {"policy", std::string(cast_policy_name(cast.policy))},
          {"rounding", std::string(rounding_name(cast.rounding))}};
}

Result<Cast> cast_of(const Attributes& attributes) {
  ASSAY_TRY(check_attributes(attributes, {"from", "to", "policy", "rounding"}));
  return as_vectors_error(parse_cast(attributes));
}

Operator cast_operator() {
  return {"cast", false, result_names, check, run, weakness};
}

}  // namespace assay
