// SPDX-License-Identifier: Apache-2.0
// What tensors an operator's file must hold, as data: names, dtypes and shapes, checked in one way
// and with one set of messages for every operator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vectors/io/tensor.hpp"

namespace assay {

using Shape = std::vector<std::int64_t>;

struct TensorRule {
  std::string name;
  std::vector<Dtype> dtypes;  // any of them
  std::vector<Shape> shapes;  // any of them
  bool is_optional = false;
};

// Errors (invalid_vectors): a tensor that no rule names, called a `kind` ("tensor", "stage") in the
// message; one that is missing; a dtype or shape that its rule does not have, with both, followed
// by `context`.
Status check_tensors(const TensorViews& tensors, const std::vector<TensorRule>& rules,
                     const std::string& kind, const std::string& context = "");

}  // namespace assay
