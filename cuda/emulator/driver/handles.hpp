// SPDX-License-Identifier: Apache-2.0
// Handles that the application holds. A handle is a number, not an address, and no number is used
// twice, so that a handle which was destroyed is found out whenever it is used again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace assay::emulator {

enum class HandleKind : std::uint64_t {
  context = 1,
  module,
  function,
  library,
  kernel,
  stream,
  event,
  graph,
  graph_node,
  graph_exec,
  pool
};

template <typename T, typename Handle>
class HandleTable {
 public:
  explicit HandleTable(HandleKind kind) : next_(static_cast<std::uint64_t>(kind) << 40) {}

  Handle add(std::shared_ptr<T> object) {
    const std::lock_guard lock(mutex_);
    next_ += 16;  // looks like an aligned pointer
    const auto handle = reinterpret_cast<Handle>(next_);
    objects_.emplace(next_, std::move(object));
    return handle;
  }

  // Null: no such handle, or no longer.
  std::shared_ptr<T> find(Handle handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uint64_t>(handle));
    return found == objects_.end() ? nullptr : found->second;
  }

  std::shared_ptr<T> remove(Handle handle) {
    const std::lock_guard lock(mutex_);
    auto node = objects_.extract(reinterpret_cast<std::uint64_t>(handle));
    return node.empty() ? nullptr : std::move(node.mapped());
  }

  template <typename Function>
  void for_each(Function function) {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, object] : objects_)
      function(*object);
  }

  // The removed objects die with the result, after the table is unlocked.
  template <typename Predicate>
  std::vector<std::shared_ptr<T>> remove_if(Predicate predicate) {
    std::vector<std::shared_ptr<T>> removed;
    const std::lock_guard lock(mutex_);
    for (auto at = objects_.begin(); at != objects_.end();) {
      if (!predicate(*at->second)) {
        ++at;
        continue;
      }
      removed.push_back(std::move(at->second));
      at = objects_.erase(at);
    }
    return removed;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<T>> objects_;
  std::uint64_t next_;
};

}  // namespace assay::emulator
