// SPDX-License-Identifier: Apache-2.0
// The operators that cases are made of, each as one row of functions: whoever reads, runs or judges
// a case finds the row by the operator's name and needs to know no more (docs/vectors.md).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vectors/io/case_file.hpp"

namespace assay {

struct Operator {
  std::string_view name;
  bool has_profile;  // its bits depend on a profile; other operators may have attributes
  // Names of the results in dataflow order, "output" last.
  std::vector<std::string> (*results)();
  // Attributes, and dtypes and shapes of the inputs and of the expected tensors; a stage may be
  // absent, the output may not. Errors: invalid_vectors.
  Status (*check)(const CaseDescription& description, const TensorViews& tensors);
  // The reference: "output" and, on demand, every stage. Errors: inputs that `check` or the
  // reference refuses (invalid_vectors).
  Result<Tensors> (*run)(const CaseDescription& description, const TensorViews& inputs,
                         bool with_stages);
  // Why equal bits would prove little, from the expected tensors; empty if they prove something.
  std::string (*weakness)(const CaseDescription& description, const TensorViews& expected);
};

// In the order of docs/vectors.md.
std::span<const Operator> operators();
// Error (invalid_vectors): unknown, with the nearest name and all of them.
Result<const Operator*> find_operator(std::string_view name);

// Whether the case can be judged: Operator::check. Errors name the file and the tensor.
Status check_case_tensors(const CaseFile& test_case);

// For files that do not say which operator wrote them: 0 for inputs, larger for later results, the
// largest of all for the output.
std::size_t dataflow_rank(std::string_view tensor);

}  // namespace assay
