// SPDX-License-Identifier: Apache-2.0
// assay reencode: MXFP4 as NVFP4 and back; the values and the element codes stay.
#include "reference/quantize/reencode.hpp"

#include <memory>

#include <fmt/format.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/quantize_layout.hpp"
#include "conformance/cli/tensor_files.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/interrupt.hpp"

namespace assay::cli {
namespace {

struct ReencodeOptions {
  TensorFileOptions files;
  LayoutOptions layout;
  std::string to;
};

// What a file may be re-encoded from and to: the scales of a recipe that dequantizes as they say.
// Which MX recipe chose the exponents no longer matters, so that files of any come in.
struct Direction {
  std::string_view name;
  Format from_scale;
  TensorScale from_tensor_scale;
  std::string_view recipe;  // of the result
};

constexpr Direction kDirections[] = {
    {"nvfp4", Format::e8m0, TensorScale::none, "modelopt"},
    {"mxfp4", Format::e4m3, TensorScale::decode, "mxfp4_floor"},
};

Result<const Direction*> check_direction(const std::string& to, const RecipeInfo& recipe) {
  const auto direction = std::ranges::find(kDirections, to, &Direction::name);
  if (direction == std::end(kDirections))
    return fail(ErrorCode::usage, "--to {}: is neither nvfp4 nor mxfp4", to);
  const bool fits = recipe.element == Format::e2m1 && recipe.block_scale == direction->from_scale &&
                    recipe.tensor_scale == direction->from_tensor_scale;
  if (fits) return direction;
  return fail(ErrorCode::invalid_vectors,
              "recipe {}: to {} lead E2M1 codes with {} block scales and tensor scale {} alone",
              recipe.name, to, format_info(direction->from_scale).name,
              tensor_scale_kind(direction->from_tensor_scale));
}

Result<QuantizedTensor> reencode(const RecipeInfo& recipe, const std::string& name,
                                 QuantizedTensor tensor) {
  if (tensor.columns() % recipe.block_size != 0)
    return fail(ErrorCode::invalid_vectors,
                "tensor {}: rows of {} elements are not whole blocks of {}", name, tensor.columns(),
                recipe.block_size);
  QuantizedTensor result = make_quantized_tensor(recipe, tensor.shape);
  result.codes = std::move(tensor.codes);
  if (recipe.block_scale == Format::e8m0)
    ASSAY_TRY(nvfp4_to_mxfp4(name, result.codes, tensor.block_scales, tensor.tensor_scale,
                             result.block_scales));
  else
    ASSAY_TRY(mxfp4_to_nvfp4(name, result.codes, tensor.block_scales, result.block_scales,
                             &result.tensor_scale));
  return result;
}

Result<Tensors> reencode_all(const ReencodeOptions& options, const QuantizedFile& quantized,
                             const QuantizedLayout& layout) {
  std::vector<QuantizedTensor> results(quantized.names.size());
  ASSAY_TRY(
      for_each_tensor(options.files, "reencode", quantized.names, [&](std::size_t i) -> Status {
        ASSAY_ASSIGN(QuantizedTensor tensor, quantized.read(quantized.names[i]));
        ASSAY_ASSIGN(results[i], reencode(*layout.recipe, quantized.names[i], std::move(tensor)));
        return {};
      }));
  Tensors tensors;
  if (interrupted()) return tensors;
  for (std::size_t i = 0; i < results.size(); ++i)
    ASSAY_TRY(add_quantized_tensor(layout, quantized.names[i], std::move(results[i]), tensors));
  return tensors;
}

// Of a file without metadata the values were binary32, as far as anybody knows.
QuantizedDescription describe(const QuantizedFile& quantized, const QuantizedLayout& layout,
                              const Tensors& tensors) {
  QuantizedDescription description{layout, quantized.origins};
  for (const std::string& name : quantized.names) {
    std::vector<std::int64_t> shape = tensors.at(name).shape();
    shape.back() *= 2;
    description.tensors.emplace(name, QuantizedOrigin{Dtype::f32, std::move(shape)});
  }
  return description;
}

Result<int> reencode_file(const ReencodeOptions& options) {
  ASSAY_TRY(options.files.check_output());
  ASSAY_ASSIGN(const Safetensors file, Safetensors::open(options.files.input));
  ASSAY_ASSIGN(const QuantizedFile quantized,
               open_quantized(file, options.files.input, options.layout));
  ASSAY_ASSIGN(const Direction* direction,
               in_file(options.files.input, check_direction(options.to, *quantized.layout.recipe)));
  QuantizedLayout layout = quantized.layout;
  layout.options = {};
  ASSAY_ASSIGN(layout.recipe, find_recipe(direction->recipe));
  ASSAY_ASSIGN(const Tensors tensors,
               in_file(options.files.input, reencode_all(options, quantized, layout)));
  if (interrupted()) return kInterrupted;
  ASSAY_ASSIGN(const std::string sha256,
               write_safetensors(options.files.output, views_of(tensors),
                                 quantized_metadata(describe(quantized, layout, tensors))));
  if (!options.files.json)
    write_out("{}: {} tensors as {}\n", options.files.output.string(), quantized.names.size(),
              options.to);
  else
    write_text(stdout, json_text({{"schema", "assay.reencode/1"},
                                  {"file", options.files.output.string()},
                                  {"to", options.to},
                                  {"recipe", direction->recipe},
                                  {"sha256", sha256},
                                  {"tensors", quantized.names}}));
  return kPass;
}

}  // namespace

void add_reencode(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("reencode", "MXFP4 as NVFP4 and back, exactly");
  const auto options = std::make_shared<ReencodeOptions>();
  options->files.add_to(*verb);
  options->layout.add_to(*verb);
  verb->add_option("--to", options->to, "nvfp4 or mxfp4")->required();
  verb->footer(
      "Examples:\n"
      "  assay reencode --to nvfp4 mxfp4.safetensors -o nvfp4.safetensors\n"
      "  assay reencode --to mxfp4 nvfp4.safetensors -o mxfp4.safetensors\n"
      "Codes and values stay, scales are rewritten; what cannot be exact is an error.\n"
      "--recipe, --scale-layout and --nibble-order describe files that do not say themselves how\n"
      "they were made. The result is stored likewise.");
  verb->callback([options, &exit_code] { exit_code = finish(reencode_file(*options)); });
}

}  // namespace assay::cli
