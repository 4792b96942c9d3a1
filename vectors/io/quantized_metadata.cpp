// SPDX-License-Identifier: Apache-2.0
// The description of a quantized file as JSON (vectors/schema/quantized_file.schema.json) and back.
#include "vectors/io/json_file.hpp"
#include "vectors/io/quantized_file.hpp"

namespace assay {
namespace {

using nlohmann::json;

Result<QuantizedLayout> parse_layout(const json& object) {
  QuantizedLayout layout;
  const auto recipe = find_recipe(object["recipe"].get<std::string>());
  if (!recipe)  // here a file is wrong, not an argument
    return fail(ErrorCode::invalid_vectors, "/recipe: {}", recipe.error().message);
  layout.recipe = *recipe;
  layout.options.reciprocal_ulp = object["options"].value("reciprocal_ulp", 0);
  ASSAY_ASSIGN(layout.scale_layout, parse_scale_layout(object["scale_layout"].get<std::string>()));
  ASSAY_ASSIGN(layout.nibble_order, parse_nibble_order(object["nibble_order"].get<std::string>()));
  return layout;
}

Result<QuantizedDescription> parse_description(const std::string& text) {
  ASSAY_ASSIGN(const json object, parse_json(text, kQuantizedMetadataKey, Schema::quantized_file));
  QuantizedDescription description;
  ASSAY_ASSIGN(description.layout, parse_layout(object));
  for (const auto& [name, tensor] : object["tensors"].items()) {
    QuantizedOrigin& origin = description.tensors[name];
    ASSAY_ASSIGN(origin.dtype, parse_dtype(tensor["dtype"].get<std::string>()));
    tensor["shape"].get_to(origin.shape);
  }
  return description;
}

}  // namespace

Metadata quantized_metadata(const QuantizedDescription& description) {
  const QuantizedLayout& layout = description.layout;
  json options = json::object();
  if (layout.options.reciprocal_ulp != 0) options["reciprocal_ulp"] = layout.options.reciprocal_ulp;
  json tensors = json::object();
  for (const auto& [name, origin] : description.tensors)
    tensors[name] = {{"dtype", dtype_name(origin.dtype)}, {"shape", origin.shape}};
  const json object = {{"schema", "assay.quantized/1"},
                       {"recipe", layout.recipe->name},
                       {"options", options},
                       {"scale_layout", scale_layout_name(layout.scale_layout)},
                       {"nibble_order", nibble_order_name(layout.nibble_order)},
                       {"tensors", tensors}};
  return {{kQuantizedMetadataKey, object.dump(-1, ' ', false, json::error_handler_t::replace)}};
}

Result<std::optional<QuantizedDescription>> parse_quantized_metadata(const Metadata& metadata,
                                                                     const std::string& file) {
  const auto text = metadata.find(kQuantizedMetadataKey);
  if (text == metadata.end()) return std::nullopt;
  auto description = parse_description(text->second);
  if (!description)
    return fail(ErrorCode::invalid_vectors, "{}: {}", file, description.error().message);
  return *std::move(description);
}

}  // namespace assay
