// SPDX-License-Identifier: Apache-2.0
// What suites know of each operator: how a group expands to cases, what a case's inputs are made
// of, and which class its bits have. The results are the operator's own affair (operators.hpp).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "vectors/generate/suite.hpp"
#include "vectors/io/tensor.hpp"

namespace assay {

// One combination of a group's lists. `name` is its part of the id, empty where nothing varies.
struct Variant {
  std::string name;
  CaseRecipe recipe;  // profile, attributes and inputs; the rest is the same for every operator
};

struct CaseKind {
  std::string_view op;
  // `group` is valid by suite.schema.json; `where` starts each error message.
  Result<std::vector<Variant>> (*expand)(const nlohmann::json& group, const std::string& where);
  Status (*add_inputs)(const CaseRecipe& recipe, const std::filesystem::path& data_dir,
                       Tensors& tensors);
  // "A" or "B" (docs/numerics.md, section 9), when `tensors` holds the results, too.
  Result<std::string> (*classify)(const CaseRecipe& recipe, const Tensors& tensors);
};

CaseKind moe_case_kind();             // moe_group.cpp, moe_case.cpp
CaseKind cast_case_kind();            // cast_case.cpp
CaseKind quantize_case_kind();        // quantize_case.cpp
CaseKind dequantize_case_kind();      // dequantize_case.cpp
CaseKind quantize_fp8_case_kind();    // static_fp8_case.cpp
CaseKind dequantize_fp8_case_kind();  // static_fp8_case.cpp

// Precondition: an operator that suite.schema.json allows.
const CaseKind& find_case_kind(std::string_view op);

}  // namespace assay
