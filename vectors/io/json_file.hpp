// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259): parsed without duplicate keys, validated by a JSON Schema (draft 7) that
// is compiled into the library from vectors/schema/, so that an unknown field is an error that
// names it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "reference/result.hpp"

namespace assay {

enum class Schema { suite, profile, case_description, manifest, quantized_file, boundary, launch };

// `name` (a file or "case description of X") starts each error message. Errors (invalid_vectors):
// not JSON (with line and column), a repeated key, more than 64 levels of nesting or
// 1,000,000 values.
Result<nlohmann::json> parse_json(std::string_view text, const std::string& name);
// Errors (invalid_vectors), with the JSON pointer of the offending value: another version of the
// format than the schema's, an unknown field, anything else that the schema forbids.
Status validate_json(const nlohmann::json& document, const std::string& name, Schema schema);

// Both of them.
Result<nlohmann::json> parse_json(std::string_view text, const std::string& name, Schema schema);
Result<nlohmann::json> read_json(const std::filesystem::path& path, Schema schema);

// Not in the schemas: valijson compares with a minimum as a signed number, which 2^63 and above are
// not. `name` starts the error message (invalid_vectors).
Status check_seed(const nlohmann::json& seed, const std::string& name);

// For messages, in printable ASCII on one line whatever the input: a string in JSON quotes; a
// value, cut where long.
std::string quoted(const std::string& text);
std::string excerpt(const nlohmann::json& value);

}  // namespace assay
