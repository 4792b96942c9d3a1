// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/tensor_rules.hpp"

#include <algorithm>

#include "reference/suggest.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

template <typename T, typename Text>
std::string alternatives(const std::vector<T>& choices, Text text) {
  std::string joined;
  for (const T& choice : choices)
    joined += (joined.empty() ? "" : " or ") + std::string(text(choice));
  return joined;
}

Status check_known(const TensorViews& tensors, const std::vector<TensorRule>& rules,
                   const std::string& kind) {
  std::vector<std::string> known;
  for (const TensorRule& rule : rules)
    known.push_back(rule.name);
  for (const auto& [name, tensor] : tensors)
    if (std::ranges::find(known, name) == known.end())
      return fail(ErrorCode::invalid_vectors, "{}: unknown {}{}", quoted(name), kind,
                  did_you_mean(name, known));
  return {};
}

Status check_rule(const TensorViews& tensors, const TensorRule& rule, const std::string& context) {
  const auto found = tensors.find(rule.name);
  if (found == tensors.end())
    return rule.is_optional ? Status() : fail(ErrorCode::invalid_vectors, "{}: missing", rule.name);
  const TensorView& tensor = found->second;
  if (std::ranges::find(rule.dtypes, tensor.dtype) == rule.dtypes.end())
    return fail(ErrorCode::invalid_vectors, "{}: has dtype {}, expected {}", rule.name,
                dtype_name(tensor.dtype), alternatives(rule.dtypes, dtype_name));
  if (std::ranges::find(rule.shapes, tensor.shape) == rule.shapes.end())
    return fail(ErrorCode::invalid_vectors, "{}: has shape {}, expected {}{}", rule.name,
                shape_text(tensor.shape), alternatives(rule.shapes, shape_text), context);
  return {};
}

}  // namespace

Status check_tensors(const TensorViews& tensors, const std::vector<TensorRule>& rules,
                     const std::string& kind, const std::string& context) {
  ASSAY_TRY(check_known(tensors, rules, kind));
  for (const TensorRule& rule : rules)
    ASSAY_TRY(check_rule(tensors, rule, context));
  return {};
}

}  // namespace assay
