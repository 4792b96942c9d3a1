// SPDX-License-Identifier: Apache-2.0
// The counting behind "WEAK": a pass proves little where nearly all expected elements are of a kind
// that most wrong implementations give, too.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "vectors/io/tensor.hpp"

namespace assay {

// What to say where at least 90 % of a tensor's elements are such; else empty, and where the tensor
// is absent.
template <typename T, typename Predicate>
std::string mostly(const TensorViews& tensors, std::string_view name, std::string_view what,
                   Predicate is_such) {
  const auto tensor = tensors.find(name);
  if (tensor == tensors.end()) return "";
  const auto values = tensor->second.as<T>();
  const auto count = std::count_if(values.begin(), values.end(), is_such);
  if (10 * count < 9 * std::ssize(values)) return "";
  return fmt::format("{} of {} elements of the expected {} are {}", count, values.size(), name,
                     what);
}

}  // namespace assay
