// SPDX-License-Identifier: Apache-2.0
// JSON as it is printed and written, whatever bytes paths and reasons are made of.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace assay {

// Indented by 2, ended by a newline; bytes that are no valid UTF-8 become U+FFFD.
inline std::string json_text(const nlohmann::json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace assay
