// SPDX-License-Identifier: Apache-2.0
// Cases of the operator `moe`: the parts of its case_kind.
#pragma once

#include "vectors/generate/case_kind.hpp"

namespace assay {

Result<std::vector<Variant>> expand_moe_group(const nlohmann::json& group,
                                              const std::string& where);

}  // namespace assay
