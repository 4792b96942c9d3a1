// SPDX-License-Identifier: Apache-2.0
// assay emulate: kernels of a PTX file on the CPU, under sanitizers, on tensors from files.
#include <algorithm>
#include <memory>

#include "conformance/cli/emulate_report.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "cuda/emulator/driver/device_model.hpp"
#include "cuda/emulator/launch_file/session.hpp"
#include "cuda/emulator/observe/trace.hpp"
#include "cuda/emulator/ptx/parse.hpp"
#include "vectors/io/atomic_file.hpp"

namespace assay::cli {
namespace {

using namespace emulator;  // NOLINT: the verb is the emulator's

constexpr std::uint64_t kMostPtxBytes = std::uint64_t{1} << 30;

struct EmulateOptions {
  std::filesystem::path ptx, launch, output;
  std::string target, policy = "certified", async = "eager", schedule = "fair", trace;
  int break_line = 0, threads = 0, max_findings = 20;
  std::uint64_t max_steps = 0;
  bool profile = false, json = false;
};

Result<Options> parse_options(const EmulateOptions& chosen) {
  Options options;
  if (!chosen.target.empty()) ASSAY_TRY(set_target(options, "--sm", chosen.target));
  ASSAY_TRY(set_mma(options, "--policy", chosen.policy));
  ASSAY_TRY(set_async(options, "--async", chosen.async));
  ASSAY_TRY(set_schedule(options, "--schedule", chosen.schedule));
  if (!chosen.trace.empty()) ASSAY_TRY(parse_trace(chosen.trace));
  options.trace = chosen.trace;
  options.break_line = chosen.break_line;
  options.threads = chosen.threads;
  options.max_findings = chosen.max_findings;
  options.max_steps = chosen.max_steps;
  options.profile = chosen.profile;
  return options;
}

// The module, and the device that it is for unless --sm names one.
Result<ptx::Module> read_module(const EmulateOptions& chosen, Options& options) {
  ASSAY_ASSIGN(const Bytes bytes, read_file(chosen.ptx, ErrorCode::usage, kMostPtxBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  ASSAY_ASSIGN(ptx::Module module, ptx::parse(text, chosen.ptx.string()));
  if (chosen.target.empty() && find_device_model(module.target)) options.target = module.target;
  ASSAY_ASSIGN(const DeviceModel device, find_device_model(options.target));
  if (accepts_target(device, module.target)) return module;
  return fail(ErrorCode::usage,
              "{}: .target {} does not run on {}; --sm chooses 110a, 103a or 100a",
              chosen.ptx.string(), module.target, options.target);
}

Status check_output(const EmulateOptions& chosen, const LaunchFile& file) {
  if (chosen.output.empty()) return {};
  if (!file.has_outputs()) return fail(ErrorCode::usage, "--output: {} names no output", file.name);
  auto inputs = file.input_files();
  inputs.push_back(chosen.ptx);
  inputs.push_back(chosen.launch);
  std::error_code ignored;  // a file that is not there is no other's twin
  for (const auto& input : inputs)
    if (std::filesystem::equivalent(input, chosen.output, ignored))
      return fail(ErrorCode::usage, "{}: is an input, too; --output needs another file",
                  chosen.output.string());
  return {};
}

Result<int> emulate(const EmulateOptions& chosen) {
  ASSAY_ASSIGN(Options options, parse_options(chosen));
  ASSAY_ASSIGN(LaunchFile file, read_launch_file(chosen.launch));
  ASSAY_TRY(check_output(chosen, file));
  ASSAY_ASSIGN(ptx::Module module, read_module(chosen, options));
  ASSAY_ASSIGN(const auto session, Session::create(std::move(module), std::move(file), options));
  ASSAY_TRY(session->run());
  EmulateReport report{*session, options};
  if (session->is_clean() && !chosen.output.empty()) {
    ASSAY_ASSIGN(const Tensors tensors, session->outputs());
    const TensorViews views = views_of(tensors);
    ASSAY_ASSIGN(report.sha256, write_safetensors(chosen.output, views, {}));
    report.output = chosen.output.string();
    report.tensors = views.size();
  }
  chosen.json ? print_json(report) : print_text(report);
  return session->is_clean() ? kPass : kMismatch;
}

}  // namespace

void add_emulate(CLI::App& app, int& exit_code) {
  CLI::App* verb =
      app.add_subcommand("emulate", "Run kernels of a PTX file on the CPU, under sanitizers");
  const auto options = std::make_shared<EmulateOptions>();
  verb->add_option("ptx", options->ptx, "PTX, as nvcc -ptx writes it")->required();
  verb->add_option("--launch", options->launch, "Launch description (JSON): kernels and arguments")
      ->required();
  verb->add_option("-o,--output", options->output, "File for the outputs (safetensors)");
  verb->add_option("--sm", options->target,
                   "Device: 110a, 103a, 100a (default: the PTX's .target)");
  verb->add_option("--policy", options->policy,
                   "mma.sync: certified (a finding where the order of a sum matters), model, fma")
      ->capture_default_str();
  verb->add_option("--async", options->async, "Asynchronous copies: eager, lazy, random[:SEED]")
      ->capture_default_str();
  verb->add_option("--schedule", options->schedule,
                   "Order of blocks, warps, lanes: fair, fuzz:SEED")
      ->capture_default_str();
  verb->add_option("--threads", options->threads, "Threads (default: one per core)")
      ->check(CLI::Range(0, 4096));
  verb->add_option("--max-findings", options->max_findings, "Findings that end a launch")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("--max-steps", options->max_steps,
                   "Warp instructions that a launch may take (default: any number)");
  verb->add_flag("--profile", options->profile, "Counters of each kernel and source line");
  verb->add_option("--trace", options->trace,
                   "Print what a thread executes: THREAD,BLOCK[:KERNEL], numbers or x.y.z");
  verb->add_option("--break", options->break_line,
                   "Print what is executed at a line of the .cu, or of the PTX")
      ->check(CLI::Range(1, 1'000'000'000));
  verb->add_flag("--json", options->json, "Print as JSON");
  verb->footer(
      "Examples:\n"
      "  assay emulate saxpy.ptx --launch saxpy.json -o out.safetensors\n"
      "  assay emulate gemm.ptx --launch gemm.json --policy model --profile\n"
      "  assay emulate saxpy.ptx --launch saxpy.json --trace 5,0\n"
      "  assay emulate scan.ptx --launch scan.json --schedule fuzz:7 --async random:7\n"
      "docs/cli.md describes launch descriptions. Exit code 1: something was found; nothing is\n"
      "written then.");
  verb->callback([options, &exit_code] { exit_code = finish(emulate(*options)); });
}

}  // namespace assay::cli
