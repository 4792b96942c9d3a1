// SPDX-License-Identifier: Apache-2.0
// Progress on stderr: a bar with rate and time left on a terminal, a line every 10 % on a pipe.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace assay::cli {

class Progress {
 public:
  // `unit` is what is counted.
  Progress(std::string label, std::size_t total, bool quiet, std::string unit = "cases");
  ~Progress();  // clears the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // One more case is done; `failed` ones are counted in the line. Thread-safe.
  void step(const std::string& case_id, bool failed = false);

 private:
  using Clock = std::chrono::steady_clock;
  void draw_bar(const std::string& case_id);
  void print_line();

  std::string label_, unit_;
  std::size_t total_;
  bool quiet_;
  bool on_terminal_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_drawn_{};
};

}  // namespace assay::cli
