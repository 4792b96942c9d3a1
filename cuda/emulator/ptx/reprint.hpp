// SPDX-License-Identifier: Apache-2.0
// A parsed module as PTX again, for tests: registers, labels and the variables of functions under
// new names, without scopes, comments and debug information. If names were resolved wrongly or an
// operand was misread, the text means something else.
#pragma once

#include <string>

#include "cuda/emulator/ptx/ast.hpp"

namespace assay::ptx {

std::string reprinted(const Module& module);

}  // namespace assay::ptx
