// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/options.hpp"

#include <mutex>
#include <optional>
#include <thread>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "conformance/target/interrupt.hpp"

namespace assay::cli {
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
  verb.add_option("--jobs,-j", jobs, "Threads (default: one per core)")->check(kCount);
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
    if (!status && !error) error = status.error();
  });
  if (error) return tl::unexpected(*error);
  return {};
}

}  // namespace assay::cli
