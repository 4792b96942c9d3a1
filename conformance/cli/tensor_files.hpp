// SPDX-License-Identifier: Apache-2.0
// What the verbs that turn a file of tensors into another one share: their options, the choice of
// tensors, and the loop over them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "vectors/io/safetensors.hpp"

namespace assay::cli {

// IN, -o OUT, --jobs, --quiet, --json.
struct TensorFileOptions {
  std::filesystem::path input, output;
  int jobs = 0;  // 0: one per core
  bool quiet = false;
  bool json = false;

  void add_to(CLI::App& verb);
  void add_options_to(CLI::App& verb);  // all but IN
  // Before the input is read. Error (usage): no output, or one that is the input.
  Status check_output() const;
};

struct TensorRule {
  std::vector<Dtype> dtypes;  // any of them
  std::size_t min_rank = 0;
};

using NamedTensor = TensorViews::value_type;

// Those of `names`, else all that the rule admits; pointers into `tensors`, in the order of names.
// Errors: a name that is none of the tensors (usage, with the nearest); a named tensor that the
// rule excludes, or none that it admits (invalid_vectors).
Result<std::vector<const NamedTensor*>> choose_tensors(const TensorViews& tensors,
                                                       const std::vector<std::string>& names,
                                                       const TensorRule& rule);

std::vector<std::string> names_of(const std::vector<const NamedTensor*>& tensors);

// A line on stderr where some tensors of the input were left out.
void note_left_out(const TensorFileOptions& options, std::size_t total, std::size_t chosen);

// Calls body(i) for each of the names, in parallel, with progress; ends early when interrupted.
Status for_each_tensor(const TensorFileOptions& options, const std::string& label,
                       const std::vector<std::string>& names,
                       const std::function<Status(std::size_t)>& body);

// Puts the file's name before an error's message.
template <typename T>
Result<T> in_file(const std::filesystem::path& file, Result<T> result) {
  if (!result) result.error().message = file.string() + ": " + result.error().message;
  return result;
}

}  // namespace assay::cli
