// SPDX-License-Identifier: Apache-2.0
// What became of the terms of a tensor-core dot, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "conformance/cli/tensorcore_dot.hpp"

namespace assay::cli {

void print_trace(const DotChoice& choice, const TensorCoreTrace& trace);
nlohmann::json trace_json(const DotChoice& choice, const TensorCoreTrace& trace);

}  // namespace assay::cli
