// SPDX-License-Identifier: Apache-2.0
// Strict reading of a case's attributes: all that are demanded, none that has no meaning.
#pragma once

#include <string>
#include <vector>

#include "vectors/io/case_file.hpp"

namespace assay {

// Errors (invalid_vectors): one of `required` is missing, one is neither there nor in `optional`.
Status check_attributes(const Attributes& attributes, const std::vector<std::string>& required,
                        const std::vector<std::string>& optional = {});

}  // namespace assay
