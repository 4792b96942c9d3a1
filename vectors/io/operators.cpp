// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/operators.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "reference/suggest.hpp"
#include "vectors/io/cast_tensors.hpp"
#include "vectors/io/json_file.hpp"
#include "vectors/io/moe_tensors.hpp"
#include "vectors/io/quantize_tensors.hpp"
#include "vectors/io/static_fp8_tensors.hpp"

namespace assay {

std::span<const Operator> operators() {
  static const std::array rows{moe_operator(),          cast_operator(),
                               quantize_operator(),     dequantize_operator(),
                               quantize_fp8_operator(), dequantize_fp8_operator()};
  return rows;
}

Result<const Operator*> find_operator(std::string_view name) {
  std::vector<std::string> known;
  std::string list;
  for (const Operator& row : operators()) {
    if (row.name == name) return &row;
    known.emplace_back(row.name);
    list.append(list.empty() ? "" : ", ").append(row.name);
  }
  return fail(ErrorCode::invalid_vectors, "operator {} is unknown{}; known: {}",
              quoted(std::string(name)), did_you_mean(name, known), list);
}

Status check_case_tensors(const CaseFile& test_case) {
  ASSAY_ASSIGN(const Operator* const row, find_operator(test_case.description.op));
  if (const Status status = row->check(test_case.description, test_case.file.tensors()); !status)
    return fail(status.error().code, "{}: {}", test_case.path.string(), status.error().message);
  return {};
}

std::size_t dataflow_rank(std::string_view tensor) {
  if (tensor == kOutputTensor) return std::numeric_limits<std::size_t>::max();
  for (const Operator& row : operators()) {
    const std::vector<std::string> names = row.results();
    const auto found = std::ranges::find(names, tensor);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin()) + 1;
  }
  return 0;
}

}  // namespace assay
