// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known word nearest to a mistyped one, by Levenshtein's edit distance.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// " (did you mean \"word\"?)", to be appended to a message; empty when no known word is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace assay
