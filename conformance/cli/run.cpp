// SPDX-License-Identifier: Apache-2.0
// assay run: the reference on the user's own tensors.
#include <memory>

#include <fmt/format.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "vectors/io/case_file.hpp"
#include "vectors/io/moe_tensors.hpp"
#include "vectors/io/moe_trace.hpp"

namespace assay::cli {
namespace {

struct RunOptions {
  std::filesystem::path case_path, output_path;
  std::string profile;
  bool stages = false, json = false;
};

// --profile, else the one that the file names, else tensorrt_exact.
Result<Profile> choose_profile(const RunOptions& options, const Safetensors& file) {
  if (!options.profile.empty()) return find_profile(options.profile);
  if (!file.metadata().contains(kCaseMetadataKey)) return find_profile("tensorrt_exact");
  ASSAY_ASSIGN(const CaseDescription description,
               parse_case_description(file.metadata(), options.case_path.string()));
  return description.profile;
}

void print_result(const RunOptions& options, const Profile& profile, const TensorViews& results,
                  const std::string& sha256) {
  if (!options.json) {
    write_out("{}: {} tensors, profile {}\n", options.output_path.string(), results.size(),
              profile.name);
    return;
  }
  nlohmann::json tensors = nlohmann::json::object();
  for (const auto& [name, view] : results)
    tensors[name] = {{"dtype", dtype_name(view.dtype)}, {"shape", view.shape}};
  const nlohmann::json result = {{"schema", "assay.run/1"},
                                 {"file", options.output_path.string()},
                                 {"profile", profile.name},
                                 {"sha256", sha256},
                                 {"tensors", tensors}};
  write_text(stdout, json_text(result));
}

Status check_output(const RunOptions& options) {
  if (options.output_path.empty()) return fail(ErrorCode::usage, "--output: is empty");
  std::error_code ignored;  // a file that is not there is no other's twin
  if (!std::filesystem::equivalent(options.case_path, options.output_path, ignored)) return {};
  return fail(ErrorCode::usage, "{}: is the input, too; --output needs another file",
              options.output_path.string());
}

Result<Tensors> run_tensors(const Safetensors& file, const Profile& profile, bool with_stages) {
  ASSAY_ASSIGN(const MoeInputs inputs, bind_moe_inputs(file.tensors()));
  return run_moe_tensors(inputs, profile.accumulation, with_stages);
}

Result<int> run(const RunOptions& options) {
  ASSAY_TRY(check_output(options));
  ASSAY_ASSIGN(const Safetensors file, Safetensors::open(options.case_path));
  ASSAY_ASSIGN(const Profile profile, choose_profile(options, file));
  const Result<Tensors> tensors = run_tensors(file, profile, options.stages);
  if (!tensors)
    return fail(tensors.error().code, "{}: {}", options.case_path.string(),
                tensors.error().message);
  const TensorViews results = views_of(*tensors);
  ASSAY_ASSIGN(const std::string sha256,
               write_safetensors(options.output_path, results, {{"profile", profile.name}}));
  print_result(options, profile, results, sha256);
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
