// SPDX-License-Identifier: Apache-2.0
// assay diff: two safetensors files, tensor by tensor.
#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conformance/cli/output.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/judge/judge.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/report/report.hpp"
#include "vectors/io/operators.hpp"

namespace assay::cli {
namespace {

struct DiffOptions {
  std::filesystem::path a, b;
  bool json = false;
};

// One tensor of either file.
struct TensorDiff {
  std::string name;
  std::string reason;  // why the tensors cannot be compared; else empty
  TensorComparison comparison;

  bool equal() const { return reason.empty() && comparison.differing == 0; }
};

TensorDiff diff_tensor(const std::string& name, const TensorView* a, const TensorView* b) {
  TensorDiff diff{name, {}, {}};
  if (a == nullptr || b == nullptr)
    diff.reason = fmt::format("only in {}", a == nullptr ? "B" : "A");
  else if (a->dtype != b->dtype || a->shape != b->shape)
    diff.reason = fmt::format("A is {} {}, B is {} {}", dtype_name(a->dtype), shape_text(a->shape),
                              dtype_name(b->dtype), shape_text(b->shape));
  else
    diff.comparison = compare_tensors(name, *a, *b);
  return diff;
}

std::vector<TensorDiff> diff_files(const TensorViews& a, const TensorViews& b) {
  std::vector<TensorDiff> diffs;
  for (const auto& [name, view] : a) {
    const auto other = b.find(name);
    diffs.push_back(diff_tensor(name, &view, other == b.end() ? nullptr : &other->second));
  }
  for (const auto& [name, view] : b)
    if (!a.contains(name)) diffs.push_back(diff_tensor(name, nullptr, &view));
  // Inputs come before the first stage, stages in dataflow order, the output last.
  std::ranges::stable_sort(diffs, {},
                           [](const TensorDiff& diff) { return dataflow_rank(diff.name); });
  return diffs;
}

// Bucket b holds distances in (2^(b-1), 2^b].
std::string bucket_label(std::size_t bucket) {
  const std::uint64_t last = std::uint64_t{1} << bucket;
  return bucket < 2 ? fmt::format("{} ulp", last) : fmt::format("{}..{} ulp", last / 2 + 1, last);
}

void print_text(const TensorDiff& diff) {
  if (!diff.reason.empty()) {
    write_out("{:<36} DIFFERENT  {}\n", diff.name, diff.reason);
    return;
  }
  const TensorComparison& comparison = diff.comparison;
  if (diff.equal()) {
    write_out("{:<36} EQUAL      {} elements\n", diff.name, comparison.elements);
    return;
  }
  write_out("{:<36} DIFFERENT  {} of {} elements, {}\n", diff.name, comparison.differing,
            comparison.elements, distance_text(comparison));
  const Divergence& first = *comparison.first;
  write_out("  first at [{}]\n    A {}\n    B {}\n", fmt::join(first.index, ", "),
            describe_bits(first.dtype, first.expected_bits),
            describe_bits(first.dtype, first.actual_bits));
  for (std::size_t bucket = 0; bucket < comparison.ulp_histogram.size(); ++bucket)
    if (const auto count = comparison.ulp_histogram[bucket]; count > 0)
      write_out("  {:>24}  {}\n", bucket_label(bucket), count);
}

void print_verdict(const std::vector<TensorDiff>& diffs) {
  const auto first = std::ranges::find_if_not(diffs, &TensorDiff::equal);
  if (first == diffs.end())
    write_out("EQUAL: {} tensors\n", diffs.size());
  else
    write_out("DIFFERENT: first at {}\n", first->name);
}

nlohmann::json to_json(const TensorDiff& diff) {
  nlohmann::json object = {{"name", diff.name}, {"equal", diff.equal()}};
  if (!diff.reason.empty()) {
    object["reason"] = diff.reason;
    return object;
  }
  object["elements"] = diff.comparison.elements;
  object["differing"] = diff.comparison.differing;
  object["max_ulp"] = max_ulp_json(diff.comparison);
  object["nan_against_number"] = diff.comparison.nan_against_number;
  if (const auto& first = diff.comparison.first)
    object["first"] = {{"index", first->index},
                       {"a", hex_bits(first->dtype, first->expected_bits)},
                       {"b", hex_bits(first->dtype, first->actual_bits)}};
  for (std::size_t bucket = 0; bucket < diff.comparison.ulp_histogram.size(); ++bucket)
    if (const auto count = diff.comparison.ulp_histogram[bucket]; count > 0)
      object["ulp_histogram"][bucket_label(bucket)] = count;
  return object;
}

Result<int> diff(const DiffOptions& options) {
  ASSAY_ASSIGN(const Safetensors a, Safetensors::open(options.a));
  ASSAY_ASSIGN(const Safetensors b, Safetensors::open(options.b));
  const std::vector<TensorDiff> diffs = diff_files(a.tensors(), b.tensors());
  const bool equal = std::ranges::all_of(diffs, &TensorDiff::equal);
  if (options.json) {
    nlohmann::json tensors = nlohmann::json::array();
    for (const TensorDiff& each : diffs)
      tensors.push_back(to_json(each));
    const nlohmann::json result = {
        {"schema", "assay.diff/1"}, {"equal", equal}, {"tensors", tensors}};
    write_text(stdout, json_text(result));
  } else {
    std::ranges::for_each(diffs, print_text);
    print_verdict(diffs);
  }
  return equal ? kPass : kMismatch;
}

}  // namespace

void add_diff(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("diff", "Compare two safetensors files bit by bit");
  const auto options = std::make_shared<DiffOptions>();
  verb->add_option("a", options->a, "First file")->required();
  verb->add_option("b", options->b, "Second file")->required();
  verb->add_flag("--json", options->json, "Print the comparison as JSON");
  verb->footer(
      "Examples:\n"
      "  assay diff expected.safetensors actual.safetensors\n"
      "  assay diff a.safetensors b.safetensors --json\n"
      "Tensors are in dataflow order: the first that differs is where two runs part.\n"
      "Distances are steps between neighbouring codes of the format; all NaNs are equal in F32.\n"
      "Exit codes: 0 equal, 1 different, 3 a file that cannot be read");
  verb->callback([options, &exit_code] { exit_code = finish(diff(*options)); });
}

}  // namespace assay::cli
