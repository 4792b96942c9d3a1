// SPDX-License-Identifier: Apache-2.0
// assay run: the reference on the user's own tensors.
#include <memory>

#include <fmt/format.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "vectors/io/case_file.hpp"
#include "vectors/io/operators.hpp"

namespace assay::cli {
namespace {

struct RunOptions {
  std::filesystem::path case_path, output_path;
  std::string profile;
  bool stages = false, json = false;
};

// What the file says of itself; a file of tensors alone is an MoE layer under tensorrt_exact.
// --profile replaces the profile.
Result<CaseDescription> describe(const RunOptions& options, const Safetensors& file) {
  CaseDescription description;
  if (file.metadata().contains(kCaseMetadataKey)) {
    ASSAY_ASSIGN(description, parse_case_description(file.metadata(), options.case_path.string()));
  } else {
    ASSAY_ASSIGN(description.profile, find_profile("tensorrt_exact"));
  }
  if (options.profile.empty()) return description;
  ASSAY_ASSIGN(const Operator* const row, find_operator(description.op));
  if (!row->has_profile)
    return fail(ErrorCode::usage, "--profile: the operator {} of {} has no profiles",
                description.op, options.case_path.string());
  ASSAY_ASSIGN(description.profile, find_profile(options.profile));
  return description;
}

// What decided the bits: the profile, or the operator's attributes.
std::string rules_text(const CaseDescription& description) {
  std::string text =
      description.profile.name.empty() ? description.op : "profile " + description.profile.name;
  for (const auto& [name, value] : description.attributes)
    text += fmt::format(" {}={}", name, value);
  return text;
}

Metadata result_metadata(const CaseDescription& description) {
  Metadata metadata{description.attributes.begin(), description.attributes.end()};
  if (!description.profile.name.empty()) metadata["profile"] = description.profile.name;
  return metadata;
}

void print_result(const RunOptions& options, const CaseDescription& description,
                  const TensorViews& results, const std::string& sha256) {
  if (!options.json) {
    write_out("{}: {} tensors, {}\n", options.output_path.string(), results.size(),
              rules_text(description));
    return;
  }
  nlohmann::json tensors = nlohmann::json::object();
  for (const auto& [name, view] : results)
    tensors[name] = {{"dtype", dtype_name(view.dtype)}, {"shape", view.shape}};
  nlohmann::json result = {{"schema", "assay.run/1"},
                           {"file", options.output_path.string()},
                           {"operator", description.op},
                           {"sha256", sha256},
                           {"tensors", tensors}};
  if (!description.profile.name.empty()) result["profile"] = description.profile.name;
  if (!description.attributes.empty()) result["attributes"] = description.attributes;
  write_text(stdout, json_text(result));
}

Status check_output(const RunOptions& options) {
  if (options.output_path.empty()) return fail(ErrorCode::usage, "--output: is empty");
  std::error_code ignored;  // a file that is not there is no other's twin
  if (!std::filesystem::equivalent(options.case_path, options.output_path, ignored)) return {};
  return fail(ErrorCode::usage, "{}: is the input, too; --output needs another file",
              options.output_path.string());
}

Result<int> run(const RunOptions& options) {
  ASSAY_TRY(check_output(options));
  ASSAY_ASSIGN(const Safetensors file, Safetensors::open(options.case_path));
  ASSAY_ASSIGN(const CaseDescription description, describe(options, file));
  ASSAY_ASSIGN(const Operator* const row, find_operator(description.op));
  const Result<Tensors> tensors = row->run(description, file.tensors(), options.stages);
  if (!tensors)
    return fail(tensors.error().code, "{}: {}", options.case_path.string(),
                tensors.error().message);
  const TensorViews results = views_of(*tensors);
  ASSAY_ASSIGN(const std::string sha256,
               write_safetensors(options.output_path, results, result_metadata(description)));
  print_result(options, description, results, sha256);
  return kPass;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("run", "Run the reference on a file of tensors");
  const auto options = std::make_shared<RunOptions>();
  verb->add_option("case", options->case_path, "Case file, or any safetensors file with its inputs")
      ->required();
  verb->add_option("-o,--output", options->output_path, "File for the results")->required();
  verb->add_option("--profile", options->profile,
                   "Profile (default: the file's own, else tensorrt_exact)");
  verb->add_flag("--stages", options->stages, "Write every stage, too");
  verb->add_flag("--json", options->json, "Describe the results as JSON");
  verb->footer(
      "Examples:\n"
      "  assay run my_layer.safetensors -o out.safetensors\n"
      "  assay run my_layer.safetensors -o out.safetensors --profile tensorrt_block_fma --stages\n"
      "  assay run vectors/golden/tensorrt_sample.safetensors -o out.safetensors --json\n"
      "docs/vectors.md lists the tensors' names, dtypes and shapes.");
  verb->callback([options, &exit_code] { exit_code = finish(run(*options)); });
}

}  // namespace assay::cli
