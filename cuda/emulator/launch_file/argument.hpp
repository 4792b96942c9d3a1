// SPDX-License-Identifier: Apache-2.0
// One argument of a launch description from its JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cuda/emulator/launch_file/launch_file.hpp"

namespace assay::emulator {

// Where relative paths begin, and the file of tensors that name none.
struct InputFiles {
  std::filesystem::path folder, standard;

  // Error: neither `json` names a file nor is there a standard one.
  Result<std::filesystem::path> of(const nlohmann::json& json, const std::string& pointer) const;
};

// Errors (invalid_vectors) begin with the JSON pointer. `json` obeys the schema.
Result<Argument> parse_argument(const nlohmann::json& json, const std::string& pointer,
                                const InputFiles& files);
Result<TensorShape> parse_shape(const nlohmann::json& json, const std::string& pointer);
// Fields of `json` that are none of `allowed`: the first is an error.
Status only_fields(const nlohmann::json& json, const std::string& pointer, std::string_view of,
                   std::initializer_list<std::string_view> allowed);

}  // namespace assay::emulator
