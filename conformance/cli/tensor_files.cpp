// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/tensor_files.hpp"

#include <algorithm>
#include <set>

#include "conformance/cli/options.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/progress.hpp"
#include "conformance/cli/value_text.hpp"
#include "reference/suggest.hpp"
#include "vectors/io/json_file.hpp"

namespace assay::cli {
namespace {

std::string dtypes_text(const std::vector<Dtype>& dtypes) {
  std::vector<std::string> names;
  for (const Dtype dtype : dtypes)
    names.emplace_back(dtype_name(dtype));
  return alternatives(names);
}

bool has_dtype(const TensorView& view, const TensorRule& rule) {
  return std::ranges::find(rule.dtypes, view.dtype) != rule.dtypes.end();
}

bool is_admitted(const TensorView& view, const TensorRule& rule) {
  return has_dtype(view, rule) && view.shape.size() >= rule.min_rank;
}

Result<const NamedTensor*> find_named(const TensorViews& tensors, const std::string& name,
                                      const TensorRule& rule) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    std::vector<std::string> known;
    for (const auto& [other, unused] : tensors)
      known.push_back(other);
    return fail(ErrorCode::usage, "--tensor {}: the file has no such tensor{}", quoted(name),
                did_you_mean(name, known));
  }
  const TensorView& view = found->second;
  if (!has_dtype(view, rule))
    return fail(ErrorCode::invalid_vectors, "tensor {}: has dtype {}, expected {}", quoted(name),
                dtype_name(view.dtype), dtypes_text(rule.dtypes));
  if (!is_admitted(view, rule))
    return fail(ErrorCode::invalid_vectors, "tensor {}: has rank {}, expected at least {}",
                quoted(name), view.shape.size(), rule.min_rank);
  return &*found;
}

std::string rule_text(const TensorRule& rule) {
  std::string text = "dtype " + dtypes_text(rule.dtypes);
  if (rule.min_rank > 0) text += fmt::format(" and rank {} or more", rule.min_rank);
  return text;
}

}  // namespace

void TensorFileOptions::add_to(CLI::App& verb) {
  verb.add_option("input", input, "A safetensors file")->required();
  add_options_to(verb);
}

void TensorFileOptions::add_options_to(CLI::App& verb) {
  verb.add_option("-o,--output", output, "File for the results");
  verb.add_option("--jobs,-j", jobs, "Threads (default: one per core)")->check(kCount);
  verb.add_flag("--quiet,-q", quiet, "No progress and no notes on stderr");
  verb.add_flag("--json", json, "Print as JSON");
}

Status TensorFileOptions::check_output() const {
  if (output.empty()) return fail(ErrorCode::usage, "--output: is empty or missing");
  std::error_code ignored;  // a file that is not there is no other's twin
  if (!std::filesystem::equivalent(input, output, ignored)) return {};
  return fail(ErrorCode::usage, "{}: is the input, too; --output needs another file",
              output.string());
}

Result<std::vector<const NamedTensor*>> choose_tensors(const TensorViews& tensors,
                                                       const std::vector<std::string>& names,
                                                       const TensorRule& rule) {
  std::vector<const NamedTensor*> chosen;
  for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
    ASSAY_ASSIGN(const NamedTensor* named, find_named(tensors, name, rule));
    chosen.push_back(named);
  }
  if (names.empty())
    for (const NamedTensor& named : tensors)
      if (is_admitted(named.second, rule)) chosen.push_back(&named);
  if (chosen.empty()) return fail(ErrorCode::invalid_vectors, "no tensor has {}", rule_text(rule));
  return chosen;
}

std::vector<std::string> names_of(const std::vector<const NamedTensor*>& tensors) {
  std::vector<std::string> names;
  for (const NamedTensor* tensor : tensors)
    names.push_back(tensor->first);
  return names;
}

void note_left_out(const TensorFileOptions& options, std::size_t total, std::size_t chosen) {
  if (chosen < total && !options.quiet)
    write_err("assay: note: {}: {} of {} tensors are left out\n", options.input.string(),
              total - chosen, total);
}

Status for_each_tensor(const TensorFileOptions& options, const std::string& label,
                       const std::vector<std::string>& names,
                       const std::function<Status(std::size_t)>& body) {
  Progress progress(label, names.size(), options.quiet, "tensors");
  return for_each_case(names.size(), options.jobs, [&](std::size_t i) -> Status {
    ASSAY_TRY(body(i));
    progress.step(names[i]);
    return {};
  });
}

}  // namespace assay::cli
