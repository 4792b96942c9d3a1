// SPDX-License-Identifier: Apache-2.0
// What the probe leaves behind: a file of rows for each instruction, the answers, and how to hold
// the rows against a model.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "cuda/probe/rows.hpp"
#include "reference/result.hpp"

namespace assay::probe {

class Record {
 public:
  Record(const std::string& device, int major, int minor, std::filesystem::path folder);

  // Writes <name>.safetensors (vectors/io/mma_rows.hpp) and prints the answers. `results`: codes,
  // one a row. Errors: of writing.
  Status add(const Instruction& instruction, const Rows& rows,
             const std::vector<std::uint32_t>& results);
  // Writes <family>.json and <family>_models.txt. Errors: of writing.
  Status write(const std::string& family) const;

  // No control row is wrong.
  bool is_trustworthy() const { return is_trustworthy_; }
  const nlohmann::json& document() const { return document_; }  // of <family>.json

 private:
  std::filesystem::path folder_;
  std::string target_;  // "sm_110"
  nlohmann::json document_;
  std::string models_;
  bool is_trustworthy_ = true;
};

}  // namespace assay::probe
