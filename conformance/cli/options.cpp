// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/options.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "conformance/target/interrupt.hpp"

namespace assay::cli {
namespace {

constexpr const char* kDefaultDataDir = "build/data";

}  // namespace

void SelectionOptions::add_to(CLI::App& verb) {
  verb.add_option("--filter", selection.filters,
                  "Only cases whose id matches this glob (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  verb.add_option("--exclude", selection.excludes, "Without cases whose id matches (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  verb.add_option("--shard", shard, "Part I of N of the cases, by hash of the id: I/N");
}

Result<Selection> SelectionOptions::parse() const {
  Selection parsed = selection;
  ASSAY_ASSIGN(parsed.shard, parse_shard(shard));
  return parsed;
}

void WorkOptions::add_to(CLI::App& verb) {
  data_dir = kDefaultDataDir;
  verb.add_option("--jobs,-j", jobs, "Threads (default: one per core)")
      ->check(CLI::NonNegativeNumber);
  verb.add_option("--data", data_dir, "Folder of the files that suites name")
      ->envname("ASSAY_DATA")
      ->capture_default_str();
  verb.add_flag("--quiet,-q", quiet, "No progress on stderr");
}

Status for_each_case(std::size_t count, int jobs, const std::function<Status(std::size_t)>& body) {
  const auto threads =
      jobs > 0 ? static_cast<std::size_t>(jobs) : std::thread::hardware_concurrency();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  std::mutex mutex;
  std::size_t failed_at = count;
  std::optional<Error> error;
  tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) {
    if (interrupted()) return;
    {
      const std::scoped_lock lock(mutex);
      if (error) return;
    }
    // Isolated: a thread that waits inside one case must not begin another one on its stack.
    const Status status = tbb::this_task_arena::isolate([&] { return body(i); });
    const std::scoped_lock lock(mutex);
    if (status || i >= failed_at) return;
    failed_at = i;
    error = status.error();
  });
  if (error) return tl::unexpected(*error);
  return {};
}

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code failure;
  const auto base = std::filesystem::temp_directory_path(failure);
  if (failure) return fail(ErrorCode::usage, "TMPDIR: {}", failure.message());
  std::string path = (base / "assay-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr)
    return fail(ErrorCode::usage, "{}: cannot make a temporary folder: {}", base.string(),
                std::strerror(errno));
  return TemporaryFolder(path);
}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace assay::cli
