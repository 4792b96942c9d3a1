// SPDX-License-Identifier: Apache-2.0
// The layout of a quantized file (docs/cli.md): for each tensor NAME its codes (NAME), its
// block scales (NAME_scale), and what the recipe keeps for the tensor (NAME_tensor_scale_decode,
// NAME_tensor_scale_encode or NAME_amax); how they were made, in __metadata__["assay_quantized"].
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reference/format/scale_layout.hpp"
#include "reference/quantize/recipe.hpp"
#include "vectors/io/safetensors.hpp"

namespace assay {

inline constexpr const char* kQuantizedMetadataKey = "assay_quantized";

// How the tensors of a file were made and are stored.
struct QuantizedLayout {
  const RecipeInfo* recipe = nullptr;
  RecipeOptions options;
  ScaleLayout scale_layout = ScaleLayout::linear;
  NibbleOrder nibble_order = NibbleOrder::low_first;
};

// What a tensor was before.
struct QuantizedOrigin {
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;

  bool operator==(const QuantizedOrigin&) const = default;
};

struct QuantizedDescription {
  QuantizedLayout layout;
  std::map<std::string, QuantizedOrigin> tensors;
};

Metadata quantized_metadata(const QuantizedDescription& description);
// Nothing for a file without such metadata. Errors (invalid_vectors) name the file, and the field
// that breaks the schema, or the recipe that is unknown.
Result<std::optional<QuantizedDescription>> parse_quantized_metadata(const Metadata& metadata,
                                                                     const std::string& file);

// A tensor as recipes see it: rank 2 or more, the matrices of a stack one after the other; codes
// with the low nibble first, block scales linear.
struct QuantizedTensor {
  std::vector<std::int64_t> shape;  // of the values
  std::vector<std::uint8_t> codes, block_scales;
  float tensor_scale = 1;

  std::int64_t columns() const { return shape.back(); }
  std::int64_t elements() const;
};

// Zero-filled, of the right sizes. Preconditions: a valid shape of rank 2 or more whose last extent
// is a multiple of the recipe's block size.
QuantizedTensor make_quantized_tensor(const RecipeInfo& recipe, std::vector<std::int64_t> shape);

// "tensor_scale_decode", "tensor_scale_encode", "amax", "none".
std::string_view tensor_scale_kind(TensorScale kind);

std::string block_scale_name(const std::string& name);
// Precondition: the recipe keeps something for a tensor.
std::string tensor_scale_name(const std::string& name, TensorScale kind);

// Errors (invalid_vectors): a name that is taken, a padded shape that is too large.
Status add_quantized_tensor(const QuantizedLayout& layout, const std::string& name,
                            QuantizedTensor tensor, Tensors& file);

// Errors (invalid_vectors), naming the tensor: one that is missing, a dtype or a shape that is not
// the layout's.
Result<QuantizedTensor> read_quantized_tensor(const QuantizedLayout& layout,
                                              const std::string& name, const TensorViews& file);

// The names of the tensors that have codes and block scales by this layout's suffixes and dtypes:
// what a file without metadata may hold.
std::vector<std::string> find_quantized_tensors(const QuantizedLayout& layout,
                                                const TensorViews& file);

}  // namespace assay
