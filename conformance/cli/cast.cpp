// SPDX-License-Identifier: Apache-2.0
// assay cast: values into codes under the rules of named libraries, codes back into values, files
// of tensors, and boundary certificates.
#include <memory>

#include "conformance/cli/cast_choice.hpp"
#include "conformance/cli/cast_file.hpp"
#include "conformance/cli/cast_value.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/value_text.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"
#include "vectors/io/boundary_file.hpp"

namespace assay::cli {
namespace {

struct CastOptions {
  std::vector<std::string> inputs;  // values; codes; the name of a file
  CastChoiceOptions choice;
  bool boundaries = false, decode = false;
  std::vector<std::string> tensors;
  TensorFileOptions files;
};

Result<SourceValue> parse_value(Format from, const std::string& text) {
  auto source = parse_source(from, text);
  if (!source && std::filesystem::exists(text))
    return fail(ErrorCode::usage, "{}: --output is needed to cast a file", text);
  return source;
}

Result<int> cast_values(const CastOptions& options, const CastChoice& choice) {
  ASSAY_ASSIGN(const std::vector<Cast> casts, choice.casts());
  nlohmann::json values = nlohmann::json::array();
  std::vector<CastReport> reports;
  for (const std::string& text : options.inputs) {
    ASSAY_ASSIGN(const SourceValue source, parse_value(choice.from_or_f32(), text));
    reports.push_back(report_casts(source, casts));
    values.push_back(reports.back().json());
  }
  if (options.files.json)
    write_text(stdout, json_text({{"schema", "assay.cast/1"},
                                  {"from", format_info(choice.from_or_f32()).name},
                                  {"to", format_info(choice.to).name},
                                  {"values", values}}));
  else
    for (const CastReport& report : reports)
      report.print();
  return kPass;
}

Result<int> decode_codes(const CastOptions& options, Format format) {
  nlohmann::json codes = nlohmann::json::array();
  std::string text;
  for (const std::string& input : options.inputs) {
    ASSAY_ASSIGN(const std::uint64_t code, parse_code(format, input));
    codes.push_back(code_json(format, code));
    text += code_text(format, code) + "\n";
  }
  if (options.files.json)
    text = json_text(
        {{"schema", "assay.decode/1"}, {"format", format_info(format).name}, {"codes", codes}});
  write_text(stdout, text);
  return kPass;
}

Result<int> print_boundaries(const CastChoice& choice) {
  ASSAY_ASSIGN(const Cast cast, choice.cast_from(choice.from_or_f32()));
  write_text(stdout, boundary_text(make_boundary_certificate(canonical_cast(cast))));
  return kPass;
}

Result<int> cast(CastOptions& options, bool has_output) {
  ASSAY_ASSIGN(const CastChoice choice, options.choice.parse());
  if (options.boundaries) return print_boundaries(choice);
  if (options.inputs.empty()) return fail(ErrorCode::usage, "a value, a code or a file is missing");
  if (options.decode) return decode_codes(options, choice.to);
  if (!has_output) return cast_values(options, choice);
  if (options.inputs.size() != 1)
    return fail(ErrorCode::usage, "--output: one file is cast, not {}", options.inputs.size());
  options.files.input = options.inputs.front();
  return cast_file(options.files, options.tensors, choice);
}

}  // namespace

void add_cast(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("cast", "Convert values between number formats");
  const auto options = std::make_shared<CastOptions>();
  verb->add_option("values", options->inputs,
                   "Numbers or bit patterns (0x3f900000); a safetensors file with --output");
  options->choice.add_to(*verb);
  options->files.add_options_to(*verb);
  verb->add_option("--tensor", options->tensors, "Of a file, only this tensor (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  auto* decode = verb->add_flag("--decode", options->decode, "The values of codes of --to");
  verb->add_flag("--boundaries", options->boundaries, "Print the cast's boundary certificate")
      ->excludes(decode);
  verb->footer(
      "Examples:\n"
      "  assay cast --to e4m3 464 0x3f900000 -1e-30\n"
      "  assay cast --from f64 --to e2m1 --policy cuda_satfinite --rounding rz 2.6 --json\n"
      "  assay cast --to e4m3 --policy ml_dtypes values.safetensors -o codes.safetensors\n"
      "  assay cast --to e5m2 --decode 0x7b 0x7c\n"
      "  assay cast --to e4m3 --policy cuda_satfinite --boundaries\n"
      "A number is rounded once to the source format. -inf and -nan stand after a --,\n"
      "with all other values.\n"
      "docs/formats.md has the rules of each policy.");
  verb->callback([options, verb, &exit_code] {
    exit_code = finish(cast(*options, verb->count("--output") > 0));
  });
}

}  // namespace assay::cli
