// SPDX-License-Identifier: Apache-2.0
// Names of special registers (PTX ISA 9.0, chapter 10), so that a name with % that is neither
// declared nor special is an error where it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::ptx {

// Of a name without its .x, .y or .z.
bool is_special_register(std::string_view name);
const std::vector<std::string>& special_register_names();

}  // namespace assay::ptx
