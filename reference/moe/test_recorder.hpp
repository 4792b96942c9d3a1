// SPDX-License-Identifier: Apache-2.0
// For tests: a sink that keeps every stage of a run as bit patterns. A row that comes twice is
// twice as long.
#pragma once

#include <bit>
#include <map>
#include <mutex>
#include <vector>

#include "reference/moe/stages.hpp"

namespace assay {

class Recorder : public MoeStageSink {
 public:
  using Row = std::vector<std::uint32_t>;

  void values(MoeStage stage, std::int64_t row, std::span<const float> values) override {
    const std::scoped_lock lock(mutex_);
    for (const float value : values)
      rows_[{stage, row}].push_back(std::bit_cast<std::uint32_t>(value));
  }
  void codes(MoeStage stage, std::int64_t row, std::span<const std::uint8_t> codes) override {
    const std::scoped_lock lock(mutex_);
    Row& dst = rows_[{stage, row}];
    dst.insert(dst.end(), codes.begin(), codes.end());
  }
  const Row& at(MoeStage stage, std::int64_t row) { return rows_[{stage, row}]; }
  std::size_t count() const { return rows_.size(); }

 private:
  std::mutex mutex_;
  std::map<std::pair<MoeStage, std::int64_t>, Row> rows_;
};

}  // namespace assay
