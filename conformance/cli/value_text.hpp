// SPDX-License-Identifier: Apache-2.0
// Values and codes as the verbs print them: exact, and codes in lower-case hexadecimal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reference/format/format.hpp"

namespace assay::cli {

// "F32, F16 or BF16".
std::string alternatives(const std::vector<std::string>& names);

// The exact value: in decimal where 17 digits are enough, else as a hexadecimal float (C17 7.21.6.1
// %a). "NaN", "inf", "-0".
std::string value_text(double value);

// The same, with an approximation in decimal after a hexadecimal float.
std::string readable_value(double value);

// "0x7e": as many digits as the bytes that the code takes in an array.
std::string code_hex(Format format, std::uint64_t code);

// "0x7e = 448".
std::string code_text(Format format, std::uint64_t code);

// {"code": "0x7e", "value": "448"}.
nlohmann::json code_json(Format format, std::uint64_t code);

}  // namespace assay::cli
