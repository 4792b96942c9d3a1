// SPDX-License-Identifier: Apache-2.0
// PTX text to a module. Accepts what nvcc, NVRTC and ptxas-clean hand-written PTX of ISA 6.0 to 9.x
// contain; anything else is an error (usage) that names file, line and column, what stands there
// and, for a misspelt directive, the closest known one. Hostile text costs time and memory linear
// in its size, and nothing else.
#pragma once

#include <string_view>

#include "cuda/emulator/ptx/ast.hpp"
#include "reference/result.hpp"

namespace assay::ptx {

// `name` is the file's, for messages.
Result<Module> parse(std::string_view text, std::string_view name);

}  // namespace assay::ptx
