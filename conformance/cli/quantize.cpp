// SPDX-License-Identifier: Apache-2.0
// assay quantize: the tensors of a file by a named recipe; and by a second one, to see where the
// two part.
#include <memory>

#include <fmt/format.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/quantize_against.hpp"
#include "conformance/cli/quantize_layout.hpp"
#include "conformance/cli/quantize_tensor.hpp"
#include "conformance/cli/tensor_files.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/interrupt.hpp"

namespace assay::cli {
namespace {

struct QuantizeOptions {
  TensorFileOptions files;
  std::vector<std::string> tensors;
  LayoutOptions layout;
  std::string against;
  int against_reciprocal_ulp = 0;
};

// The whole of a run: the layout, that of the recipe to compare with, and each tensor's results.
struct Quantization {
  QuantizedLayout layout;
  std::optional<QuantizedLayout> other;
  std::vector<const NamedTensor*> sources;
  std::vector<QuantizedTensor> results;
  std::vector<QuantizeSummary> summaries;
  std::vector<Against> against;

  AgainstReport against_report(std::size_t i) const {
    return {{layout.recipe, other->recipe},
            sources[i]->first,
            sources[i]->second.shape.back(),
            against[i]};
  }
};

Status quantize_one(Quantization& work, std::size_t i) {
  const auto& [name, view] = *work.sources[i];
  std::vector<float> widened;
  const std::span<const float> values = f32_values(view, widened);
  ASSAY_ASSIGN(work.results[i], quantize_tensor(work.layout, name, view.shape, values));
  work.summaries[i] = summarize(*work.layout.recipe, work.results[i], values);
  if (!work.other) return {};
  ASSAY_ASSIGN(const QuantizedTensor second,
               quantize_tensor(*work.other, name, view.shape, values));
  work.against[i] =
      compare_quantized(*work.layout.recipe, *work.other->recipe, work.results[i], second, values);
  return {};
}

Status quantize_all(const QuantizeOptions& options, Quantization& work) {
  work.results.resize(work.sources.size());
  work.summaries.resize(work.sources.size());
  work.against.resize(work.sources.size());
  return for_each_tensor(options.files, "quantize", names_of(work.sources),
                         [&](std::size_t i) { return quantize_one(work, i); });
}

// Moves the results to the file.
Status write_results(const QuantizeOptions& options, Quantization& work) {
  QuantizedDescription description{work.layout, {}};
  Tensors file;
  for (std::size_t i = 0; i < work.sources.size(); ++i) {
    const auto& [name, view] = *work.sources[i];
    description.tensors[name] = {view.dtype, view.shape};
    ASSAY_TRY(add_quantized_tensor(work.layout, name, std::move(work.results[i]), file));
  }
  ASSAY_TRY(
      write_safetensors(options.files.output, views_of(file), quantized_metadata(description)));
  return {};
}

void print_table(const Quantization& work) {
  constexpr const char* kRow = "{:<28} {:>16} {:>12} {:>12} {:>22} {:>13} {:>13}\n";
  write_text(stdout, fmt::format(fmt::runtime(kRow), "tensor", "shape", "zero blocks", "saturated",
                                 "block scales", "amax", "tensor scale"));
  const bool has_scale = work.layout.recipe->tensor_scale != TensorScale::none;
  for (std::size_t i = 0; i < work.sources.size(); ++i) {
    const QuantizeSummary& summary = work.summaries[i];
    const std::string scales =
        fmt::format("{:.6g} .. {:.6g}", summary.min_scale, summary.max_scale);
    write_text(stdout, fmt::format(fmt::runtime(kRow), work.sources[i]->first,
                                   shape_text(work.sources[i]->second.shape), summary.zero_blocks,
                                   summary.saturated, scales, summary.amax,
                                   has_scale ? fmt::format("{}", summary.tensor_scale) : "-"));
  }
}

nlohmann::json to_json(const QuantizeOptions& options, const Quantization& work) {
  nlohmann::json tensors = nlohmann::json::array();
  for (std::size_t i = 0; i < work.sources.size(); ++i) {
    nlohmann::json object = summary_json(*work.layout.recipe, work.summaries[i]);
    object["name"] = work.sources[i]->first;
    object["shape"] = work.sources[i]->second.shape;
    if (work.other) object["against"] = work.against_report(i).json();
    tensors.push_back(std::move(object));
  }
  nlohmann::json result = {{"schema", "assay.quantize/1"},
                           {"recipe", work.layout.recipe->name},
                           {"tensors", std::move(tensors)}};
  if (!options.files.output.empty()) result["file"] = options.files.output.string();
  return result;
}

void print(const QuantizeOptions& options, const Quantization& work) {
  if (options.files.json) return write_text(stdout, json_text(to_json(options, work)));
  if (!work.other) return print_table(work);
  for (std::size_t i = 0; i < work.sources.size(); ++i)
    work.against_report(i).print();
}

Status parse_layouts(const QuantizeOptions& options, Quantization& work) {
  ASSAY_ASSIGN(work.layout, options.layout.parse());
  if (options.against.empty()) return {};
  work.other = work.layout;
  ASSAY_ASSIGN(work.other->recipe, find_recipe(options.against));
  work.other->options.reciprocal_ulp = options.against_reciprocal_ulp;
  return check_comparable(*work.layout.recipe, *work.other->recipe);
}

Result<int> quantize_file(const QuantizeOptions& options) {
  Quantization work;
  ASSAY_TRY(parse_layouts(options, work));
  const bool writes = !work.other || !options.files.output.empty();
  if (writes) ASSAY_TRY(options.files.check_output());
  ASSAY_ASSIGN(const Safetensors file, Safetensors::open(options.files.input));
  const TensorRule rule{kQuantizableDtypes, 2};
  ASSAY_ASSIGN(work.sources,
               in_file(options.files.input, choose_tensors(file.tensors(), options.tensors, rule)));
  ASSAY_TRY(in_file(options.files.input, quantize_all(options, work)));
  if (interrupted()) return kInterrupted;
  if (writes) ASSAY_TRY(write_results(options, work));
  print(options, work);
  if (options.tensors.empty())
    note_left_out(options.files, file.tensors().size(), work.sources.size());
  return std::ranges::all_of(work.against, &Against::equal) ? kPass : kMismatch;
}

}  // namespace

void add_quantize(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("quantize", "Quantize the tensors of a file by a recipe");
  const auto options = std::make_shared<QuantizeOptions>();
  options->files.add_to(*verb);
  options->layout.add_to(*verb);
  verb->get_option("--recipe")->required();
  verb->add_option("--tensor", options->tensors,
                   "Only this tensor (repeatable; default: every F32, F16 and BF16 tensor of rank "
                   "2 or more)")
      ->take_all()
      ->allow_extra_args(false);
  add_reciprocal_ulp(*verb, "--reciprocal-ulp", options->layout.reciprocal_ulp);
  verb->add_option("--against", options->against,
                   "Quantize by this recipe, too, and report what differs");
  add_reciprocal_ulp(*verb, "--against-reciprocal-ulp", options->against_reciprocal_ulp);
  verb->footer(
      "Examples:\n"
      "  assay quantize --recipe modelopt weights.safetensors -o nvfp4.safetensors\n"
      "  assay quantize --recipe modelopt --against torchao weights.safetensors\n"
      "  assay quantize --recipe trtllm_fast --reciprocal-ulp 1 --tensor w in.safetensors -o o\n"
      "assay info recipes lists the recipes; docs/cli.md describes the file that is written.\n"
      "Exit codes: 0 done or equal, 1 --against differs, 2 usage, 3 invalid input");
  verb->callback([options, &exit_code] { exit_code = finish(quantize_file(*options)); });
}

}  // namespace assay::cli
