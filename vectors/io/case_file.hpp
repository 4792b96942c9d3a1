// SPDX-License-Identifier: Apache-2.0
// A case: inputs, every stage and outputs of one operator call in one .safetensors file, with its
// description as JSON in __metadata__["assay_case"] (docs/vectors.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "vectors/io/profile.hpp"
#include "vectors/io/safetensors.hpp"

namespace assay {

inline constexpr const char* kOutputTensor = "output";
inline constexpr const char* kStagePrefix = "stage.";
inline constexpr const char* kCaseMetadataKey = "assay_case";
// The version of the vectors: it changes when, and only when, the bits of some case change.
inline constexpr const char* kVectorsVersion = "1";

// What selects an operator's rules, such as {"recipe", "modelopt"}.
using Attributes = std::map<std::string, std::string, std::less<>>;

struct CaseDescription {
  std::string id;           // path of the case: suite/group/variant#n, in A-Z a-z 0-9 _ . # -
  std::string op = "moe";   // operator
  Profile profile;          // of operators that have one, else default-constructed
  Attributes attributes{};  // of the others, else empty
  std::string bit_class;    // "A" certified, "B" specified order
  std::uint64_t seed = 0;
  std::string notes;       // what the case aims at
  std::string degenerate;  // why mostly zero or saturated results are the aim; else empty
};

struct CaseFile {
  CaseDescription description;
  std::filesystem::path path;
  Safetensors file;

  // Inputs alone: what a target is given. Expected: "output" and "stage.*".
  TensorViews inputs() const;
  TensorViews expected() const;
};

TensorViews inputs_of(const TensorViews& tensors);
TensorViews expected_of(const TensorViews& tensors);

// Errors (invalid_vectors) name the file and what is missing or wrong. The operator's tensors
// themselves are another matter (check_case_tensors).
Result<CaseFile> read_case(const std::filesystem::path& path);
// The description alone, from the file's header: what an index of many large cases needs.
Result<CaseDescription> read_case_description(const std::filesystem::path& path);
// From the metadata of a file that is open already; `name` stands for it in messages.
Result<CaseDescription> parse_case_description(const Metadata& metadata, const std::string& name);
// Makes the path's folders. The same bytes for the same content; returns the file's SHA-256.
// Error: what write_file cannot write (usage), or a description that read_case would refuse
// (internal).
Result<std::string> write_case(const std::filesystem::path& path,
                               const CaseDescription& description, const TensorViews& tensors);

std::string case_description_text(const CaseDescription& description);  // the JSON, keys sorted

}  // namespace assay
