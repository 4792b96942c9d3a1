// SPDX-License-Identifier: Apache-2.0
// assay cast on the tensors of a file.
#pragma once

#include "conformance/cli/cast_choice.hpp"
#include "conformance/cli/tensor_files.hpp"

namespace assay::cli {

// Writes tensors of the same names and shapes that hold the codes: those of `names`, else all of
// the format that the choice casts from, or of any format that can be cast.
Result<int> cast_file(const TensorFileOptions& files, const std::vector<std::string>& names,
                      const CastChoice& choice);

}  // namespace assay::cli
