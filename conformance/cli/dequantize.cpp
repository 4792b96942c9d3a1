// SPDX-License-Identifier: Apache-2.0
// assay dequantize: the values of a quantized file, by the way back of the recipe that made it.
#include <memory>

#include <fmt/format.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/quantize_layout.hpp"
#include "conformance/cli/quantize_tensor.hpp"
#include "conformance/cli/tensor_files.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/interrupt.hpp"

namespace assay::cli {
namespace {

struct DequantizeOptions {
  TensorFileOptions files;
  LayoutOptions layout;
};

Result<Tensor> dequantize_one(const QuantizedFile& quantized, const std::string& name) {
  ASSAY_ASSIGN(const QuantizedTensor tensor, quantized.read(name));
  ASSAY_ASSIGN(const std::vector<float> values, dequantize_tensor(quantized.layout, name, tensor));
  Tensor result(Dtype::f32, tensor.shape);
  std::ranges::copy(values, result.as<float>().begin());
  return result;
}

Result<Tensors> dequantize_all(const DequantizeOptions& options, const QuantizedFile& quantized) {
  std::vector<Tensor> results(quantized.names.size());
  ASSAY_TRY(
      for_each_tensor(options.files, "dequantize", quantized.names, [&](std::size_t i) -> Status {
        ASSAY_ASSIGN(results[i], dequantize_one(quantized, quantized.names[i]));
        return {};
      }));
  Tensors tensors;
  for (std::size_t i = 0; i < results.size(); ++i)
    tensors.emplace(quantized.names[i], std::move(results[i]));
  return tensors;
}

void print(const DequantizeOptions& options, const QuantizedFile& quantized,
           const std::string& sha256) {
  if (!options.files.json) {
    write_out("{}: {} tensors, recipe {}\n", options.files.output.string(), quantized.names.size(),
              quantized.layout.recipe->name);
    return;
  }
  write_text(stdout, json_text({{"schema", "assay.dequantize/1"},
                                {"file", options.files.output.string()},
                                {"recipe", quantized.layout.recipe->name},
                                {"sha256", sha256},
                                {"tensors", quantized.names}}));
}

Result<int> dequantize_file(const DequantizeOptions& options) {
  ASSAY_TRY(options.files.check_output());
  ASSAY_ASSIGN(const Safetensors file, Safetensors::open(options.files.input));
  ASSAY_ASSIGN(const QuantizedFile quantized,
               open_quantized(file, options.files.input, options.layout));
  ASSAY_ASSIGN(const Tensors tensors,
               in_file(options.files.input, dequantize_all(options, quantized)));
  if (interrupted()) return kInterrupted;
  ASSAY_ASSIGN(const std::string sha256,
               write_safetensors(options.files.output, views_of(tensors),
                                 {{"recipe", std::string(quantized.layout.recipe->name)}}));
  print(options, quantized, sha256);
  return kPass;
}

}  // namespace

void add_dequantize(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("dequantize", "The F32 values of a quantized file");
  const auto options = std::make_shared<DequantizeOptions>();
  options->files.add_to(*verb);
  options->layout.add_to(*verb);
  verb->footer(
      "Examples:\n"
      "  assay dequantize nvfp4.safetensors -o values.safetensors\n"
      "  assay dequantize foreign.safetensors --recipe modelopt -o values.safetensors\n"
      "Files of `assay quantize` say themselves how they were made. For others name the recipe;\n"
      "their tensors are found by the names NAME, NAME_scale and, as the recipe needs it,\n"
      "NAME_tensor_scale_decode, NAME_tensor_scale_encode or NAME_amax.");
  verb->callback([options, &exit_code] { exit_code = finish(dequantize_file(*options)); });
}

}  // namespace assay::cli
