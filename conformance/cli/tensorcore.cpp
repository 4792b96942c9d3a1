// SPDX-License-Identifier: Apache-2.0
// assay tensorcore: what a tensor core makes of one row and one column, and of files of them.
#include <memory>

#include "conformance/cli/cast_value.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/tensorcore_dot.hpp"
#include "conformance/cli/tensorcore_explain.hpp"
#include "conformance/cli/tensorcore_rows.hpp"
#include "conformance/cli/value_text.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/report/json_text.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

struct TensorcoreOptions {
  DotOptions dot;
  RowsOptions rows;
  std::vector<std::string> operands;  // A, B, C
  std::string a_scales, b_scales;
  bool explain = false;
};

// "0x3c00,1.5 -2": numbers and bit patterns, between commas or spaces.
Result<std::vector<std::uint32_t>> parse_list(Format format, const std::string& text) {
  std::vector<std::uint32_t> codes;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(", ", begin), text.size());
    if (end > begin) {
      ASSAY_ASSIGN(const SourceValue value, parse_source(format, text.substr(begin, end - begin)));
      codes.push_back(static_cast<std::uint32_t>(value.bits));
    }
    begin = end + 1;
  }
  if (codes.empty()) return fail(ErrorCode::usage, "'{}': holds no element", text);
  return codes;
}

json dot_json(const DotChoice& choice, const DotResult& result, const TensorCoreTrace* trace) {
  json object = {{"schema", "assay.tensorcore/1"},
                 {"model", choice.model->name},
                 {"a_format", format_info(choice.a).name},
                 {"b_format", format_info(choice.b).name},
                 {"accumulator", format_info(choice.accumulator()).name},
                 {"policy", dot_policy_name(choice.policy)},
                 {"result", code_json(choice.accumulator(), result.code)}};
  if (choice.has_scales()) {
    object["scale_format"] = format_info(choice.scales.format).name;
    object["block"] = choice.scales.block;
  }
  if (choice.policy == DotPolicy::certified) {
    object["certified"] = result.doubt == MmaDoubt::none;
    object["why"] = mma_doubt_text(result.doubt);
  }
  if (trace != nullptr) object["explanation"] = trace_json(choice, *trace);
  return object;
}

void print_dot(const DotChoice& choice, const DotResult& result, const TensorCoreTrace* trace) {
  if (trace != nullptr) print_trace(choice, *trace);
  const std::string code = code_text(choice.accumulator(), result.code);
  if (choice.policy != DotPolicy::certified)
    write_out("{}\n", code);
  else if (result.doubt == MmaDoubt::none)
    write_out("{}  certified\n", code);
  else
    write_out("{}  not certified: {}\n", code, mma_doubt_text(result.doubt));
}

Result<DotOperands> parse_operands(const TensorcoreOptions& options, const DotChoice& choice) {
  DotOperands x;
  ASSAY_ASSIGN(x.a, parse_list(choice.a, options.operands[0]));
  ASSAY_ASSIGN(x.b, parse_list(choice.b, options.operands[1]));
  if (options.operands.size() == 3) {
    ASSAY_ASSIGN(const SourceValue value, parse_source(choice.accumulator(), options.operands[2]));
    x.c = static_cast<std::uint32_t>(value.bits);
  }
  for (const auto& [text, codes] :
       {std::pair(&options.a_scales, &x.a_scales), {&options.b_scales, &x.b_scales}}) {
    if (text->empty()) continue;
    if (!choice.has_scales())
      return fail(ErrorCode::usage, "{}: has no block scales", choice.model->name);
    ASSAY_ASSIGN(*codes, parse_list(choice.scales.format, *text));
  }
  return x;
}

Result<int> one_dot(const TensorcoreOptions& options, const DotChoice& choice) {
  if (options.operands.size() < 2 || options.operands.size() > 3)
    return fail(ErrorCode::usage, "A, B and, unless it is 0, C are needed, or --file");
  ASSAY_ASSIGN(DotOperands operands, parse_operands(options, choice));
  if (options.explain &&
      (choice.policy != DotPolicy::model || choice.model->lowering == MmaLowering::fma_chain))
    return fail(ErrorCode::usage, "--explain: only fused steps of a model lose bits of terms");
  TensorCoreTrace trace;
  ASSAY_ASSIGN(const DotResult result,
               compute_dot(choice, std::move(operands), options.explain ? &trace : nullptr));
  const TensorCoreTrace* shown = options.explain ? &trace : nullptr;
  if (options.rows.json)
    write_text(stdout, json_text(dot_json(choice, result, shown)));
  else
    print_dot(choice, result, shown);
  return result.doubt == MmaDoubt::none ? kPass : kMismatch;
}

Result<int> tensorcore(const TensorcoreOptions& options) {
  ASSAY_ASSIGN(const DotChoice choice, options.dot.parse());
  if (options.rows.input.empty()) {
    if (!options.rows.output.empty() || options.rows.zero_c)
      return fail(ErrorCode::usage, "--output and --zero-c belong to --file");
    return one_dot(options, choice);
  }
  if (!options.operands.empty() || options.explain || !options.a_scales.empty() ||
      !options.b_scales.empty())
    return fail(ErrorCode::usage, "--file takes the place of A, B, C, their scales and --explain");
  return judge_rows(choice, options.rows);
}

}  // namespace

void add_tensorcore(CLI::App& app, int& exit_code) {
  CLI::App* verb =
      app.add_subcommand("tensorcore", "What a tensor core makes of a row and a column");
  const auto options = std::make_shared<TensorcoreOptions>();
  verb->add_option("operands", options->operands,
                   "A, B and C: bit patterns (0x3c00) or numbers; of A and B, lists with commas");
  options->dot.add_to(*verb);
  verb->add_option("--a-scales", options->a_scales,
                   "Of block-scaled kinds: the scales of A's blocks, a list like A (1)");
  verb->add_option("--b-scales", options->b_scales, "The same of B");
  verb->add_flag("--explain", options->explain,
                 "The exponent that sets the grid, and the bits that each term lost");
  verb->add_option("--file", options->rows.input,
                   "Rows of a GPU: safetensors with a, b, c, of block-scaled kinds a_scale and\n"
                   "b_scale, and d_f32 or d_f16");
  verb->add_option("-o,--output", options->rows.output, "Of a file: write the results there");
  verb->add_flag("--zero-c", options->rows.zero_c, "Of a file: take c as +0");
  verb->add_flag("--json", options->rows.json, "Print as JSON");
  verb->footer(
      "Examples:\n"
      "  assay tensorcore --model sm_100/mma.f16 0x3c00,0x0c00,0xbc00 0x3c00,0x0800,0x3c00 0\n"
      "  assay tensorcore --model sm_80/mma.f16 --explain 1,0x0c00,-1 1,0x0800,1\n"
      "  assay tensorcore --model sm_100/mma.fp8 --b-format e5m2 1.5,2 0x3c,-1 0.5 --json\n"
      "  assay tensorcore --model sm_100/tcgen05.mxf4nvf4 --a-scales 1.5 --b-scales 2 6,1 4,1\n"
      "  assay tensorcore --model sm_100/mma.f16 --policy certified 1,2,3 4,5,6 7\n"
      "  assay tensorcore --model sm_100/mma.f16 --file b200_fp16.safetensors\n"
      "assay info models lists the models and how each parameter is known. A list that begins\n"
      "with a minus stands after --, with all other operands. Exit code 1: a row differs, or the\n"
      "dot is not certified.");
  verb->callback([options, &exit_code] { exit_code = finish(tensorcore(*options)); });
}

}  // namespace assay::cli
