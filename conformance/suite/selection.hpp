// SPDX-License-Identifier: Apache-2.0
// Which cases a run takes: the case files of a folder or the recipes of a suite, by globs on the
// case id and by shard. An empty selection is an error: a run that checks nothing must not look
// green.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reference/result.hpp"

namespace assay {

struct Shard {
  std::int64_t index = 1;  // in 1..count
  std::int64_t count = 1;
};

// "2/8". Error (usage): not of that form, or an index outside 1..count.
Result<Shard> parse_shard(const std::string& text);

struct Selection {
  std::vector<std::string> filters;   // globs (fnmatch; '*' matches '/', too); none selects all
  std::vector<std::string> excludes;  // globs; stronger than filters
  Shard shard;                        // by the first 8 bytes of SHA-256(id), modulo count

  bool selects(const std::string& id) const;
  std::string text() const;  // "--filter 'a*' --shard 1/2", as on the command line
};

// The glob that matches `id` and nothing else.
std::string glob_of(const std::string& id);

struct CaseLocation {
  std::string id;
  std::filesystem::path path;
};

// Every *.safetensors file below a folder (or the one file given), sorted by id. Errors: usage for
// a path that does not exist, invalid_vectors for a file that is no case or an id that occurs
// twice, too_few_cases where there are none.
Result<std::vector<CaseLocation>> find_cases(const std::filesystem::path& path);

// too_few_cases, naming the selection and what it was applied to.
tl::unexpected<Error> nothing_selected(const Selection& selection, std::size_t available);

// The selected ones of anything that has an id, in order.
template <typename Case>
Result<std::vector<Case>> select_cases(std::vector<Case> cases, const Selection& selection) {
  const std::size_t available = cases.size();
  std::erase_if(cases, [&](const Case& each) { return !selection.selects(each.id); });
  if (cases.empty()) return nothing_selected(selection, available);
  return cases;
}

}  // namespace assay
