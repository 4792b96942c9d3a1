// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/attributes.hpp"

#include <algorithm>

#include "reference/suggest.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {

Status check_attributes(const Attributes& attributes, const std::vector<std::string>& required,
                        const std::vector<std::string>& optional) {
  std::vector<std::string> known = required;
  known.insert(known.end(), optional.begin(), optional.end());
  for (const auto& [name, value] : attributes)
    if (std::ranges::find(known, name) == known.end())
      return fail(ErrorCode::invalid_vectors, "attribute {}: unknown{}", quoted(name),
                  did_you_mean(name, known));
  for (const std::string& name : required)
    if (!attributes.contains(name))
      return fail(ErrorCode::invalid_vectors, "attribute {}: missing", name);
  return {};
}

}  // namespace assay
