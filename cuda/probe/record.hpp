// SPDX-License-Identifier: Apache-2.0
// What the probe leaves behind of an instruction: the rows, what they answer, and how to hold them
// against a model.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "cuda/probe/rows.hpp"
#include "reference/result.hpp"

namespace assay::probe {

struct ProbedDevice {
  std::string name;
  int major = 0, minor = 0;  // of the compute capability

  std::string target() const;  // "sm_110"
};

// The answers: schema assay.tensor_core_probe/1. `results`: codes, one a row.
nlohmann::json answers_json(const ProbedDevice& device, const Instruction& instruction,
                            const Rows& rows, const std::vector<std::uint32_t>& results);

// For a reader.
std::string answers_text(const nlohmann::json& answers);

// Writes NAME.safetensors (vectors/io/mma_rows.hpp), NAME.json with the answers, and NAME.options,
// the options of `assay tensorcore` for it. Returns the answers. Error: of writing.
Result<nlohmann::json> write_record(const std::filesystem::path& folder, const ProbedDevice& device,
                                    const Instruction& instruction, const Rows& rows,
                                    const std::vector<std::uint32_t>& results);

}  // namespace assay::probe
