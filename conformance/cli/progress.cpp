// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/progress.hpp"

#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "conformance/cli/output.hpp"

namespace assay::cli {
namespace {

constexpr std::size_t kBarWidth = 24;
// Short runs leave a log without lines of progress.
constexpr std::chrono::seconds kQuietStart{3};

// A longer line would wrap, and each redraw leave one behind.
std::size_t terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(std::string label, std::size_t total, bool quiet, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      on_terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (!quiet_ && on_terminal_ && done_ > 0) write_err("\r\x1b[K");
}

void Progress::step(const std::string& case_id, bool failed) {
  const std::scoped_lock lock(mutex_);
  const std::size_t tenth = done_ * 10 / total_;
  ++done_;
  failed_ += failed ? 1 : 0;
  if (quiet_) return;
  if (on_terminal_)
    draw_bar(case_id);
  else if (Clock::now() - start_ > kQuietStart && done_ * 10 / total_ != tenth)
    print_line();
}

void Progress::draw_bar(const std::string& case_id) {
  const auto now = Clock::now();
  if (now - last_drawn_ < std::chrono::milliseconds(100) && done_ < total_) return;
  last_drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0;
  const std::size_t filled = done_ * kBarWidth / total_;
  const std::string line = fmt::format("[{:=<{}}{:>{}}] {}/{} {}{:.1f}/s, {:.0f} s left  {}  {}",
                                       "", filled, "", kBarWidth - filled, done_, total_,
                                       failed_ > 0 ? fmt::format("{} failed, ", failed_) : "", rate,
                                       left, label_, case_id);
  write_err("\r\x1b[K{}", line.substr(0, terminal_columns() - 1));
}

void Progress::print_line() {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  write_err("{}: {}/{} {}, {} failed, {:.1f} s\n", label_, done_, total_, unit_, failed_, seconds);
}

}  // namespace assay::cli
