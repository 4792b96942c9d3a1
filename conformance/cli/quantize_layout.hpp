// SPDX-License-Identifier: Apache-2.0
// How quantized tensors are made and stored, as options: --recipe, --scale-layout, --nibble-order.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "vectors/io/quantized_file.hpp"

namespace assay::cli {

struct LayoutOptions {
  std::string recipe, scale_layout, nibble_order;  // empty: not given
  int reciprocal_ulp = 0;

  void add_to(CLI::App& verb);
  bool is_empty() const { return recipe.empty() && scale_layout.empty() && nibble_order.empty(); }
  // What is not given is linear, low_first. Errors (usage): unknown names.
  Result<QuantizedLayout> parse() const;
};

// The quantized tensors of a file.
struct QuantizedFile {
  const TensorViews* tensors = nullptr;
  QuantizedLayout layout;
  std::vector<std::string> names;
  std::map<std::string, QuantizedOrigin> origins;  // where the file has metadata

  // Errors (invalid_vectors): those of read_quantized_tensor; another shape than the origin's.
  Result<QuantizedTensor> read(const std::string& name) const;
};

// What the file's metadata says or, where it has none, the options: then every tensor that has
// block scales by name. Errors: options where the metadata has the word, none where they are needed
// (usage); no quantized tensor (invalid_vectors).
Result<QuantizedFile> open_quantized(const Safetensors& file, const std::filesystem::path& path,
                                     const LayoutOptions& options);

void add_reciprocal_ulp(CLI::App& verb, const std::string& name, int& ulp);

}  // namespace assay::cli
