// SPDX-License-Identifier: Apache-2.0
// A suite file: groups of case recipes (docs/vectors.md, "Suites"), and the cases they expand to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "reference/format/cast.hpp"
#include "reference/moe/shape.hpp"
#include "reference/quantize/recipe.hpp"
#include "reference/result.hpp"
#include "vectors/io/case_file.hpp"

namespace assay {

// How values are drawn; docs/vectors.md explains each distribution and which fields it uses.
struct ValueRecipe {
  std::string distribution;
  float scale = 1.0f;
  std::uint8_t code = 0;         // E2M1
  std::uint8_t block_scale = 0;  // E4M3
  float tensor_scale_decode = 1.0f;
  std::string file;  // real binary32 matrices, and the seal of their file
  std::string file_sha256;
};

// A scale that is a stated number or derived from the amax of what it quantizes (amax / 448).
struct ScaleRecipe {
  bool from_amax = true;
  float value = 1.0f;
};

// The inputs of a case, by operator.
struct MoeRecipe {
  MoeShape shape;
  ValueRecipe weights, hidden_states;
  bool hidden_states_as_codes = false;
  ScaleRecipe hidden_states_scale, down_activation_scale;
  bool per_expert_down_scale = false;
  bool biases = false;
  std::string routing;
  std::string scores;
  std::string required_class;  // "A" or empty
};

struct CastRecipe {
  Cast cast;
  std::string distribution;
  std::int64_t count = 0;  // of "random_bits"
};

struct QuantizeRecipe {
  const RecipeInfo* recipe = nullptr;
  std::int64_t rows = 0, columns = 0;
  ValueRecipe values;
};

struct DequantizeRecipe {
  const RecipeInfo* recipe = nullptr;
  std::int64_t rows = 0, columns = 0;  // 0: as many as every code under every scale takes
};

// Of quantize_fp8 and dequantize_fp8, whose values have no distribution.
struct StaticFp8Recipe {
  float scale = 1.0f;
  std::int64_t rows = 0, columns = 0;  // 0: as many as the directed values, or all codes, take
  std::string distribution;
  float values_scale = 1.0f;  // in units of `scale`; may be zero or negative for "constant"
};

// One case, fully determined: equal recipes give equal bytes.
struct CaseRecipe {
  std::string id;
  std::string op;
  std::string notes;
  std::string degenerate;
  Profile profile;        // where the operator has one
  Attributes attributes;  // where it has none
  std::uint64_t seed = 0;
  std::variant<MoeRecipe, CastRecipe, QuantizeRecipe, DequantizeRecipe, StaticFp8Recipe> inputs;
};

struct Suite {
  std::string name;
  std::string description;
  std::vector<CaseRecipe> cases;
};

// `name_or_path`: the name of a suite in vectors_root()/suites, or a file (a path with a slash or
// the ending .json). Errors: no such suite (usage, with the known names); whatever breaks the
// format (invalid_vectors, naming file, group and field).
Result<Suite> load_suite(const std::string& name_or_path);
std::vector<std::string> suite_names();  // sorted

// The folder with suites/, profiles/ and MANIFEST.json: $ASSAY_VECTORS, else the installed
// share/assay/vectors beside the running program's bin/, else the source tree.
std::filesystem::path vectors_root();

}  // namespace assay
