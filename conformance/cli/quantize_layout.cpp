// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/quantize_layout.hpp"

#include "vectors/io/json_file.hpp"

namespace assay::cli {
void LayoutOptions::add_to(CLI::App& verb) {
  verb.add_option("--recipe", recipe, "Name of the recipe (assay info recipes)");
  verb.add_option("--scale-layout", scale_layout,
                  "Block scales: linear (default), swizzled_128x4, swizzled_8x4");
  verb.add_option("--nibble-order", nibble_order,
                  "E2M1 codes of a byte: low_first (default), high_first");
}

Result<QuantizedLayout> LayoutOptions::parse() const {
  QuantizedLayout layout;
  ASSAY_ASSIGN(layout.recipe, find_recipe(recipe));
  layout.options.reciprocal_ulp = reciprocal_ulp;
  if (!scale_layout.empty()) {
    ASSAY_ASSIGN(layout.scale_layout, parse_scale_layout(scale_layout));
  }
  if (!nibble_order.empty()) {
    ASSAY_ASSIGN(layout.nibble_order, parse_nibble_order(nibble_order));
  }
  return layout;
}

Result<QuantizedTensor> QuantizedFile::read(const std::string& name) const {
  ASSAY_ASSIGN(QuantizedTensor tensor, read_quantized_tensor(layout, name, *tensors));
  const auto origin = origins.find(name);
  if (origin != origins.end() && origin->second.shape != tensor.shape)
    return fail(ErrorCode::invalid_vectors, "tensor {}: holds {} values, the metadata says {}",
                quoted(name), shape_text(tensor.shape), shape_text(origin->second.shape));
  return tensor;
}

Result<QuantizedFile> open_quantized(const Safetensors& file, const std::filesystem::path& path,
                                     const LayoutOptions& options) {
  QuantizedFile quantized;
  quantized.tensors = &file.tensors();
  ASSAY_ASSIGN(auto description, parse_quantized_metadata(file.metadata(), path.string()));
  if (description && !options.is_empty())
    return fail(ErrorCode::usage,
                "{}: says itself how it was made; --recipe, --scale-layout and --nibble-order are "
                "for files that do not",
                path.string());
  if (description) {
    quantized.layout = description->layout;
    quantized.origins = std::move(description->tensors);
    for (const auto& [name, unused] : quantized.origins)
      quantized.names.push_back(name);
  } else if (options.recipe.empty()) {
    return fail(ErrorCode::usage, "{}: has no metadata {}: --recipe is needed", path.string(),
                kQuantizedMetadataKey);
  } else {
    ASSAY_ASSIGN(quantized.layout, options.parse());
    quantized.names = find_quantized_tensors(quantized.layout, file.tensors());
  }
  if (quantized.names.empty())
    return fail(ErrorCode::invalid_vectors, "{}: no tensor of recipe {} (codes NAME, scales {})",
                path.string(), quantized.layout.recipe->name, block_scale_name("NAME"));
  return quantized;
}

void add_reciprocal_ulp(CLI::App& verb, const std::string& name, int& ulp) {
  verb.add_option(name, ulp, "trtllm_fast: its reciprocals moved by -1, 0 or 1 ulp")
      ->check(CLI::Range(-1, 1));
}

}  // namespace assay::cli
