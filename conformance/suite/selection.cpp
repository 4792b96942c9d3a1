// SPDX-License-Identifier: Apache-2.0
// Globs (POSIX.1-2017 fnmatch), shards by SHA-256, and the case files of a folder.
#include "conformance/suite/selection.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fnmatch.h>

#include "conformance/target/command.hpp"
#include "vectors/io/case_file.hpp"
#include "vectors/io/sha256.hpp"

namespace assay {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& id) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return fnmatch(glob.c_str(), id.c_str(), 0) == 0;
  });
}

// In 0..count-1, the same on every machine.
std::int64_t shard_of(const std::string& id, std::int64_t count) {
  const Sha256 digest = sha256(id);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i)
    value = (value << 8) | digest[i];
  return static_cast<std::int64_t>(value % static_cast<std::uint64_t>(count));
}

// Parses all of `text`; 0 where it is no number.
std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

Result<std::vector<std::filesystem::path>> case_files(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_regular_file(status)) return std::vector{path};
  if (!std::filesystem::is_directory(status)) {
    return fail(ErrorCode::usage, "{}: no such folder or case file", path.string());
  }
  std::vector<std::filesystem::path> files;
  std::filesystem::recursive_directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == ".safetensors") files.push_back(entry->path());
  }
  if (error) return fail(ErrorCode::usage, "{}: {}", path.string(), error.message());
  return files;
}

}  // namespace

Result<Shard> parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const Shard shard{number(text.substr(0, slash)), number(text.substr(slash + 1))};
    if (shard.index >= 1 && shard.index <= shard.count) return shard;
  }
  return fail(ErrorCode::usage, "shard {}: is not i/n with 1 <= i <= n", text);
}

bool Selection::selects(const std::string& id) const {
  if (!filters.empty() && !matches_any(filters, id)) return false;
  if (matches_any(excludes, id)) return false;
  return shard.count == 1 || shard_of(id, shard.count) == shard.index - 1;
}

std::string Selection::text() const {
  std::vector<std::string> words;
  for (const std::string& glob : filters)
    words.insert(words.end(), {"--filter", glob});
  for (const std::string& glob : excludes)
    words.insert(words.end(), {"--exclude", glob});
  if (shard.count > 1)
    words.insert(words.end(), {"--shard", fmt::format("{}/{}", shard.index, shard.count)});
  return shell_command(words);
}

std::string glob_of(const std::string& id) {
  std::string glob;
  for (const char c : id) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

Result<std::vector<CaseLocation>> find_cases(const std::filesystem::path& path) {
  ASSAY_ASSIGN(const std::vector<std::filesystem::path> files, case_files(path));
  std::vector<CaseLocation> cases;
  for (const std::filesystem::path& file : files) {
    ASSAY_ASSIGN(const CaseDescription description, read_case_description(file));
    cases.push_back({description.id, file});
  }
  std::sort(cases.begin(), cases.end(), [](const CaseLocation& a, const CaseLocation& b) {
    return std::tie(a.id, a.path) < std::tie(b.id, b.path);
  });
  const auto twin = std::adjacent_find(cases.begin(), cases.end(),
                                       [](const auto& a, const auto& b) { return a.id == b.id; });
  if (twin != cases.end()) {
    return fail(ErrorCode::invalid_vectors, "case id {}: occurs twice, in {} and {}", twin->id,
                twin->path.string(), (twin + 1)->path.string());
  }
  if (cases.empty()) {
    return fail(ErrorCode::too_few_cases, "{}: holds no case files", path.string());
  }
  return cases;
}

tl::unexpected<Error> nothing_selected(const Selection& selection, std::size_t available) {
  return fail(ErrorCode::too_few_cases, "no case selected: {} leaves none of {}", selection.text(),
              available);
}

}  // namespace assay
